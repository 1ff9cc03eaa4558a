//! How far the machine's networks are.

use crate::backend::BackendError;
use crate::desired::{Held, View};
use crate::network::{self, Plan, Wanted};
use controlplane_proto::agent::{Generation, NetworkInterface, ObjectKey};
use controlplane_proto::desired::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What was made last and what went wrong.
#[derive(Default)]
pub(super) struct Network {
    in_force: Option<Arc<Wanted>>,
    /// What is being made now. What it takes away is not in force any more, though it may still be there.
    making: Option<Arc<Wanted>>,
    last: Option<LastPlan>,
    made_at: Duration,
    /// From the backend, for what is in force.
    refused: BTreeMap<ObjectRef, BackendError>,
    /// From the plan: references that lead nowhere.
    unresolved: BTreeMap<ObjectRef, BackendError>,
    applied: Option<Generation>,
    /// The last attempt never came to an end, so even new wishes wait for the pause.
    lost: bool,
}

/// The newest plan and what it was made from. Most passes are made because an instance moved on, which leaves the
/// networks as they are; to plan those is to copy every neighbour of every VPC.
struct LastPlan {
    held: Arc<Held>,
    attached: BTreeSet<String>,
    plan: Plan,
}

impl LastPlan {
    fn is_of(&self, held: &Arc<Held>, attached: &BTreeSet<&str>) -> bool {
        Arc::ptr_eq(&self.held, held) && self.attached.iter().map(String::as_str).eq(attached.iter().copied())
    }
}

impl Network {
    /// What to make of `held`, of which `view` is the view, with these instances attached.
    pub(super) fn plan(&mut self, held: &Arc<Held>, view: &View<'_>, attached: &BTreeSet<&str>) -> Plan {
        if let Some(last) = self.last.as_ref().filter(|last| last.is_of(held, attached)) {
            return last.plan.clone();
        }
        let mut plan = network::plan(view, attached);
        // Another set may say the same of the networks; then nothing has to be compared any more.
        let same = self.last.iter().map(|last| &last.plan.wanted).find(|wanted| **wanted == plan.wanted);
        if let Some(same) = same {
            plan.wanted = same.clone();
        }
        let attached = attached.iter().map(|id| (*id).to_owned()).collect();
        self.last = Some(LastPlan { held: held.clone(), attached, plan: plan.clone() });
        plan
    }

    /// Takes over what the plan found, and the generation if nothing is left to do for it.
    pub(super) fn planned(&mut self, plan: &Plan, generation: &Generation) {
        let dangling = plan.errors.iter();
        self.unresolved =
            dangling.map(|(key, why)| (key.clone(), BackendError::Retry(why.clone()))).collect();
        if self.is_whole() && self.is_made(&plan.wanted) {
            self.applied = Some(generation.clone());
        }
    }

    /// Whether `wanted` has to be made: it differs, a sweep is due, or an error may be gone after the pause.
    pub(super) fn is_due(
        &self,
        wanted: &Arc<Wanted>,
        now: Duration,
        drift: Duration,
        pause_is_over: bool,
    ) -> bool {
        let differs = !self.is_made(wanted);
        if self.lost {
            return pause_is_over;
        }
        differs || now >= self.made_at + drift || (self.may_heal() && pause_is_over)
    }

    fn is_made(&self, wanted: &Arc<Wanted>) -> bool {
        self.in_force.as_ref().is_some_and(|made| Arc::ptr_eq(made, wanted) || made == wanted)
    }

    fn may_heal(&self) -> bool {
        self.refused.values().any(|error| matches!(error, BackendError::Retry(_)))
    }

    /// The backend begins to make `wanted`.
    pub(super) fn begins(&mut self, wanted: &Arc<Wanted>) {
        self.making = Some(wanted.clone());
    }

    /// Notes what the backend made of `wanted`. Returns an error when trying again soon may help.
    pub(super) fn made(
        &mut self,
        wanted: Arc<Wanted>,
        errors: Result<Vec<(ObjectKey, BackendError)>, BackendError>,
        now: Duration,
    ) -> Option<BackendError> {
        self.lost = errors.is_err();
        self.making = None;
        let errors = match errors {
            Ok(errors) => errors,
            Err(lost) => return Some(lost),
        };
        self.in_force = Some(wanted);
        self.made_at = now;
        // A backend that names an unknown kind is still heard: the error goes to the network as a whole.
        let key =
            |key: &ObjectKey| ObjectRef::parse(key).unwrap_or(ObjectRef { kind: "vpc", id: key.id.clone() });
        self.refused = errors.iter().map(|(at, error)| (key(at), error.clone())).collect();
        errors.into_iter().map(|(_, error)| error).find(|error| matches!(error, BackendError::Retry(_)))
    }

    /// Nothing is known to be wrong.
    pub(super) fn is_whole(&self) -> bool {
        self.unresolved.is_empty() && self.refused.is_empty()
    }

    /// Why `key` is not in force.
    pub(super) fn error(&self, key: &ObjectRef) -> Option<BackendError> {
        self.refused.get(key).or_else(|| self.unresolved.get(key)).cloned()
    }

    /// All errors, for the report.
    pub(super) fn errors(&self) -> BTreeMap<ObjectRef, String> {
        let all = self.unresolved.iter().chain(&self.refused);
        all.map(|(key, error)| (key.clone(), error.to_string())).collect()
    }

    /// Whether exactly this interface is attached to this instance, and stays so.
    pub(super) fn is_in_force(
        &self,
        interface: &NetworkInterface,
        instance_id: &str,
        device_index: u32,
    ) -> bool {
        let attaches = |wanted: &Arc<Wanted>| {
            wanted.state.interfaces.get(&interface.id).is_some_and(|attached| {
                attached.interface == *interface
                    && attached.instance_id == instance_id
                    && attached.device_index == device_index
            })
        };
        self.in_force.as_ref().is_some_and(attaches) && self.making.as_ref().is_none_or(attaches)
    }

    /// The newest generation that is wholly in force.
    pub(super) fn applied(&self) -> Option<Generation> {
        self.applied.clone()
    }

    /// When the next sweep is due.
    pub(super) fn next_sweep(&self, drift: Duration) -> Duration {
        self.made_at + drift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::AttachedInterface;

    /// An instance that is stopped and started again within one making of the network must not start in the
    /// namespace that is just being removed.
    #[test]
    fn what_is_being_taken_away_is_not_in_force() {
        let interface = NetworkInterface { id: "eni-1".into(), ..NetworkInterface::default() };
        let attached =
            AttachedInterface { interface: interface.clone(), instance_id: "i-1".into(), device_index: 0 };
        let mut with = Wanted::default();
        with.state.interfaces.insert("eni-1".into(), attached);
        let with = Arc::new(with);
        let without = Arc::<Wanted>::default();
        let mut network = Network::default();
        let in_force = |network: &Network| network.is_in_force(&interface, "i-1", 0);
        network.begins(&with);
        assert!(!in_force(&network), "not yet");
        network.made(with.clone(), Ok(Vec::new()), Duration::ZERO);
        network.begins(&with);
        assert!(in_force(&network), "it stays");
        network.begins(&without);
        assert!(!in_force(&network), "it goes");
        network.made(without, Ok(Vec::new()), Duration::ZERO);
        assert!(!in_force(&network));
    }
}
