//! Every filter on instances.

use super::interface::AttachmentShape;
use super::{GroupIdentifier, InstanceShape, InterfaceShape};
use crate::filter::{Described, Field, maybe, one};
use crate::tag::Tag;

impl InstanceShape {
    fn of_interfaces(&self, value: impl Fn(&InterfaceShape) -> Vec<String>) -> Vec<String> {
        self.network_interfaces.iter().flat_map(value).collect()
    }
}

fn group_ids(groups: &[GroupIdentifier]) -> Vec<String> {
    groups.iter().map(|group| group.group_id.clone()).collect()
}

fn group_names(groups: &[GroupIdentifier]) -> Vec<String> {
    groups.iter().map(|group| group.group_name.clone()).collect()
}

fn attached(shown: &InstanceShape, value: fn(&AttachmentShape) -> String) -> Vec<String> {
    shown.of_interfaces(|interface| maybe(&interface.attachment.as_ref().map(value)))
}

fn private_addresses(shown: &InstanceShape) -> Vec<String> {
    shown.of_interfaces(|interface| {
        interface.private_ip_addresses.iter().map(|address| address.private_ip_address.clone()).collect()
    })
}

fn public_addresses(shown: &InstanceShape) -> Vec<String> {
    shown.of_interfaces(|interface| {
        interface.association.iter().map(|found| found.public_ip.clone()).collect()
    })
}

impl Described for InstanceShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("architecture", |shown| one(shown.architecture)),
        ("availability-zone", |shown| one(&shown.placement.availability_zone)),
        ("availability-zone-id", |shown| one(&shown.placement.availability_zone_id)),
        ("client-token", |shown| maybe(&shown.client_token)),
        ("dns-name", |shown| one(&shown.public_dns_name)),
        ("hypervisor", |shown| one(shown.hypervisor)),
        ("image-id", |shown| one(&shown.image_id)),
        ("instance-id", |shown| one(&shown.instance_id)),
        ("instance-state-code", |shown| one(shown.state.code)),
        ("instance-state-name", |shown| one(shown.state.name)),
        ("instance-type", |shown| one(&shown.instance_type)),
        ("instance.group-id", |shown| group_ids(&shown.security_groups)),
        ("instance.group-name", |shown| group_names(&shown.security_groups)),
        ("ip-address", |shown| maybe(&shown.public_ip_address)),
        ("ipv6-address", |shown| maybe(&shown.ipv6_address)),
        ("key-name", |shown| maybe(&shown.key_name)),
        ("launch-index", |shown| one(shown.ami_launch_index)),
        ("launch-time", |shown| one(shown.launch_time)),
        ("metadata-options.http-endpoint", |shown| one(shown.metadata_options.http_endpoint)),
        ("metadata-options.http-put-response-hop-limit", |shown| {
            one(shown.metadata_options.http_put_response_hop_limit)
        }),
        ("metadata-options.http-tokens", |shown| one(shown.metadata_options.http_tokens)),
        ("metadata-options.instance-metadata-tags", |shown| {
            one(shown.metadata_options.instance_metadata_tags)
        }),
        ("monitoring-state", |shown| one(shown.monitoring.state)),
        ("network-interface.addresses.private-ip-address", private_addresses),
        ("network-interface.addresses.association.public-ip", public_addresses),
        ("network-interface.association.public-ip", public_addresses),
        ("network-interface.attachment.attachment-id", |shown| {
            attached(shown, |found| found.attachment_id.clone())
        }),
        ("network-interface.attachment.device-index", |shown| {
            attached(shown, |found| found.device_index.to_string())
        }),
        ("network-interface.attachment.delete-on-termination", |shown| {
            attached(shown, |found| found.delete_on_termination.to_string())
        }),
        ("network-interface.availability-zone", |shown| one(&shown.placement.availability_zone)),
        ("network-interface.description", |shown| shown.of_interfaces(|found| one(&found.description))),
        ("network-interface.group-id", |shown| shown.of_interfaces(|found| group_ids(&found.groups))),
        ("network-interface.group-name", |shown| shown.of_interfaces(|found| group_names(&found.groups))),
        ("network-interface.ipv6-addresses.ipv6-address", |shown| {
            shown.of_interfaces(|found| {
                found.ipv6_addresses.iter().map(|it| it.ipv6_address.clone()).collect()
            })
        }),
        ("network-interface.mac-address", |shown| shown.of_interfaces(|found| one(&found.mac_address))),
        ("network-interface.network-interface-id", |shown| {
            shown.of_interfaces(|found| one(&found.network_interface_id))
        }),
        ("network-interface.owner-id", |shown| shown.of_interfaces(|found| one(&found.owner_id))),
        ("network-interface.private-dns-name", |shown| {
            shown.of_interfaces(|found| one(&found.private_dns_name))
        }),
        ("network-interface.source-dest-check", |shown| {
            shown.of_interfaces(|found| one(found.source_dest_check))
        }),
        ("network-interface.status", |shown| shown.of_interfaces(|found| one(found.status))),
        ("network-interface.subnet-id", |shown| shown.of_interfaces(|found| one(&found.subnet_id))),
        ("network-interface.vpc-id", |shown| shown.of_interfaces(|found| one(&found.vpc_id))),
        ("owner-id", |shown| one(&shown.owner_id)),
        ("platform-details", |shown| one(shown.platform_details)),
        ("private-dns-name", |shown| one(&shown.private_dns_name)),
        ("private-ip-address", private_addresses),
        ("reason", |shown| one(&shown.state_transition_reason)),
        ("reservation-id", |shown| one(&shown.reservation_id)),
        ("root-device-name", |shown| one(shown.root_device_name)),
        ("root-device-type", |shown| one(shown.root_device_type)),
        ("source-dest-check", |shown| maybe(&shown.source_dest_check)),
        ("state-reason-code", |shown| shown.state_reason.iter().map(|reason| reason.code.clone()).collect()),
        ("state-reason-message", |shown| {
            shown.state_reason.iter().map(|reason| reason.message.clone()).collect()
        }),
        ("subnet-id", |shown| maybe(&shown.subnet_id)),
        ("tenancy", |shown| one(shown.placement.tenancy)),
        ("usage-operation", |shown| one(shown.usage_operation)),
        ("virtualization-type", |shown| one(shown.virtualization_type)),
        ("vpc-id", |shown| maybe(&shown.vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.instance_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
