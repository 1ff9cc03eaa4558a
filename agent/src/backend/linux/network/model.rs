//! The kernel's networking objects as plain values.
//!
//! The same types hold what is wanted and what was found, so that the plan is a difference of sets and nothing
//! else. Whatever the kernel adds by itself (its local table, an interface's own link-local address, neighbours it
//! learned) is left out when reading; a value that is read must equal the value that made it.

use super::firewall::Ruleset;
use super::names::Mac;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A network namespace of this machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Where the agent and everything else on the machine lives.
    Host,
    /// A VPC's router.
    Vpc(String),
    /// What the first process of an instance is started in.
    Instance(String),
}

/// All namespaces. A place that is absent has no namespace.
pub(super) type World = BTreeMap<Place, Plane>;

/// One namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plane {
    pub(super) links: BTreeMap<String, Link>,
    pub(super) items: BTreeSet<Item>,
    pub(super) settings: BTreeMap<Setting, String>,
    pub(super) firewall: Ruleset,
}

/// A network device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The id of the object it stands for; a link with another alias is another link.
    pub(super) alias: String,
    pub(super) mac: Mac,
    pub(super) mtu: u32,
    pub(super) up: bool,
    pub(super) kind: LinkKind,
}

/// What a device does with its packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinkKind {
    Loopback,
    /// One end of a cable; `peer` is where the other end is wanted, which cannot be read back.
    Veth {
        peer: Option<(Place, String)>,
    },
    Vxlan {
        vni: u32,
        underlay: IpAddr,
    },
}

/// A small thing attached to a namespace that is added and removed whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Address(Address),
    Neighbor(Neighbor),
    Forward(Forward),
    Route(Route),
    Rule(Rule),
}

/// An address of the namespace itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) link: String,
    pub(super) network: IpNet,
}

/// A permanent ARP or NDP entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Neighbor {
    pub(super) link: String,
    pub(super) address: IpAddr,
    pub(super) mac: Mac,
}

/// The machine behind a hardware address on a VXLAN device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Forward {
    pub(super) link: String,
    pub(super) mac: Mac,
    pub(super) underlay: IpAddr,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) table: u32,
    pub(super) destination: IpNet,
    pub(super) metric: u32,
    pub(super) action: RouteAction,
}

/// What a route does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RouteAction {
    Forward {
        link: String,
        /// Reached without asking who it is (`onlink`): its neighbour entry is permanent or answered.
        gateway: Option<IpAddr>,
        /// What the namespace's own processes send from.
        source: Option<IpAddr>,
    },
    /// Go on with the next rule.
    Throw,
    Blackhole,
    Unreachable,
}

/// Which table is asked for which packets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    pub(super) ipv6: bool,
    pub(super) selector: Selector,
    pub(super) table: u32,
}

/// Which packets a rule is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selector {
    Input(String),
    Source(IpNet),
}

/// A file below `/proc/sys/net`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Setting {
    /// Present for the settings of one link, which exist only with it.
    pub(super) link: Option<String>,
    pub(super) name: String,
}

/// The kernel's main routing table.
pub(super) const MAIN_TABLE: u32 = 254;
/// The metric the kernel gives to IPv6 routes that name none; ours name it so that they read back equal.
const IPV6_METRIC: u32 = 1024;

impl Route {
    /// To a device, without a gateway.
    pub(super) fn to_link(table: u32, destination: IpNet, link: &str) -> Self {
        Self::forward(table, destination, link, None)
    }

    /// Over a gateway on the device.
    pub(super) fn via(table: u32, destination: IpNet, link: &str, gateway: IpAddr) -> Self {
        Self::forward(table, destination, link, Some(gateway))
    }

    /// One that ends here.
    pub(super) fn end(table: u32, destination: IpNet, action: RouteAction) -> Self {
        Self { table, destination, metric: default_metric(&destination), action }
    }

    /// The same route, with the address that the namespace's own processes send from.
    pub(super) fn from(mut self, address: IpAddr) -> Self {
        if let RouteAction::Forward { source, .. } = &mut self.action {
            *source = Some(address);
        }
        self
    }

    /// The same route, less preferred by `steps`.
    pub(super) fn behind(mut self, steps: u32) -> Self {
        self.metric += steps;
        self
    }

    fn forward(table: u32, destination: IpNet, link: &str, gateway: Option<IpAddr>) -> Self {
        let action = RouteAction::Forward { link: link.to_owned(), gateway, source: None };
        Self { table, destination, metric: default_metric(&destination), action }
    }
}

fn default_metric(destination: &IpNet) -> u32 {
    match destination {
        IpNet::V4(_) => 0,
        IpNet::V6(_) => IPV6_METRIC,
    }
}

impl Item {
    /// The device it goes away with. Rules name a device and outlive it.
    pub(super) fn link(&self) -> Option<&str> {
        match self {
            Item::Address(Address { link, .. })
            | Item::Neighbor(Neighbor { link, .. })
            | Item::Forward(Forward { link, .. }) => Some(link),
            Item::Route(Route { action: RouteAction::Forward { link, .. }, .. }) => Some(link),
            Item::Route(_) | Item::Rule(_) => None,
        }
    }
}

impl Setting {
    /// One of the whole namespace.
    pub(super) fn of_namespace(name: &str) -> Self {
        Self { link: None, name: name.to_owned() }
    }

    /// One of a link: `family` is `ipv4` or `ipv6`.
    pub(super) fn of_link(family: &str, link: &str, name: &str) -> Self {
        Self { link: Some(link.to_owned()), name: format!("{family}/conf/{link}/{name}") }
    }
}

/// A single address as a network.
pub(super) fn host_network(address: IpAddr) -> IpNet {
    IpNet::from(address)
}
