use crate::{Taint, Toleration};
use std::collections::{BTreeMap, BTreeSet};

/// The zone of a node that stands for every zone: the only machine of a small lab.
pub(crate) const EVERY_ZONE: &str = "*";

/// A machine as the scheduler sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Unique; ties are broken by it.
    pub name: String,
    /// Where it stands.
    pub zone: String,
    /// Where in the zone. Nodes of a zone whose rack nobody told share one.
    pub rack: String,
    /// Why it cannot take anything; `None` when it can.
    pub not_ready: Option<String>,
    /// Its operator wants no new work on it.
    pub cordoned: bool,
    /// What people say about it.
    pub labels: BTreeMap<String, String>,
    /// What keeps requests off it.
    pub taints: Vec<Taint>,
    /// What it is short of, such as `memory`: it takes nothing until it has enough again.
    pub short_of: Vec<String>,
    /// Processors it has.
    pub vcpus: u32,
    /// Memory it has for instances, in MiB.
    pub memory_mib: u64,
    /// What nobody has reserved yet.
    pub free: Free,
}

/// What is not reserved. Negative when a machine shrank under its load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Free {
    /// Thousandths of a processor.
    pub cpu_millis: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
}

/// A member of a group that stands somewhere already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The group it belongs to.
    pub group: String,
    /// The node it stands on.
    pub node: String,
}

/// Something that needs a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Processors it sees: the node must have as many.
    pub vcpus: u32,
    /// What it reserves, in thousandths of a processor.
    pub cpu_millis: u64,
    /// What it reserves, in MiB.
    pub memory_mib: u64,
    /// The only zone that will do.
    pub zone: Option<String>,
    /// Members of one group keep apart from each other.
    pub group: Option<String>,
    /// Nodes that will not do.
    pub excluded: BTreeSet<String>,
    /// Labels its node has to have.
    pub selector: BTreeMap<String, String>,
    /// Taints that do not keep it off.
    pub tolerations: Vec<Toleration>,
}

impl Node {
    /// Whether instances of `zone` may run here.
    pub fn stands_in(&self, zone: &str) -> bool {
        self.zone == EVERY_ZONE || self.zone == zone
    }

    /// A node with nothing on it.
    pub fn empty(name: &str, zone: &str, rack: &str, vcpus: u32, memory_mib: u64) -> Self {
        let free = Free {
            cpu_millis: i64::from(vcpus) * 1000,
            memory_mib: i64::try_from(memory_mib).unwrap_or(i64::MAX),
        };
        Self {
            name: name.into(),
            zone: zone.into(),
            rack: rack.into(),
            not_ready: None,
            cordoned: false,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            short_of: Vec::new(),
            vcpus,
            memory_mib,
            free,
        }
    }

    /// Reserves what `request` needs, whether or not it fits.
    pub fn reserve(&mut self, request: &Request) {
        self.take(request.cpu_millis, request.memory_mib);
    }

    /// Reserves as much, whether or not it fits.
    pub fn take(&mut self, cpu_millis: u64, memory_mib: u64) {
        self.free = self.free.without(cpu_millis, memory_mib);
    }
}

impl Free {
    /// What is left once `request` is in.
    pub(crate) fn after(self, request: &Request) -> Self {
        self.without(request.cpu_millis, request.memory_mib)
    }

    fn without(self, cpu_millis: u64, memory_mib: u64) -> Self {
        let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        Self {
            cpu_millis: self.cpu_millis.saturating_sub(signed(cpu_millis)),
            memory_mib: self.memory_mib.saturating_sub(signed(memory_mib)),
        }
    }

    pub(crate) fn is_short(self) -> bool {
        self.cpu_millis < 0 || self.memory_mib < 0
    }
}
