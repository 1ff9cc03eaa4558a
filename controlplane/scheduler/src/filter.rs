//! Whether a node can take a request, and if not, every reason why.

use crate::{Node, Request, Taint, untolerated};
use std::fmt;

/// One reason why a node refuses a request. The text is for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It cannot take anything now.
    NotReady(String),
    /// Its operator wants no new work on it.
    Cordoned,
    /// It has too little left of something to run what it has, such as `memory`.
    Pressure(String),
    /// It has a taint that the request does not tolerate.
    Taint(Taint),
    /// It does not have a label that the request selects.
    Label {
        /// The label.
        key: String,
        /// The value asked for.
        wanted: String,
        /// The node's, if it has the label.
        found: Option<String>,
    },
    /// It stands elsewhere.
    Zone {
        /// The zone asked for.
        wanted: String,
        /// The node's.
        found: String,
    },
    /// The request will not have it.
    Excluded,
    /// It has fewer processors than the request sees.
    Vcpus {
        /// Processors asked for.
        wanted: u32,
        /// Processors the node has.
        found: u32,
    },
    /// Too much of its processors is reserved.
    Cpu {
        /// Thousandths of a processor asked for.
        wanted: u64,
        /// Thousandths that are free.
        free: u64,
    },
    /// Too much of its memory is reserved, or it never had as much.
    Memory {
        /// MiB asked for.
        wanted: u64,
        /// MiB that are free.
        free: u64,
        /// MiB the node has.
        total: u64,
    },
}

/// A node that refuses, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The node's name.
    pub node: String,
    /// At least one.
    pub refusals: Vec<Refusal>,
}

/// Every node that refuses `request`, in the order given. Empty when there is no node at all.
pub fn explain(nodes: &[Node], request: &Request) -> Vec<Explanation> {
    let explanation =
        |node: &Node| Explanation { node: node.name.clone(), refusals: refusals(node, request) };
    nodes.iter().map(explanation).filter(|explanation| !explanation.refusals.is_empty()).collect()
}

/// Why `node` cannot take `request`; empty when it can.
pub fn refusals(node: &Node, request: &Request) -> Vec<Refusal> {
    let not_ready = node.not_ready.clone().map(Refusal::NotReady);
    let excluded = request.excluded.contains(&node.name).then_some(Refusal::Excluded);
    let state = [not_ready, node.cordoned.then_some(Refusal::Cordoned)].into_iter().flatten();
    let pressures = node.short_of.iter().cloned().map(Refusal::Pressure);
    let taints = untolerated(&node.taints, &request.tolerations).cloned().map(Refusal::Taint);
    let place = [zone(node, request), excluded].into_iter().flatten();
    let room = [vcpus(node, request), cpu(node, request), memory(node, request)].into_iter().flatten();
    state.chain(pressures).chain(taints).chain(labels(node, request)).chain(place).chain(room).collect()
}

/// The same as `refusals(..).is_empty()` without building the reasons.
pub(crate) fn fits(node: &Node, request: &Request) -> bool {
    node.not_ready.is_none()
        && !node.cordoned
        && node.short_of.is_empty()
        && request.zone.as_ref().is_none_or(|zone| node.stands_in(zone))
        && node.vcpus >= request.vcpus
        && !node.free.after(request).is_short()
        && !request.excluded.contains(&node.name)
        && untolerated(&node.taints, &request.tolerations).next().is_none()
        && labels(node, request).next().is_none()
}

fn labels(node: &Node, request: &Request) -> impl Iterator<Item = Refusal> {
    let missing = request.selector.iter().filter(|(key, wanted)| node.labels.get(*key) != Some(wanted));
    missing.map(|(key, wanted)| {
        let found = node.labels.get(key).cloned();
        Refusal::Label { key: key.clone(), wanted: wanted.clone(), found }
    })
}

fn zone(node: &Node, request: &Request) -> Option<Refusal> {
    let wanted = request.zone.as_ref().filter(|zone| !node.stands_in(zone))?;
    Some(Refusal::Zone { wanted: wanted.clone(), found: node.zone.clone() })
}

fn vcpus(node: &Node, request: &Request) -> Option<Refusal> {
    (node.vcpus < request.vcpus).then_some(Refusal::Vcpus { wanted: request.vcpus, found: node.vcpus })
}

fn cpu(node: &Node, request: &Request) -> Option<Refusal> {
    let free = u64::try_from(node.free.cpu_millis).unwrap_or(0);
    (node.free.after(request).cpu_millis < 0).then_some(Refusal::Cpu { wanted: request.cpu_millis, free })
}

fn memory(node: &Node, request: &Request) -> Option<Refusal> {
    let free = u64::try_from(node.free.memory_mib).unwrap_or(0);
    let short = node.free.after(request).memory_mib < 0;
    short.then_some(Refusal::Memory { wanted: request.memory_mib, free, total: node.memory_mib })
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady(reason) => write!(f, "is not ready: {reason}"),
            Self::Cordoned => f.write_str("is cordoned"),
            Self::Pressure(what) => write!(f, "is short of {what}"),
            Self::Taint(taint) => write!(f, "has the taint {taint}, which is not tolerated"),
            Self::Label { key, wanted, found: None } => {
                write!(f, "has no label {key}, {key}={wanted} is needed")
            }
            Self::Label { key, wanted, found: Some(found) } => {
                write!(f, "has the label {key}={found}, {key}={wanted} is needed")
            }
            Self::Zone { wanted, found } => write!(f, "stands in {found}, not in {wanted}"),
            Self::Excluded => f.write_str("is excluded"),
            Self::Vcpus { wanted, found } => write!(f, "has {found} vCPUs, {wanted} are needed"),
            Self::Cpu { wanted, free } => {
                write!(f, "has {} vCPUs unreserved, {} are needed", Thousandths(*free), Thousandths(*wanted))
            }
            Self::Memory { wanted, free, total } => {
                write!(f, "has {free} of {total} MiB memory free, {wanted} MiB are needed")
            }
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> = self.refusals.iter().map(Refusal::to_string).collect();
        write!(f, "{} {}", self.node, reasons.join("; "))
    }
}

struct Thousandths(u64);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}
