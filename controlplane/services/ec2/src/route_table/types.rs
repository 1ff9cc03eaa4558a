use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use ipnet::IpNet;
use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// Index: the VPC.
pub(super) const BY_VPC: &str = "vpc";
/// Index: each associated subnet.
pub(super) const BY_SUBNET: &str = "subnet";
/// Index: each prefix list a route is for.
pub const BY_PREFIX_LIST: &str = "prefix_list";
/// Index: each association's id.
pub(super) const BY_ASSOCIATION: &str = "association";

/// A route table. Id: `rtb-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RouteTable {
    /// Its VPC.
    #[n(0)]
    pub vpc_id: String,
    /// All but the local ones, in the order of their destinations, each destination once.
    #[n(1)]
    pub routes: Vec<Route>,
    /// Who follows it.
    #[n(2)]
    pub associations: Vec<Association>,
}

/// A route somebody made.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Route {
    /// Where to.
    #[cbor(n(0), with = "controlplane_types::cbor::text")]
    pub destination: Destination,
    /// Which way.
    #[n(1)]
    pub target: Target,
}

/// Where a route is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// A block in canonical form.
    Block(IpNet),
    /// Every block of a prefix list: `pl-...`.
    PrefixList(String),
}

impl Destination {
    /// The prefix list, if it is one.
    pub fn prefix_list(&self) -> Option<&str> {
        match self {
            Self::Block(_) => None,
            Self::PrefixList(id) => Some(id),
        }
    }
}

/// The block or the id: in records as a text, as it was when there were only blocks.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(net) => net.fmt(f),
            Self::PrefixList(id) => f.write_str(id),
        }
    }
}

impl FromStr for Destination {
    type Err = <IpNet as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(errors::PREFIX_LIST.prefix) {
            return Ok(Self::PrefixList(text.to_owned()));
        }
        text.parse().map(Self::Block)
    }
}

/// Which way a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Target {
    /// `igw-...`.
    #[n(0)]
    InternetGateway(#[n(0)] String),
    /// `eni-...`.
    #[n(1)]
    NetworkInterface(#[n(0)] String),
}

/// Whether a route leads anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteState {
    /// Its target is there.
    Active,
    /// Its target is gone: packets are dropped.
    Blackhole,
}

impl RouteState {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blackhole => "blackhole",
        }
    }
}

/// Who follows a table.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Association {
    /// `rtbassoc-...`.
    #[n(0)]
    pub id: String,
    /// `None`: every subnet of the VPC that has no association of its own.
    #[n(1)]
    pub subnet_id: Option<String>,
}

impl RouteTable {
    /// Whether subnets follow it that were never told what to follow.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet_id.is_none())
    }

    /// The subnets associated with it.
    pub fn subnet_ids(&self) -> Vec<String> {
        self.associations.iter().filter_map(|association| association.subnet_id.clone()).collect()
    }

    /// The association of a subnet.
    pub fn association_of(&self, subnet_id: &str) -> Option<&Association> {
        self.associations.iter().find(|association| association.subnet_id.as_deref() == Some(subnet_id))
    }

    /// The route with exactly this destination.
    pub fn route(&self, destination: &Destination) -> Option<&Route> {
        self.routes.iter().find(|route| route.destination == *destination)
    }
}

impl Record for RouteTable {
    const KIND: &'static str = "route_table";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_VPC, &self.vpc_id);
        for list in self.routes.iter().filter_map(|route| route.destination.prefix_list()) {
            add(BY_PREFIX_LIST, list);
        }
        for association in &self.associations {
            add(BY_ASSOCIATION, &association.id);
            if let Some(subnet_id) = &association.subnet_id {
                add(BY_SUBNET, subnet_id);
            }
        }
    }
}

impl Resource for RouteTable {
    const NOUN: &'static Noun = &errors::ROUTE_TABLE;
}
