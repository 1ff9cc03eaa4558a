//! A term has one leader.

use controlplane_raft::{Leadership, NodeId};
use std::collections::BTreeMap;

/// Who led which term.
#[derive(Default)]
pub struct OneLeader {
    leaders: BTreeMap<u64, NodeId>,
    broken: Vec<String>,
}

impl OneLeader {
    /// Member `id` says this of itself.
    pub fn note(&mut self, id: NodeId, leadership: Leadership) {
        let (Leadership::Leader { term, .. } | Leadership::Settling { term }) = leadership else { return };
        let first = *self.leaders.entry(term).or_insert(id);
        if first != id {
            self.broken.push(format!("term {term} is led by server {first} and by server {id}"));
        }
    }

    /// Terms that had a leader.
    pub fn terms(&self) -> usize {
        self.leaders.len()
    }

    /// What broke the rule.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}
