use crate::errors::{self, Noun};
use crate::resource::Resource;
use crate::vpc::Ipv6Block;
use controlplane_services_kernel::Record;
use ipnet::{IpNet, Ipv4Net};
use minicbor::{Decode, Encode};

/// Index: the VPC.
pub(super) const BY_VPC: &str = "vpc";

/// A subnet. Id: `subnet-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Subnet {
    /// The VPC it is part of.
    #[n(0)]
    pub vpc_id: String,
    /// Its IPv4 block, in canonical form, within the VPC's.
    #[cbor(n(1), with = "controlplane_types::cbor::text")]
    pub cidr: Ipv4Net,
    /// Its /64, if it has one.
    #[n(2)]
    pub ipv6: Option<Ipv6Block>,
    /// Name of its availability zone.
    #[n(3)]
    pub zone: String,
    /// Id of that zone.
    #[n(4)]
    pub zone_id: String,
    /// The subnet instances go to when nothing says where.
    #[n(5)]
    pub default_for_az: bool,
    /// Instances get a public address unless they say no.
    #[n(6)]
    pub map_public_ip_on_launch: bool,
    /// Interfaces get an IPv6 address unless they say which.
    #[n(7)]
    pub assign_ipv6_address_on_creation: bool,
}

impl Subnet {
    /// Its blocks, IPv4 first.
    pub fn cidrs(&self) -> Vec<IpNet> {
        let ipv6 = self.ipv6.iter().map(|block| IpNet::V6(block.cidr));
        std::iter::once(IpNet::V4(self.cidr)).chain(ipv6).collect()
    }
}

impl Record for Subnet {
    const KIND: &'static str = "subnet";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_VPC, &self.vpc_id);
    }
}

impl Resource for Subnet {
    const NOUN: &'static Noun = &errors::SUBNET;
}
