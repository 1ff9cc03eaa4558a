//! What is told of the reconciler's work, as numbers and in the traces it is due to.

use super::attempts::Subject;
use super::job::{Lane, Outcome};
use crate::causes::Causes;
use crate::report::Observed;
use controlplane_proto::agent::instance_status::State;
use controlplane_telemetry::metrics::catalogue::{
    AGENT_INSTANCES, AGENT_PASSES, AGENT_STEP_SECONDS, AGENT_STEPS,
};
use controlplane_telemetry::trace::Span;
use controlplane_types::Runtime;
use std::sync::Arc;
use std::time::Duration;

const STATES: [(State, &str); 6] = [
    (State::Pending, "pending"),
    (State::Running, "running"),
    (State::Exited, "exited"),
    (State::Stopped, "stopped"),
    (State::Gone, "gone"),
    (State::Failed, "failed"),
];

/// A step on the machine.
pub(super) struct Measured {
    step: &'static str,
    runtime: Arc<dyn Runtime>,
    began: Duration,
    span: Span,
}

impl Measured {
    pub(super) fn begin(lane: Lane, subject: &Subject, causes: &Causes, runtime: Arc<dyn Runtime>) -> Self {
        let step = match lane {
            Lane::Network => "network",
            Lane::Images => "image",
            Lane::Starts => "start",
            Lane::Ends => "end",
        };
        let span = match subject {
            Subject::Instance(id) => causes.span(id, step),
            Subject::Network | Subject::Image(_) => Span::none(),
        };
        Self { step, began: runtime.monotonic(), runtime, span }
    }

    pub(super) fn end(mut self, outcome: &Outcome) {
        let error = match outcome {
            Outcome::Network { errors: Ok(errors), .. } => errors.first().map(|(_, error)| error),
            Outcome::Network { errors: Err(error), .. } | Outcome::Other(Err(error)) => Some(error),
            Outcome::Other(Ok(())) => None,
        };
        if let Some(error) = error {
            self.span.fail(error);
        }
        AGENT_STEPS.counter(&[self.step, if error.is_some() { "failed" } else { "done" }]).increment(1);
        let took = self.runtime.monotonic().saturating_sub(self.began);
        AGENT_STEP_SECONDS.samples(&[self.step]).record(took.as_secs_f64());
    }
}

/// A pass that could see the machine, or not.
pub(super) fn passed(seen: bool) {
    AGENT_PASSES.counter(&[if seen { "done" } else { "blind" }]).increment(1);
}

/// What is true on the node now.
pub(super) fn published(observed: &Observed) {
    for (state, name) in STATES {
        let count = observed.instances.values().filter(|status| status.state() == state).count();
        AGENT_INSTANCES.gauge(&[name]).set(count as f64);
    }
}
