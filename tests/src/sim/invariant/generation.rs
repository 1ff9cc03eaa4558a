//! No agent goes back to an older desired set, over all its lives.

use agent::desired::keeper::Kept;
use controlplane_proto::agent::Generation;
use std::cmp::Ordering;

/// What desired sets were in force on one machine.
#[derive(Default)]
pub struct Generations {
    newest: Option<Generation>,
    broken: Vec<String>,
}

impl Generations {
    /// The agent's keeper holds this now.
    pub fn note(&mut self, kept: &Kept) {
        self.in_force(kept.held.generation.clone());
        // A refusal is a step back as well: the agent's care must not be what saves the servers.
        self.broken.extend(kept.trouble.clone());
    }

    /// This set is in force now.
    pub fn in_force(&mut self, next: Option<Generation>) {
        if let (Some(next), Some(newest)) = (&next, &self.newest)
            && !matches!(next.compare(newest), Some(Ordering::Greater | Ordering::Equal))
        {
            self.broken.push(format!("from {newest:?} to {next:?}"));
        }
        self.newest = next.or_else(|| self.newest.take());
    }

    /// The newest set that was in force.
    pub fn newest(&self) -> Option<&Generation> {
        self.newest.as_ref()
    }

    /// What broke the rule.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}
