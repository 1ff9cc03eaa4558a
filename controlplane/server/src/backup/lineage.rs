//! A cluster's name says which history its records belong to and how often that history was begun anew.
//!
//! Generations of desired sets and of zones are compared within one history and must never go back, but a restore goes
//! back by its nature. So it keeps the history's id, which agents and DNS servers know, and raises the incarnation, which
//! beats every index. The name as a whole is what members of the log check on every message: those of the cluster that
//! was restored from are strangers to the new one, although they share the id.
//!
//! What readers get wrong: the incarnation is no counter. Restoring the same file twice would count to the same number
//! twice, and agents that followed the first would refuse the second. It is therefore the time of the restore.

use controlplane_types::Timestamp;
use std::fmt;

/// Separates the id from the incarnation. No id that was ever made holds one.
const SEPARATOR: char = '+';

/// The parts of a cluster's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The same through all restores.
    pub cluster: String,
    /// 1 in a cluster that was not restored.
    pub incarnation: u64,
}

impl Lineage {
    /// Reads a name. Every text is one: without a number behind a separator it is all id.
    pub fn parse(name: &str) -> Self {
        let parts = name.rsplit_once(SEPARATOR);
        let parts = parts.and_then(|(cluster, number)| Some((cluster, number.parse().ok()?)));
        let (cluster, incarnation) = parts.unwrap_or((name, 1));
        Self { cluster: cluster.to_owned(), incarnation }
    }

    /// The same history, begun anew at `now`.
    pub fn raised(&self, now: Timestamp) -> Self {
        let incarnation = now.as_millis().max(self.incarnation.saturating_add(1));
        Self { cluster: self.cluster.clone(), incarnation }
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.incarnation {
            1 => f.write_str(&self.cluster),
            raised => write!(f, "{}{SEPARATOR}{raised}", self.cluster),
        }
    }
}
