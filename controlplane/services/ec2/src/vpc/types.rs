use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use minicbor::{Decode, Encode};
use std::net::Ipv4Addr;

/// Index: the VXLAN network identifier, over all accounts.
pub(super) const BY_VNI: &str = "vni";
/// Index: `true` for default VPCs.
pub(super) const BY_DEFAULT: &str = "default";
/// Index: the DHCP option set.
pub(super) const BY_DHCP_OPTIONS: &str = "dhcp_options";
/// Index: the IPv6 block, over all accounts.
pub(super) const BY_IPV6: &str = "ipv6";

/// A virtual private cloud. Id: `vpc-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Vpc {
    /// The IPv4 block, in canonical form.
    #[cbor(n(0), with = "controlplane_types::cbor::text")]
    pub cidr: Ipv4Net,
    /// `vpc-cidr-assoc-...`.
    #[n(1)]
    pub cidr_association_id: String,
    /// The IPv6 block, if it has one.
    #[n(2)]
    pub ipv6: Option<Ipv6Block>,
    /// VXLAN network identifier, unique in the cluster: 1 to 16777215.
    #[n(3)]
    pub vni: u32,
    /// The VPC that actions fall back to; at most one per account.
    #[n(4)]
    pub is_default: bool,
    /// Whether the VPC resolver answers.
    #[n(5)]
    pub dns_support: bool,
    /// Whether instances with public addresses have public names.
    #[n(6)]
    pub dns_hostnames: bool,
    /// `dopt-...`; `None`: what AWS calls `default`.
    #[n(7)]
    pub dhcp_options_id: Option<String>,
}

/// An IPv6 block of a VPC or subnet.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Ipv6Block {
    /// In canonical form.
    #[cbor(n(0), with = "controlplane_types::cbor::text")]
    pub cidr: Ipv6Net,
    /// `vpc-cidr-assoc-...` or `subnet-cidr-assoc-...`.
    #[n(1)]
    pub association_id: String,
}

impl Vpc {
    /// Where its resolver answers: the base of its IPv4 block plus two, which no interface gets.
    pub fn resolver(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.cidr.network().to_bits() + 2)
    }

    /// Its blocks, IPv4 first.
    pub fn cidrs(&self) -> Vec<IpNet> {
        let ipv6 = self.ipv6.iter().map(|block| IpNet::V6(block.cidr));
        std::iter::once(IpNet::V4(self.cidr)).chain(ipv6).collect()
    }
}

impl Record for Vpc {
    const KIND: &'static str = "vpc";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_VNI, &self.vni.to_string());
        if self.is_default {
            add(BY_DEFAULT, "true");
        }
        if let Some(options) = &self.dhcp_options_id {
            add(BY_DHCP_OPTIONS, options);
        }
        if let Some(block) = &self.ipv6 {
            add(BY_IPV6, &block.cidr.to_string());
        }
    }
}

impl Resource for Vpc {
    const NOUN: &'static Noun = &errors::VPC;
}
