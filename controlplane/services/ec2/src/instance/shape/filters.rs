//! Every filter on instances.

use super::interface::{AssociationShape, AttachmentShape};
use super::{GroupIdentifier, InstanceShape, InterfaceShape};
use crate::filter::{Described, Field, maybe, one};
use crate::instance_profile::ProfileShape;
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
    with_public(shown, |found| found.public_ip.clone())
}

fn with_public(shown: &InstanceShape, value: fn(&AssociationShape) -> String) -> Vec<String> {
    shown.of_interfaces(|interface| {
        let associations = interface.private_ip_addresses.iter().filter_map(|it| it.association.as_ref());
        associations.map(value).collect()
    })
}

fn allocation(shown: &InstanceShape) -> Vec<String> {
    with_public(shown, |found| found.allocation_id.clone())
}

fn association(shown: &InstanceShape) -> Vec<String> {
    with_public(shown, |found| found.association_id.clone())
}

fn ipv6_addresses(shown: &InstanceShape) -> Vec<String> {
    shown.of_interfaces(|found| found.ipv6_addresses.iter().map(|it| it.ipv6_address.clone()).collect())
}

fn profile(shown: &InstanceShape, value: fn(&ProfileShape) -> String) -> Vec<String> {
    maybe(&shown.iam_instance_profile.as_ref().map(value))
}

/// Filters on what no instance here has (volumes, spot requests) are known and match nothing.
fn nothing(_: &InstanceShape) -> Vec<String> {
    Vec::new()
}

