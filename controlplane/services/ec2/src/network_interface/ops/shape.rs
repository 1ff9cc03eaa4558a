//! A network interface as AWS shows it.

use crate::filter::{Described, Field, maybe, one};
use crate::network_interface::{NetworkInterface, private_dns_name};
use crate::security_group::SecurityGroup;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;
use std::net::Ipv4Addr;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInterfaceShape {
    pub(crate) network_interface_id: String,
    pub(crate) owner_id: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    pub(crate) availability_zone: String,
    pub(crate) availability_zone_id: String,
    pub(crate) description: String,
    pub(crate) interface_type: &'static str,
    pub(crate) mac_address: String,
    pub(crate) private_ip_address: String,
    pub(crate) private_dns_name: String,
    pub(crate) private_ip_addresses: Vec<PrivateAddress>,
    pub(crate) ipv6_addresses: Vec<Ipv6Address>,
    pub(crate) groups: Vec<GroupIdentifier>,
    pub(crate) requester_managed: bool,
    pub(crate) source_dest_check: bool,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association: Option<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<AttachmentShape>,
    pub(crate) tag_set: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrivateAddress {
    pub(crate) primary: bool,
    pub(crate) private_ip_address: String,
    pub(crate) private_dns_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association: Option<Association>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6Address {
    pub(crate) ipv6_address: String,
    pub(crate) is_primary_ipv6: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupIdentifier {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Association {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allocation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association_id: Option<String>,
    pub(crate) public_ip: String,
    pub(crate) ip_owner_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachmentShape {
    pub(crate) attachment_id: String,
    pub(crate) instance_id: String,
    pub(crate) instance_owner_id: String,
    pub(crate) device_index: u32,
    pub(crate) network_card_index: u32,
    pub(crate) delete_on_termination: bool,
    pub(crate) attach_time: Timestamp,
    pub(crate) status: &'static str,
}

impl NetworkInterfaceShape {
    /// What the caller sees of an interface.
    pub(crate) fn of(id: &str, interface: &NetworkInterface, cx: &Reader) -> Self {
        let primary = interface.primary_address();
        Self {
            network_interface_id: id.to_owned(),
            owner_id: cx.caller.account.to_string(),
            vpc_id: interface.vpc_id.clone(),
            subnet_id: interface.subnet_id.clone(),
            availability_zone: interface.zone.clone(),
            availability_zone_id: interface.zone_id.clone(),
            description: interface.description.clone(),
            interface_type: "interface",
            mac_address: interface.mac_address.clone(),
            private_ip_address: primary.to_string(),
            private_dns_name: private_dns_name(primary, &cx.caller.region),
            private_ip_addresses: private_addresses(interface, cx),
            ipv6_addresses: ipv6_addresses(interface),
            groups: groups(interface, cx),
            requester_managed: false,
            source_dest_check: interface.source_dest_check,
            status: if interface.attachment.is_some() { "in-use" } else { "available" },
            association: Association::of(interface, primary, cx),
            attachment: attachment(interface, cx),
            tag_set: tag::of(id, cx),
        }
    }
}

impl Association {
    /// An address that was assigned automatically is Amazon's and has no ids, an elastic one is the account's.
    fn of(interface: &NetworkInterface, private_address: Ipv4Addr, cx: &Reader) -> Option<Self> {
        let mut pairs = interface.public_addresses();
        let (_, public) = pairs.find(|(private, _)| *private == private_address)?;
        let elastic = interface.association(private_address);
        Some(Self {
            allocation_id: elastic.map(|found| found.allocation_id.clone()),
            association_id: elastic.map(|found| found.id.clone()),
            public_ip: public.to_string(),
            ip_owner_id: elastic.map_or_else(|| "amazon".to_owned(), |_| cx.caller.account.to_string()),
        })
    }
}

fn private_addresses(interface: &NetworkInterface, cx: &Reader) -> Vec<PrivateAddress> {
    let shown = interface.private_addresses.iter().enumerate().map(|(index, address)| PrivateAddress {
        primary: index == 0,
        private_ip_address: address.to_string(),
        private_dns_name: private_dns_name(*address, &cx.caller.region),
        association: Association::of(interface, *address, cx),
    });
    shown.collect()
}

fn ipv6_addresses(interface: &NetworkInterface) -> Vec<Ipv6Address> {
    let shown = |address: &std::net::Ipv6Addr| Ipv6Address {
        ipv6_address: address.to_string(),
        is_primary_ipv6: false,
    };
    interface.ipv6_addresses.iter().map(shown).collect()
}

fn groups(interface: &NetworkInterface, cx: &Reader) -> Vec<GroupIdentifier> {
    let shown = |id: &String| GroupIdentifier {
        group_id: id.clone(),
        group_name: cx.get::<SecurityGroup>(id).map(|group| group.name.clone()).unwrap_or_default(),
    };
    interface.groups.iter().map(shown).collect()
}

fn attachment(interface: &NetworkInterface, cx: &Reader) -> Option<AttachmentShape> {
    interface.attachment.as_ref().map(|attachment| AttachmentShape {
        attachment_id: attachment.id.clone(),
        instance_id: attachment.instance_id.clone(),
        instance_owner_id: cx.caller.account.to_string(),
        device_index: attachment.device_index,
        network_card_index: 0,
        delete_on_termination: attachment.delete_on_termination,
        attach_time: attachment.attached_at,
        status: "attached",
    })
}

/// One value of the attachment, if there is one.
fn attached<T: ToString>(shown: &NetworkInterfaceShape, value: fn(&AttachmentShape) -> T) -> Vec<String> {
    maybe(&shown.attachment.as_ref().map(value))
}

/// A value of the public address of each private one.
fn associated(shown: &NetworkInterfaceShape, value: fn(&Association) -> Option<String>) -> Vec<String> {
    let associations = shown.private_ip_addresses.iter().filter_map(|address| address.association.as_ref());
    associations.filter_map(value).collect()
}

fn public(shown: &NetworkInterfaceShape) -> Vec<String> {
    associated(shown, |association| Some(association.public_ip.clone()))
}

fn public_owner(shown: &NetworkInterfaceShape) -> Vec<String> {
    associated(shown, |association| Some(association.ip_owner_id.clone()))
}

fn allocation(shown: &NetworkInterfaceShape) -> Vec<String> {
    associated(shown, |association| association.allocation_id.clone())
}

fn association(shown: &NetworkInterfaceShape) -> Vec<String> {
    associated(shown, |association| association.association_id.clone())
}

/// Filters on what no interface here has (requesters, public names) are known and match nothing.
fn nothing(_: &NetworkInterfaceShape) -> Vec<String> {
    Vec::new()
}

impl Described for NetworkInterfaceShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("network-interface-id", |shown| one(&shown.network_interface_id)),
        ("owner-id", |shown| one(&shown.owner_id)),
        ("vpc-id", |shown| one(&shown.vpc_id)),
        ("subnet-id", |shown| one(&shown.subnet_id)),
        ("availability-zone", |shown| one(&shown.availability_zone)),
        ("availability-zone-id", |shown| one(&shown.availability_zone_id)),
        ("description", |shown| one(&shown.description)),
        ("interface-type", |shown| one(shown.interface_type)),
        ("mac-address", |shown| one(&shown.mac_address)),
        ("private-ip-address", |shown| one(&shown.private_ip_address)),
        ("private-dns-name", |shown| one(&shown.private_dns_name)),
        ("requester-managed", |shown| one(shown.requester_managed)),
        ("requester-id", nothing),
        ("source-dest-check", |shown| one(shown.source_dest_check)),
        ("status", |shown| one(shown.status)),
        ("group-id", |shown| shown.groups.iter().map(|group| group.group_id.clone()).collect()),
        ("group-name", |shown| shown.groups.iter().map(|group| group.group_name.clone()).collect()),
        ("addresses.private-ip-address", |shown| {
            shown.private_ip_addresses.iter().map(|address| address.private_ip_address.clone()).collect()
        }),
        ("addresses.primary", |shown| {
            shown.private_ip_addresses.iter().map(|address| address.primary.to_string()).collect()
        }),
        ("addresses.association.public-ip", public),
        ("addresses.association.owner-id", public_owner),
        ("ipv6-addresses.ipv6-address", |shown| {
            shown.ipv6_addresses.iter().map(|address| address.ipv6_address.clone()).collect()
        }),
        ("association.public-ip", public),
        ("association.ip-owner-id", public_owner),
        ("addresses.association.allocation-id", allocation),
        ("addresses.association.association-id", association),
        ("association.allocation-id", allocation),
        ("association.association-id", association),
        ("association.public-dns-name", nothing),
        ("attachment.attachment-id", |shown| attached(shown, |attachment| attachment.attachment_id.clone())),
        ("attachment.instance-id", |shown| attached(shown, |attachment| attachment.instance_id.clone())),
        ("attachment.instance-owner-id", |shown| {
            attached(shown, |attachment| attachment.instance_owner_id.clone())
        }),
        ("attachment.device-index", |shown| attached(shown, |attachment| attachment.device_index)),
        ("attachment.delete-on-termination", |shown| {
            attached(shown, |attachment| attachment.delete_on_termination)
        }),
        ("attachment.attach-time", |shown| attached(shown, |attachment| attachment.attach_time)),
        ("attachment.status", |shown| attached(shown, |attachment| attachment.status)),
    ];

    const ABSENT: &'static [&'static str] = &["operator.managed", "operator.principal"];

    fn id(&self) -> &str {
        &self.network_interface_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tag_set
    }
}
