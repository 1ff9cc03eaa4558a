use super::overlay::{self, Overlay, Told};
use super::pressure::{Pressure, Scarce};
use crate::Region;
use controlplane_scheduler::Taint;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, Stored, View};
use controlplane_types::id::{NodeName, ZoneName};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Index of every kind of record that is placed on a node: the node's name.
pub const HELD_BY: &str = "placed-on-node";

/// A node. Id: its name; owner: the system account.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Node {
    /// Such as `rack2-pi4`.
    #[n(0)]
    pub name: NodeName,
    /// What its agent was started with, `region`, `zone` and `rack` included.
    #[n(1)]
    pub told_labels: Told,
    /// Where it stands.
    #[n(2)]
    pub zone: ZoneName,
    /// Where in the zone; empty when the operator does not say.
    #[n(3)]
    pub rack: String,
    /// All it has, whether or not something is placed on it.
    #[n(4)]
    pub capacity: Capacity,
    /// Where other nodes reach it.
    #[n(5)]
    pub underlay_address: String,
    /// Changes when the machine restarts.
    #[n(6)]
    pub boot_id: String,
    /// Version of its agent.
    #[n(7)]
    pub agent_version: String,
    /// Whether its agent is there.
    #[n(8)]
    pub condition: Condition,
    /// When it first said hello.
    #[n(9)]
    pub registered_at: Timestamp,
    /// An operator keeps new work off it.
    #[n(10)]
    pub cordon: Option<Cordon>,
    /// Labels operators gave or took since.
    #[cbor(n(11), default)]
    pub label_overlay: Overlay,
    /// Taints its agent was started with, by `KEY:EFFECT`.
    #[cbor(n(12), default)]
    pub told_taints: Told,
    /// Taints operators gave or took since.
    #[cbor(n(13), default)]
    pub taint_overlay: Overlay,
    /// What it is short of.
    #[cbor(n(14), default)]
    pub pressures: BTreeMap<Scarce, Pressure>,
}

/// Why a node that is there takes no new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Cordon {
    /// Since when.
    #[n(0)]
    pub since: Timestamp,
    /// What runs there moves away as well.
    #[n(1)]
    pub drain: bool,
}

/// What an operator wants of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheduling {
    /// It takes new work.
    Open,
    /// It takes none, and keeps what it has.
    Cordoned,
    /// It takes none, and what it has moves away.
    Draining,
}

/// What a machine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capacity {
    /// Processors, as the kernel counts them.
    #[n(0)]
    pub vcpus: u32,
    /// Memory, in MiB.
    #[n(1)]
    pub memory_mib: u64,
    /// Disk for instances, in MiB.
    #[n(2)]
    pub disk_mib: u64,
    /// What of it instances may be promised, as its operator says; all, once, when nothing is said.
    #[serde(skip)]
    #[n(3)]
    pub allocatable: Option<Allocatable>,
}

/// What instances may be promised in sum: less than the machine has where the system keeps some, more where it is
/// promised several times over. Wide as the machine all the same: no instance has more processors than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocatable {
    /// Thousandths of a processor.
    #[n(0)]
    pub cpu_millis: u64,
    /// Memory in MiB.
    #[n(1)]
    pub memory_mib: u64,
}

impl Capacity {
    /// What instances may be promised in sum.
    pub fn allocatable(&self) -> Allocatable {
        let all = Allocatable { cpu_millis: u64::from(self.vcpus) * 1000, memory_mib: self.memory_mib };
        self.allocatable.unwrap_or(all)
    }
}

/// Whether a node's agent is there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Condition {
    /// Its agent is there.
    #[n(0)]
    Ready,
    /// Its agent is not.
    #[n(1)]
    NotReady {
        /// Since when.
        #[n(0)]
        since: Timestamp,
        /// For people.
        #[n(1)]
        reason: String,
    },
}

impl Record for Node {
    const KIND: &'static str = "node";
}

impl Node {
    /// Where the record of a region's node lives.
    pub fn key(region: &RegionName, name: &str) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, name)
    }

    /// The node with this name and where its record lives. A name is a node's in one region only, since it is what its
    /// certificate is for.
    pub fn find<'v>(view: &'v View, name: &str) -> Option<(Key, &'v Self)> {
        let keys = view.all::<Region>().map(|region| Self::key(&region.name, name));
        keys.filter_map(|key| view.get::<Self>(&key).map(|node| (key, node))).next()
    }

    /// The region a node stands in.
    pub fn region(view: &View, name: &str) -> Option<RegionName> {
        let (key, _) = Self::find(view, name)?;
        match key.scope() {
            Scope::Region(region) => Some(region),
            Scope::Global => None,
        }
    }

    /// Every node of a region, ordered by name.
    pub fn all<'v>(view: &'v View, region: &RegionName) -> impl Iterator<Item = Stored<'v, Self>> + use<'v> {
        view.list(&SYSTEM_ACCOUNT.into(), &Scope::from(region))
    }

    /// Whether its agent is there.
    pub fn is_ready(&self) -> bool {
        self.condition == Condition::Ready
    }

    /// Everything people say about it, agent and operators joined.
    pub fn labels(&self) -> BTreeMap<String, String> {
        overlay::joined(&self.told_labels, &self.label_overlay)
    }

    /// What keeps instances off it, agent and operators joined; ordered by key and effect.
    pub fn taints(&self) -> Vec<Taint> {
        overlay::to_taints(&overlay::joined(&self.told_taints, &self.taint_overlay))
    }

    /// Whether it takes new work, from those whom its taints let in.
    pub fn takes_work(&self) -> bool {
        self.is_ready() && self.cordon.is_none() && self.pressures.is_empty()
    }

    /// Whether what it has moves away.
    pub fn is_draining(&self) -> bool {
        self.cordon.is_some_and(|cordon| cordon.drain)
    }

    /// What its operator wants of it.
    pub fn scheduling(&self) -> Scheduling {
        match self.cordon {
            None => Scheduling::Open,
            Some(Cordon { drain: false, .. }) => Scheduling::Cordoned,
            Some(Cordon { drain: true, .. }) => Scheduling::Draining,
        }
    }
}

impl Scheduling {
    /// `Open`, `Cordoned` or `Draining`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Cordoned => "Cordoned",
            Self::Draining => "Draining",
        }
    }
}

impl Condition {
    /// `Ready` or `NotReady`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady { .. } => "NotReady",
        }
    }
}

/// Keys of everything placed on a node.
pub fn holders<'v>(view: &'v View, node: &str) -> impl Iterator<Item = &'v Key> {
    view.find_any(HELD_BY, node)
}
