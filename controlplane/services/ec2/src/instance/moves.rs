//! The moves of an instance that several actions and reports make, with all that goes with them.

use super::state::State;
use super::types::{Exit, Instance, ShutdownBehavior, StateReason};
use crate::{image, network_interface};
use controlplane_services_kernel::{Context, Record, manifest};
use controlplane_types::Timestamp;

/// Why an instance moves.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    /// For people, in `StateTransitionReason`.
    pub(super) transition: String,
    pub(super) reason: StateReason,
}

impl Cause {
    /// Somebody asked for it.
    pub(super) fn user(now: Timestamp) -> Self {
        let reason = StateReason::new("Client.UserInitiatedShutdown", "User initiated shutdown");
        Self { transition: format!("User initiated ({})", plain_time(now)), reason }
    }

    /// Its first process ended.
    pub(super) fn exited(exit: Exit) -> Self {
        let how = match exit.signal {
            0 => format!("its first process exited with status {}", exit.code),
            signal => format!("its first process was ended by signal {signal}"),
        };
        let reason = StateReason::new("Client.InstanceInitiatedShutdown", "Instance initiated shutdown");
        Self { transition: format!("Instance initiated: {how}"), reason }
    }

    /// The region could not do what it should.
    pub(super) fn failed(why: &str) -> Self {
        Self {
            transition: format!("Server error: {why}"),
            reason: StateReason::new("Server.InternalError", why),
        }
    }
}

/// As AWS writes it there: `2026-01-02 03:04:05 GMT`.
fn plain_time(time: Timestamp) -> String {
    let text = time.to_iso8601();
    format!("{} GMT", text.get(..19).unwrap_or_default().replace('T', " "))
}

/// Begins to take an instance apart; one that never had a node is done at once. Nothing happens to one that is on its way
/// already.
pub(super) fn shut_down(id: &str, cause: &Cause, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    if instance.node.is_none() {
        return end(id, cause, cx);
    }
    let now = cx.now;
    if instance.move_to(State::ShuttingDown, now, &cause.transition, Some(cause.reason.clone())) {
        cx.event(Instance::KIND, id, "ShuttingDown", cause.transition.clone());
        manifest::forget(Instance::KIND, id, cx);
        cx.put(id, instance);
    }
}

/// Nothing of an instance is left on any node: its interfaces go back, its record stays for a while.
pub(super) fn end(id: &str, cause: &Cause, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    // What was said when it began to shut down stays: that is the cause.
    let (transition, reason) = match instance.state {
        State::ShuttingDown => (instance.transition_reason.clone(), instance.state_reason.clone()),
        _ => (cause.transition.clone(), Some(cause.reason.clone())),
    };
    let now = cx.now;
    if !instance.move_to(State::Terminated, now, &transition, reason) {
        return;
    }
    network_interface::release(cx, id);
    instance.interfaces.clear();
    let ended = instance.clone();
    cx.put(id, instance);
    cx.event(Instance::KIND, id, "Terminated", transition);
    manifest::forget(Instance::KIND, id, cx);
    image::forget_unused(&ended, cx);
}

/// The agent started it.
pub(super) fn started(id: &str, at: Timestamp, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    let now = cx.now;
    if instance.move_to(State::Running, now, "", None) {
        instance.started_at = Some(at);
        instance.exit = None;
        let node = instance.node.clone().unwrap_or_default();
        cx.put(id, instance);
        cx.event(Instance::KIND, id, "Running", format!("started on {node}"));
    }
}

/// Its first process ended by itself.
pub(super) fn exited(id: &str, exit: Exit, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    let cause = Cause::exited(exit);
    let next = match instance.shutdown_behavior {
        ShutdownBehavior::Stop => State::Stopped,
        ShutdownBehavior::Terminate => State::ShuttingDown,
    };
    let now = cx.now;
    // A stopped instance and one on its way out are past this.
    let runs = matches!(instance.state, State::Pending | State::Running);
    if runs && instance.move_to(next, now, &cause.transition, Some(cause.reason.clone())) {
        instance.exit = Some(exit);
        cx.put(id, instance);
        network_interface::give_back_public(cx, id);
        let reason = if next == State::Stopped { "Stopped" } else { "ShuttingDown" };
        cx.event(Instance::KIND, id, reason, cause.transition);
    }
}

/// The node ended it because it was told to stop it.
pub(super) fn stopped(id: &str, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    if instance.state != State::Stopping {
        return;
    }
    let (now, transition, reason) =
        (cx.now, instance.transition_reason.clone(), instance.state_reason.clone());
    if instance.move_to(State::Stopped, now, &transition, reason) {
        cx.put(id, instance);
        network_interface::give_back_public(cx, id);
        cx.event(Instance::KIND, id, "Stopped", transition);
    }
}
