use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Index: the VPC.
pub(super) const BY_VPC: &str = "vpc";
/// Index: the subnet.
pub(super) const BY_SUBNET: &str = "subnet";
/// Index: each security group.
pub(super) const BY_GROUP: &str = "group";
/// Index: the instance that holds it.
pub(super) const BY_INSTANCE: &str = "instance";
/// Index: the automatically assigned public address, over all accounts.
pub(super) const BY_PUBLIC_ADDRESS: &str = "public_address";

/// Index: the attachment's id.
pub(super) const BY_ATTACHMENT: &str = "attachment";
/// Index: the id of each association.
pub(super) const BY_ASSOCIATION: &str = "association";

/// Tally: how many private IPv4 addresses the interfaces in a subnet have. Space: which.
pub(super) const ADDRESSES: &str = "addresses";

/// A network interface. Id: `eni-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct NetworkInterface {
    /// The VPC of its subnet.
    #[n(0)]
    pub vpc_id: String,
    /// Where its addresses come from.
    #[n(1)]
    pub subnet_id: String,
    /// Zone of the subnet.
    #[n(2)]
    pub zone: String,
    /// Id of that zone.
    #[n(3)]
    pub zone_id: String,
    /// Free text.
    #[n(4)]
    pub description: String,
    /// Made from the id, so it stays the same wherever the interface goes.
    #[n(5)]
    pub mac_address: String,
    /// IPv4, the first is primary; at least one.
    #[cbor(n(6), with = "controlplane_types::cbor::texts")]
    pub private_addresses: Vec<Ipv4Addr>,
    /// IPv6.
    #[cbor(n(7), with = "controlplane_types::cbor::texts")]
    pub ipv6_addresses: Vec<Ipv6Addr>,
    /// Ids of security groups; at least one.
    #[n(8)]
    pub groups: Vec<String>,
    /// Drop packets from or to addresses that are not the interface's.
    #[n(9)]
    pub source_dest_check: bool,
    /// What the internet gateway translates the primary address to, as long as it has no elastic one.
    #[cbor(n(10), with = "controlplane_types::cbor::maybe_text")]
    pub public_address: Option<Ipv4Addr>,
    /// Who holds it.
    #[n(11)]
    pub attachment: Option<Attachment>,
    /// It had a public address until its instance was stopped, and gets one when that is started again.
    #[cbor(n(12), default)]
    pub regains_public_address: bool,
    /// Its elastic addresses.
    #[cbor(n(13), default)]
    pub associations: Vec<Association>,
}

/// An elastic address on a private one.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Association {
    /// `eipassoc-...`.
    #[n(0)]
    pub id: String,
    /// `eipalloc-...`.
    #[n(1)]
    pub allocation_id: String,
    /// One of the interface's.
    #[cbor(n(2), with = "controlplane_types::cbor::text")]
    pub private_address: Ipv4Addr,
    /// What the internet gateway translates it to.
    #[cbor(n(3), with = "controlplane_types::cbor::text")]
    pub public_address: Ipv4Addr,
}

/// An interface in the hands of an instance.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Attachment {
    /// `eni-attach-...`.
    #[n(0)]
    pub id: String,
    /// `i-...`.
    #[n(1)]
    pub instance_id: String,
    /// Position among the instance's interfaces.
    #[n(2)]
    pub device_index: u32,
    /// Whether the interface goes with the instance.
    #[n(3)]
    pub delete_on_termination: bool,
    /// When it was attached.
    #[n(4)]
    pub attached_at: Timestamp,
}

impl NetworkInterface {
    /// The first IPv4 address.
    pub fn primary_address(&self) -> Ipv4Addr {
        self.private_addresses.first().copied().unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// Every private address, IPv4 first.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let ipv4 = self.private_addresses.iter().copied().map(IpAddr::V4);
        ipv4.chain(self.ipv6_addresses.iter().copied().map(IpAddr::V6)).collect()
    }

    /// Private addresses that have a public one, with it.
    pub fn public_addresses(&self) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr)> {
        let assigned = self.public_address.map(|public| (self.primary_address(), public));
        let elastic = self.associations.iter().map(|found| (found.private_address, found.public_address));
        assigned.into_iter().chain(elastic)
    }

    /// The public address of the primary one.
    pub fn primary_public_address(&self) -> Option<Ipv4Addr> {
        let primary = self.primary_address();
        self.public_addresses().find(|(private, _)| *private == primary).map(|(_, public)| public)
    }

    /// The elastic address of a private one.
    pub fn association(&self, private_address: Ipv4Addr) -> Option<&Association> {
        self.associations.iter().find(|found| found.private_address == private_address)
    }

    /// The instance that holds it.
    pub fn instance_id(&self) -> Option<&str> {
        self.attachment.as_ref().map(|attachment| attachment.instance_id.as_str())
    }

    /// Position among its instance's interfaces.
    pub fn device_index(&self) -> Option<u32> {
        self.attachment.as_ref().map(|attachment| attachment.device_index)
    }
}

impl Record for NetworkInterface {
    const KIND: &'static str = "network_interface";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_VPC, &self.vpc_id);
        add(BY_SUBNET, &self.subnet_id);
        for group in &self.groups {
            add(BY_GROUP, group);
        }
        if let Some(instance_id) = self.instance_id() {
            add(BY_INSTANCE, instance_id);
        }
        if let Some(address) = self.public_address {
            add(BY_PUBLIC_ADDRESS, &address.to_string());
        }
        if let Some(attachment) = &self.attachment {
            add(BY_ATTACHMENT, &attachment.id);
        }
        for association in &self.associations {
            add(BY_ASSOCIATION, &association.id);
        }
    }

    /// Every launch asks how many are left.
    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        add(ADDRESSES, &self.subnet_id, i64::try_from(self.private_addresses.len()).unwrap_or(i64::MAX));
    }

    /// Every launch takes the lowest that is free.
    fn numbers(&self, add: &mut dyn FnMut(&'static str, &str, u64)) {
        for address in &self.private_addresses {
            add(ADDRESSES, &self.subnet_id, u32::from(*address).into());
        }
    }
}

impl Resource for NetworkInterface {
    const NOUN: &'static Noun = &errors::NETWORK_INTERFACE;
}
