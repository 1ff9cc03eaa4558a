//! Which traced requests the instances of this node are due to, as the stream tells beside each desired set.
//!
//! In memory only: a ledger that held them would differ from one machine's collector to the next, and a step after a restart of
//! the agent is due to the restart. Forgotten once the instance is what was asked for, since what becomes of it
//! later is another story.

use controlplane_proto::agent::instance_status::State;
use controlplane_proto::agent::{Cause, InstanceStatus, ObjectKey};
use controlplane_telemetry::trace::{Context, Side, Span};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Instances that are remembered; the stream is not trusted to forget.
const MOST: usize = 1024;
const INSTANCE: &str = "instance";

/// By id of the instance; shared by the session, which hears and reports, and the reconciler, which acts.
#[derive(Clone, Default)]
pub(crate) struct Causes(Arc<Mutex<BTreeMap<String, Context>>>);

impl Causes {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Context>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what came with a desired set. What cannot be read is no cause.
    pub(crate) fn learn(&self, causes: &[Cause]) {
        for cause in causes {
            let Some(object) = cause.object.as_ref().filter(|object| object.kind == INSTANCE) else {
                continue;
            };
            let Some(context) = Context::parse(&cause.traceparent) else { continue };
            let mut known = self.known();
            if known.len() < MOST || known.contains_key(&object.id) {
                known.insert(object.id.clone(), context);
            }
        }
    }

    /// A step on an instance, as part of the trace it is due to. What follows is due to the step.
    pub(crate) fn span(&self, instance: &str, step: &str) -> Span {
        let mut known = self.known();
        let Some(cause) = known.get_mut(instance) else { return Span::none() };
        let mut span = Span::under(Some(*cause), format!("agent.{step}"), Side::Consumer);
        span.note("hearth.instance", instance);
        *cause = span.context().unwrap_or(*cause);
        span
    }

    /// The causes of what these statuses say; they are told once more at most after the last word.
    pub(crate) fn of(&self, statuses: &[InstanceStatus]) -> Vec<Cause> {
        let mut known = self.known();
        let cause = |status: &InstanceStatus| {
            let traceparent = known.get(&status.id)?.to_string();
            if status.state() != State::Pending {
                known.remove(&status.id);
            }
            let object = ObjectKey { kind: INSTANCE.to_owned(), id: status.id.clone() };
            Some(Cause { object: Some(object), traceparent })
        };
        statuses.iter().filter_map(cause).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn cause(kind: &str, id: &str, traceparent: &str) -> Cause {
        let object = ObjectKey { kind: kind.to_owned(), id: id.to_owned() };
        Cause { object: Some(object), traceparent: traceparent.to_owned() }
    }

    fn status(id: &str, state: State) -> InstanceStatus {
        let mut status = InstanceStatus { id: id.to_owned(), ..InstanceStatus::default() };
        status.set_state(state);
        status
    }

    #[test]
    fn a_cause_lasts_until_the_instance_is_what_was_asked_for() {
        let causes = Causes::default();
        let told =
            [cause("instance", "i-1", HEADER), cause("vpc", "vpc-1", HEADER), cause("instance", "i-2", "?")];
        causes.learn(&told);
        let pending = [status("i-1", State::Pending), status("i-2", State::Pending)];
        assert_eq!(causes.of(&pending), [cause("instance", "i-1", HEADER)]);
        let running = [status("i-1", State::Running)];
        assert_eq!(causes.of(&running), [cause("instance", "i-1", HEADER)]);
        assert_eq!(causes.of(&running), []);
    }

    #[test]
    fn causes_are_bounded() {
        let causes = Causes::default();
        for id in 0..2 * MOST {
            causes.learn(&[cause("instance", &id.to_string(), HEADER)]);
        }
        assert_eq!(causes.known().len(), MOST);
    }
}
