//! What a node is short of.
//!
//! The agent measures and decides, with thresholds and a margin against flapping (`agent/src/pressure`); here only its
//! transitions are written. A node that goes away keeps what it last said: nobody knows better, and it takes nothing anyway.

use super::Node;
use controlplane_services_kernel::{Context, Record};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something a node can be short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
pub enum Scarce {
    /// Space or inodes of the file system with images and root file systems.
    #[n(0)]
    Disk,
    /// Memory that is available.
    #[n(1)]
    Memory,
    /// Process ids.
    #[n(2)]
    Pids,
}

/// Since when, and how it was noticed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pressure {
    /// Since when.
    #[n(0)]
    pub since: Timestamp,
    /// For people: what was measured and what it was held against.
    #[n(1)]
    pub reason: String,
}

impl Scarce {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Disk, Self::Memory, Self::Pids];

    /// The condition's name: `DiskPressure`, `MemoryPressure` or `PIDPressure`.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Disk => "DiskPressure",
            Self::Memory => "MemoryPressure",
            Self::Pids => "PIDPressure",
        }
    }

    /// What is told when it is over.
    fn relief(self) -> &'static str {
        match self {
            Self::Disk => "NoDiskPressure",
            Self::Memory => "NoMemoryPressure",
            Self::Pids => "NoPIDPressure",
        }
    }

    /// What there is too little of, in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Memory => "memory",
            Self::Pids => "process ids",
        }
    }
}

/// Notes what the node `name` says it is short of; all of it, each with a reason. Only a transition is written.
pub fn note_pressures(name: &str, told: &BTreeMap<Scarce, String>, cx: &mut Context) {
    let key = Node::key(&cx.caller.region, name);
    let Some(mut node) = cx.view.get::<Node>(&key).cloned() else { return };
    let mut changed = false;
    for scarce in Scarce::ALL {
        match (node.pressures.contains_key(&scarce), told.get(&scarce)) {
            (false, Some(reason)) => {
                node.pressures.insert(scarce, Pressure { since: cx.now, reason: reason.clone() });
                cx.event(Node::KIND, name, scarce.condition(), reason.clone());
            }
            (true, None) => {
                node.pressures.remove(&scarce);
                let message = format!("has enough {} again", scarce.noun());
                cx.event(Node::KIND, name, scarce.relief(), message);
            }
            _ => continue,
        }
        changed = true;
    }
    if changed {
        cx.put_at(key, node);
    }
}
