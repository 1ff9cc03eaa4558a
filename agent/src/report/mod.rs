//! From what is true on the node to what the control plane is told.
//!
//! Reports are not queued. The reconciler publishes the newest [`Observed`], the session keeps what it last sent, and
//! a report is the difference at the moment the line is free. So a slow line costs detail in between, never the
//! outcome, and memory is bounded by the size of the node.

use controlplane_proto::agent::instance_status::State;
use controlplane_proto::agent::{Generation, InstanceStatus, ObjectError, Report, Strain};
use controlplane_proto::desired::ObjectRef;
use std::collections::BTreeMap;

/// More errors than these in one report help nobody.
const MOST_ERRORS: usize = 256;

/// What is true on the node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The desired set in force when the node was looked at.
    pub generation: Option<Generation>,
    /// The newest generation whose networks are in force.
    pub applied: Option<Generation>,
    /// By id.
    pub instances: BTreeMap<String, InstanceStatus>,
    /// What could not be made real.
    pub errors: BTreeMap<ObjectRef, String>,
    /// What hinders the agent as a whole (a full disk, a refused set).
    pub troubles: Vec<String>,
    /// What the machine is short of; `None` before it was measured.
    pub strain: Option<Strain>,
}

impl Observed {
    /// Everything.
    pub fn to_full(&self, boot_id: &str) -> Report {
        Report { full: true, instances: self.instances.values().cloned().collect(), ..self.frame(boot_id) }
    }

    /// What changed since `sent`; `None` when nothing did. An instance that is no longer there is told as gone.
    pub fn to_delta(&self, sent: &Self, boot_id: &str) -> Option<Report> {
        if self == sent {
            return None;
        }
        let changed = self.instances.iter().filter(|(id, status)| sent.instances.get(*id) != Some(status));
        let vanished = sent.instances.iter().filter(|(id, _)| !self.instances.contains_key(*id));
        let gone =
            vanished.filter(|(_, status)| status.state() != State::Gone).map(|(_, status)| gone(status));
        let instances = changed.map(|(_, status)| status.clone()).chain(gone).collect();
        let mut report = Report { full: false, instances, ..self.frame(boot_id) };
        // A question is asked once: a report of something else must not ask it again.
        if let (Some(strain), Some(before)) = (&mut report.strain, &sent.strain)
            && strain.eviction == before.eviction
        {
            strain.eviction = None;
        }
        Some(report)
    }

    fn frame(&self, boot_id: &str) -> Report {
        Report {
            boot_id: boot_id.to_owned(),
            generation: self.generation.clone(),
            full: false,
            instances: Vec::new(),
            errors: self.all_errors(),
            applied: self.applied.clone(),
            strain: self.strain.clone(),
            causes: Vec::new(),
        }
    }

    fn all_errors(&self) -> Vec<ObjectError> {
        let troubles = self.troubles.iter().map(|reason| ObjectError { key: None, reason: reason.clone() });
        let of_object = |(key, reason): (&ObjectRef, &String)| ObjectError {
            key: Some(key.to_key()),
            reason: reason.clone(),
        };
        troubles.chain(self.errors.iter().map(of_object)).take(MOST_ERRORS).collect()
    }
}

fn gone(status: &InstanceStatus) -> InstanceStatus {
    let mut gone = InstanceStatus { id: status.id.clone(), run: status.run, ..InstanceStatus::default() };
    gone.set_state(State::Gone);
    gone
}

#[cfg(test)]
mod tests;