impl Described for InstanceShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("affinity", nothing),
        ("architecture", |shown| one(shown.architecture)),
        ("availability-zone", |shown| one(&shown.placement.availability_zone)),
        ("availability-zone-id", |shown| one(&shown.placement.availability_zone_id)),
        ("block-device-mapping.attach-time", nothing),
        ("block-device-mapping.delete-on-termination", nothing),
        ("block-device-mapping.device-name", nothing),
        ("block-device-mapping.status", nothing),
        ("block-device-mapping.volume-id", nothing),
        ("capacity-reservation-id", nothing),
        ("client-token", |shown| maybe(&shown.client_token)),
        ("dns-name", |shown| one(&shown.public_dns_name)),
        ("ebs-optimized", |shown| one(shown.ebs_optimized)),
        ("host-id", nothing),
        ("hypervisor", |shown| one(shown.hypervisor)),
        ("iam-instance-profile.arn", |shown| profile(shown, |profile| profile.arn.clone())),
        ("iam-instance-profile.id", |shown| profile(shown, |profile| profile.id.clone())),
        ("iam-instance-profile.name", |shown| {
            profile(shown, |profile| profile.arn.rsplit('/').next().unwrap_or_default().to_owned())
        }),
        ("image-id", |shown| one(&shown.image_id)),
        ("instance-id", |shown| one(&shown.instance_id)),
        ("instance-lifecycle", nothing),
        ("instance-state-code", |shown| one(shown.state.code)),
        ("instance-state-name", |shown| one(shown.state.name)),
        ("instance-type", |shown| one(&shown.instance_type)),
        ("instance.group-id", |shown| group_ids(&shown.security_groups)),
        ("instance.group-name", |shown| group_names(&shown.security_groups)),
        ("ip-address", |shown| maybe(&shown.public_ip_address)),
        ("ipv6-address", |shown| maybe(&shown.ipv6_address)),
        ("kernel-id", nothing),
        ("key-name", |shown| maybe(&shown.key_name)),
        ("launch-index", |shown| one(shown.ami_launch_index)),
        ("launch-time", |shown| one(shown.launch_time)),
        ("metadata-options.http-endpoint", |shown| one(shown.metadata_options.http_endpoint)),
        ("metadata-options.http-protocol-ipv6", |shown| one(shown.metadata_options.http_protocol_ipv6)),
        ("metadata-options.http-put-response-hop-limit", |shown| {
            one(shown.metadata_options.http_put_response_hop_limit)
        }),
        ("metadata-options.http-tokens", |shown| one(shown.metadata_options.http_tokens)),
        ("metadata-options.instance-metadata-tags", |shown| {
            one(shown.metadata_options.instance_metadata_tags)
        }),
        ("metadata-options.state", |shown| one(shown.metadata_options.state)),
        ("monitoring-state", |shown| one(shown.monitoring.state)),
        ("network-interface.addresses.association.allocation-id", allocation),
        ("network-interface.addresses.association.association-id", association),
        ("network-interface.addresses.association.ip-owner-id", |shown| {
            with_public(shown, |found| found.ip_owner_id.clone())
        }),
        ("network-interface.addresses.primary", |shown| {
            shown.of_interfaces(|found| {
                found.private_ip_addresses.iter().map(|address| address.primary.to_string()).collect()
            })
        }),
        ("network-interface.addresses.private-dns-name", |shown| {
            shown.of_interfaces(|found| {
                found.private_ip_addresses.iter().map(|address| address.private_dns_name.clone()).collect()
            })
        }),
        ("network-interface.addresses.private-ip-address", private_addresses),
        ("network-interface.addresses.association.public-ip", public_addresses),
        ("network-interface.association.allocation-id", allocation),
        ("network-interface.association.association-id", association),
        ("network-interface.association.ip-owner-id", |shown| {
            with_public(shown, |found| found.ip_owner_id.clone())
        }),
        ("network-interface.association.public-ip", public_addresses),
        ("network-interface.attachment.attach-time", |shown| {
            attached(shown, |found| found.attach_time.to_string())
        }),
        ("network-interface.attachment.attachment-id", |shown| {
            attached(shown, |found| found.attachment_id.clone())
        }),
        ("network-interface.attachment.device-index", |shown| {
            attached(shown, |found| found.device_index.to_string())
        }),
        ("network-interface.attachment.delete-on-termination", |shown| {
            attached(shown, |found| found.delete_on_termination.to_string())
        }),
        ("network-interface.attachment.instance-id", |shown| one(&shown.instance_id)),
        ("network-interface.attachment.instance-owner-id", |shown| one(&shown.owner_id)),
        ("network-interface.attachment.network-card-index", |shown| {
            attached(shown, |found| found.network_card_index.to_string())
        }),
        ("network-interface.attachment.status", |shown| attached(shown, |found| found.status.to_owned())),
        ("network-interface.availability-zone", |shown| one(&shown.placement.availability_zone)),
        ("network-interface.description", |shown| shown.of_interfaces(|found| one(&found.description))),
        ("network-interface.group-id", |shown| shown.of_interfaces(|found| group_ids(&found.groups))),
        ("network-interface.group-name", |shown| shown.of_interfaces(|found| group_names(&found.groups))),
        ("network-interface.ipv6-address", ipv6_addresses),
        ("network-interface.ipv6-addresses.ipv6-address", ipv6_addresses),
        ("network-interface.ipv6-addresses.is-primary-ipv6", |shown| {
            ipv6_addresses(shown).into_iter().map(|_| false.to_string()).collect()
        }),
        ("network-interface.requester-managed", |shown| shown.of_interfaces(|_| one(false))),
        ("network-interface.mac-address", |shown| shown.of_interfaces(|found| one(&found.mac_address))),
        ("network-interface.network-interface-id", |shown| {
            shown.of_interfaces(|found| one(&found.network_interface_id))
        }),
        ("network-interface.owner-id", |shown| shown.of_interfaces(|found| one(&found.owner_id))),
        ("network-interface.private-dns-name", |shown| {
            shown.of_interfaces(|found| one(&found.private_dns_name))
        }),
        ("network-interface.private-ip-address", |shown| {
            shown.of_interfaces(|found| one(&found.private_ip_address))
        }),
        ("network-interface.requester-id", nothing),
        ("network-interface.source-dest-check", |shown| {
            shown.of_interfaces(|found| one(found.source_dest_check))
        }),
        ("network-interface.status", |shown| shown.of_interfaces(|found| one(found.status))),
        ("network-interface.subnet-id", |shown| shown.of_interfaces(|found| one(&found.subnet_id))),
        ("network-interface.vpc-id", |shown| shown.of_interfaces(|found| one(&found.vpc_id))),
        ("owner-id", |shown| one(&shown.owner_id)),
        ("placement-group-name", |shown| one(shown.placement.group_name)),
        ("platform", nothing),
        ("platform-details", |shown| one(shown.platform_details)),
        ("private-dns-name", |shown| one(&shown.private_dns_name)),
        ("private-ip-address", private_addresses),
        ("product-code", nothing),
        ("product-code.type", nothing),
        ("ramdisk-id", nothing),
        ("reason", |shown| one(&shown.state_transition_reason)),
        ("requester-id", nothing),
        ("reservation-id", |shown| one(&shown.reservation_id)),
        ("root-device-name", |shown| one(shown.root_device_name)),
        ("root-device-type", |shown| one(shown.root_device_type)),
        ("source-dest-check", |shown| maybe(&shown.source_dest_check)),
        ("spot-instance-request-id", nothing),
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

    const ABSENT: &'static [&'static str] = &[
        "boot-mode",
        "capacity-reservation-specification.capacity-reservation-preference",
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
        "current-instance-boot-mode",
        "ena-support",
        "enclave-options.enabled",
        "hibernation-options.configured",
        "maintenance-options.auto-recovery",
        "metadata-options.http-protocol-ipv4",
        "network-interface.addresses.association.carrier-ip",
        "network-interface.addresses.association.customer-owned-ip",
        "network-interface.addresses.association.public-dns-name",
        "network-interface.association.carrier-ip",
        "network-interface.association.customer-owned-ip",
        "network-interface.association.public-dns-name",
        "network-interface.deny-all-igw-traffic",
        "network-interface.ipv4-prefixes.ipv4-prefix",
        "network-interface.ipv6-native",
        "network-interface.ipv6-prefixes.ipv6-prefix",
        "network-interface.operator.managed",
        "network-interface.operator.principal",
        "network-interface.outpost-arn",
        "network-interface.public-dns-name",
        "network-performance-options.bandwidth-weighting",
        "operator.managed",
        "operator.principal",
        "outpost-arn",
        "placement-partition-number",
        "private-dns-name-options.enable-resource-name-dns-a-record",
        "private-dns-name-options.enable-resource-name-dns-aaaa-record",
        "private-dns-name-options.hostname-type",
        "tpm-support",
        "usage-operation-update-time",
    ];

    fn id(&self) -> &str {
        &self.instance_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
