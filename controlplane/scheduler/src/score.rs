//! Which of the nodes that can take a request is best.
//!
//! How many members of a group stand in a rack and on a node is counted by index and not by name: a batch of a
//! thousand looks at a hundred nodes each, and the inner step has to stay a few comparisons.

use crate::{Node, Request, Standing};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Smaller is better: members of the group in the rack, then on the node, then least free share last. The name decides
/// at the end because candidates come in its order.
pub(crate) type Score = (u32, u32, Reverse<i64>);

/// Members of every group per rack and node.
pub(crate) struct Spread<'n> {
    /// Rack of each node, by index.
    racks: Vec<usize>,
    groups: BTreeMap<&'n str, Members>,
}

struct Members {
    by_node: Vec<u32>,
    by_rack: Vec<u32>,
}

impl<'n> Spread<'n> {
    /// Counts who stands where. `nodes` are ordered by name.
    pub(crate) fn new(nodes: &[Node], standing: &'n [Standing], requests: &'n [Request]) -> Self {
        let mut spread = Self { racks: rack_indices(nodes), groups: BTreeMap::new() };
        for group in requests.iter().filter_map(|request| request.group.as_deref()) {
            spread.groups.entry(group).or_insert_with(|| Members::none(nodes.len()));
        }
        for member in standing {
            if let Ok(index) = nodes.binary_search_by(|node| node.name.as_str().cmp(&member.node)) {
                spread.add(Some(&member.group), index);
            }
        }
        spread
    }

    /// One more member of `group` on a node. Groups nobody asks for are not counted.
    pub(crate) fn add(&mut self, group: Option<&str>, node: usize) {
        if let Some(members) = group.and_then(|group| self.groups.get_mut(group)) {
            members.by_node[node] += 1;
            members.by_rack[self.racks[node]] += 1;
        }
    }

    /// The counts for one request's group.
    pub(crate) fn of(&self, request: &Request) -> Option<(&[usize], &[u32], &[u32])> {
        let members = self.groups.get(request.group.as_deref()?)?;
        Some((&self.racks, &members.by_rack, &members.by_node))
    }
}

impl Members {
    fn none(nodes: usize) -> Self {
        // There are at most as many racks as nodes.
        Self { by_node: vec![0; nodes], by_rack: vec![0; nodes] }
    }
}

fn rack_indices(nodes: &[Node]) -> Vec<usize> {
    let mut known = BTreeMap::new();
    let mut index_of = |node| {
        let next = known.len();
        *known.entry(node).or_insert(next)
    };
    nodes.iter().map(|node| index_of((node.zone.as_str(), node.rack.as_str()))).collect()
}

/// The score of a node that fits.
pub(crate) fn score(
    node: &Node,
    index: usize,
    request: &Request,
    members: Option<(&[usize], &[u32], &[u32])>,
) -> Score {
    let (in_rack, on_node) =
        members.map_or((0, 0), |(racks, by_rack, by_node)| (by_rack[racks[index]], by_node[index]));
    (in_rack, on_node, Reverse(free_share(node, request)))
}

/// What is free of the scarcer resource once `request` is in, in millionths.
fn free_share(node: &Node, request: &Request) -> i64 {
    let free = node.free.after(request);
    let cpu = free.cpu_millis.saturating_mul(1_000_000) / (i64::from(node.vcpus) * 1000).max(1);
    let total_memory = i64::try_from(node.memory_mib).unwrap_or(i64::MAX).max(1);
    cpu.min(free.memory_mib.saturating_mul(1_000_000) / total_memory)
}
