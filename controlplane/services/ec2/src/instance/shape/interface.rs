//! An interface of an instance as AWS shows it there, which is not quite what `DescribeNetworkInterfaces` shows.

use crate::network_interface::{self, Attachment, NetworkInterface, private_dns_name};
use crate::security_group::SecurityGroup;
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupIdentifier {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InterfaceShape {
    pub(crate) network_interface_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) association: Option<AssociationShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attachment: Option<AttachmentShape>,
    pub(super) description: String,
    pub(super) groups: Vec<GroupIdentifier>,
    pub(super) interface_type: &'static str,
    pub(super) ipv6_addresses: Vec<Ipv6AddressShape>,
    pub(super) mac_address: String,
    pub(super) owner_id: String,
    pub(super) private_dns_name: String,
    pub(crate) private_ip_address: String,
    pub(super) private_ip_addresses: Vec<PrivateAddressShape>,
    pub(super) source_dest_check: bool,
    pub(super) status: &'static str,
    pub(super) subnet_id: String,
    pub(super) vpc_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociationShape {
    #[serde(skip)]
    pub(super) allocation_id: String,
    #[serde(skip)]
    pub(super) association_id: String,
    pub(super) ip_owner_id: String,
    pub(super) public_dns_name: &'static str,
    pub(super) public_ip: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachmentShape {
    pub(super) attachment_id: String,
    pub(super) attach_time: Timestamp,
    pub(super) delete_on_termination: bool,
    pub(super) device_index: u32,
    pub(super) network_card_index: u32,
    pub(super) status: &'static str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ipv6AddressShape {
    pub(super) ipv6_address: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PrivateAddressShape {
    pub(super) primary: bool,
    pub(super) private_ip_address: String,
    pub(super) private_dns_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) association: Option<AssociationShape>,
}

impl InterfaceShape {
    pub(super) fn of(id: &str, interface: &NetworkInterface, cx: &Reader) -> Self {
        let addresses = interface.private_addresses.iter().enumerate();
        let private_ip_addresses = addresses.map(|(index, address)| PrivateAddressShape {
            primary: index == 0,
            private_ip_address: address.to_string(),
            private_dns_name: private_dns_name(*address, &cx.caller.region),
            association: AssociationShape::of(interface, *address, cx),
        });
        let ipv6 = |address: &std::net::Ipv6Addr| Ipv6AddressShape { ipv6_address: address.to_string() };
        Self {
            network_interface_id: id.to_owned(),
            attachment: interface.attachment.as_ref().map(AttachmentShape::of),
            description: interface.description.clone(),
            groups: group_identifiers(interface, cx),
            interface_type: "interface",
            ipv6_addresses: interface.ipv6_addresses.iter().map(ipv6).collect(),
            mac_address: interface.mac_address.clone(),
            owner_id: cx.caller.account.to_string(),
            private_dns_name: dns_name(interface, cx),
            private_ip_address: interface.primary_address().to_string(),
            private_ip_addresses: private_ip_addresses.collect(),
            source_dest_check: interface.source_dest_check,
            status: "in-use",
            subnet_id: interface.subnet_id.clone(),
            vpc_id: interface.vpc_id.clone(),
            association: AssociationShape::of(interface, interface.primary_address(), cx),
        }
    }
}

impl AssociationShape {
    /// An address that was assigned automatically is Amazon's, an elastic one the account's.
    fn of(interface: &NetworkInterface, private_address: Ipv4Addr, cx: &Reader) -> Option<Self> {
        let mut pairs = interface.public_addresses();
        let (_, public) = pairs.find(|(private, _)| *private == private_address)?;
        let elastic = interface.association(private_address);
        Some(Self {
            allocation_id: elastic.map(|found| found.allocation_id.clone()).unwrap_or_default(),
            association_id: elastic.map(|found| found.id.clone()).unwrap_or_default(),
            ip_owner_id: elastic.map_or_else(|| "amazon".to_owned(), |_| cx.caller.account.to_string()),
            public_dns_name: "",
            public_ip: public.to_string(),
        })
    }
}

impl AttachmentShape {
    fn of(attachment: &Attachment) -> Self {
        Self {
            attachment_id: attachment.id.clone(),
            attach_time: attachment.attached_at,
            delete_on_termination: attachment.delete_on_termination,
            device_index: attachment.device_index,
            network_card_index: 0,
            status: "attached",
        }
    }
}

/// The security groups of an instance's first interface.
pub(crate) fn groups(id: &str, cx: &Reader) -> Vec<GroupIdentifier> {
    let held = network_interface::of_instance(id, cx);
    held.first().map(|first| group_identifiers(first, cx)).unwrap_or_default()
}

pub(super) fn group_identifiers(interface: &NetworkInterface, cx: &Reader) -> Vec<GroupIdentifier> {
    let shown = |id: &String| GroupIdentifier {
        group_id: id.clone(),
        group_name: cx.get::<SecurityGroup>(id).map(|group| group.name.clone()).unwrap_or_default(),
    };
    interface.groups.iter().map(shown).collect()
}

pub(super) fn dns_name(interface: &NetworkInterface, cx: &Reader) -> String {
    private_dns_name(interface.primary_address(), &cx.caller.region)
}
