//! Stopping, starting and rebooting an instance, for the AWS actions and the command line alike.
//!
//! A stopped instance stays where it is: its root file system lies on its node and nowhere else, so it starts there or
//! not at all (`design/0035`). The node keeps neither processors nor memory for it meanwhile, hence a start looks for
//! room on that one node and is refused at once when there is none, as EC2 does for want of capacity.
//!
//! A reboot is the next run under the same record: the agent ends the run it has and starts the one it is told. The
//! state stays `running` throughout, as at AWS.
//!
//! What readers get wrong: `started_at` is empty from the order to start until the node reports the new run. With a run
//! above the first this tells a start that was asked for from a launch, and the two end differently when they fail: a
//! launch that cannot be done is terminated, an instance that has a root goes back to `stopped` and keeps it.

use super::capacity;
use super::moves::Cause;
use super::shape::InstanceStateChange;
use super::state::State;
use super::types::{Instance, StateReason};
use crate::resource::require;
use crate::{errors, network_interface};
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError, Verb};
use controlplane_services_native::Node;
use controlplane_types::Timestamp;

/// The most instances of one call: AWS's bound.
const MOST: usize = 1000;

/// The state before and after.
pub(super) type Moved = (State, State);

/// What the command line can tell an instance.
pub(crate) const VERBS: &[Verb] = &[
    Verb { name: "start", act: |id, cx| start(id, cx).map(state_after) },
    Verb { name: "stop", act: |id, cx| stop(id, false, cx).map(state_after) },
    Verb { name: "stop-force", act: |id, cx| stop(id, true, cx).map(state_after) },
    Verb { name: "reboot", act: |id, cx| reboot(id, cx).map(|_| "rebooting") },
];

fn state_after((_, after): Moved) -> &'static str {
    after.as_str()
}

/// Does the same to every instance of a call, or to none.
pub(super) fn each(
    ids: &[String],
    cx: &mut Context,
    act: impl Fn(&str, &mut Context) -> Result<Moved, ServiceError>,
) -> Result<Vec<InstanceStateChange>, ServiceError> {
    if ids.is_empty() {
        return Err(errors::missing_parameter("InstanceId"));
    }
    if ids.len() > MOST {
        return Err(errors::too_many_ids(ids.len(), MOST));
    }
    let changed = ids.iter().map(|id| {
        let (previous, current) = act(id, cx)?;
        Ok(InstanceStateChange {
            instance_id: id.clone(),
            previous_state: previous.into(),
            current_state: current.into(),
        })
    });
    changed.collect()
}

/// Begins to stop an instance; one that is stopped already stays so. `force`: its processes get no time to end by
/// themselves, which may be said of a stop under way too.
pub(super) fn stop(id: &str, force: bool, cx: &mut Context) -> Result<Moved, ServiceError> {
    let instance = require::<Instance>(id, cx)?.clone();
    let previous = instance.state;
    if instance.disable_api_stop && matches!(previous, State::Running | State::Stopping) {
        return Err(errors::stop_disabled(id));
    }
    match previous {
        State::Stopped => return Ok((previous, previous)),
        State::Stopping if instance.force_stop || !force => return Ok((previous, previous)),
        State::Stopping | State::Running => begin_stop(id, &Cause::user(cx.now), cx),
        _ => return Err(errors::not_in_state_to(id, "stopped")),
    }
    if let Some(mut instance) =
        cx.get::<Instance>(id).filter(|instance| instance.force_stop != force).cloned()
    {
        instance.force_stop = force;
        cx.put(id, instance);
    }
    Ok((previous, State::Stopping))
}

/// Begins to stop a running instance, for whatever cause; nothing happens to one that does not run.
pub(super) fn begin_stop(id: &str, cause: &Cause, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else { return };
    if instance.move_to(State::Stopping, cx.now, &cause.transition, Some(cause.reason.clone())) {
        instance.force_stop = false;
        cx.event(Instance::KIND, id, "Stopping", cause.transition.clone());
        cx.put(id, instance);
    }
}

/// Begins to start a stopped instance, on its node; one that runs or is being started goes on.
pub(super) fn start(id: &str, cx: &mut Context) -> Result<Moved, ServiceError> {
    let mut instance = require::<Instance>(id, cx)?.clone();
    if matches!(instance.state, State::Pending | State::Running) {
        return Ok((instance.state, instance.state));
    }
    if !instance.move_to(State::Pending, cx.now, "", Some(StateReason::pending())) {
        return Err(errors::not_in_state_to(id, "started"));
    }
    room(id, &instance, cx)?;
    next_run(&mut instance);
    instance.launched_at = cx.now;
    instance.exit = None;
    cx.put(id, instance);
    network_interface::take_public_again(cx, id)?;
    cx.event(Instance::KIND, id, "Starting", "User initiated".to_owned());
    Ok((State::Stopped, State::Pending))
}

/// Begins to reboot a running instance.
pub(super) fn reboot(id: &str, cx: &mut Context) -> Result<Moved, ServiceError> {
    let mut instance = require::<Instance>(id, cx)?.clone();
    if instance.state != State::Running {
        return Err(errors::not_in_state_to(id, "rebooted"));
    }
    next_run(&mut instance);
    cx.put(id, instance);
    cx.event(Instance::KIND, id, "Rebooting", "User initiated".to_owned());
    Ok((State::Running, State::Running))
}

fn next_run(instance: &mut Instance) {
    instance.run += 1;
    instance.started_at = None;
    instance.force_stop = false;
}

/// Refuses to start where there is no room, or where the root file system is not any more.
fn room(id: &str, instance: &Instance, cx: &Reader) -> Result<(), ServiceError> {
    let Some(name) = instance.node.as_deref() else {
        return Ok(());
    };
    let region = &cx.caller.region;
    let node = cx.view.get::<Node>(&Node::key(region, name));
    let node = node.ok_or_else(|| errors::root_is_gone(id, name))?;
    let node = capacity::with_load(name, node, &cx.view, region);
    match scheduler::refusals(&node, &capacity::request(&cx.key::<Instance>(id), instance, &cx.view)).first()
    {
        Some(refusal) => Err(errors::no_room_to_start(id, name, &refusal.to_string())),
        None => Ok(()),
    }
}

/// The node began the run that a reboot asked for.
pub(super) fn rebooted(id: &str, at: Timestamp, cx: &mut Context) {
    if let Some(instance) = cx.get::<Instance>(id).cloned() {
        let message = format!("rebooted on {}", instance.node.as_deref().unwrap_or_default());
        cx.put(id, Instance { started_at: Some(at), ..instance });
        cx.event(Instance::KIND, id, "Running", message);
    }
}

/// The node cannot start what it has the root of.
pub(super) fn start_failed(id: &str, cause: &Cause, cx: &mut Context) {
    let Some(mut instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    if instance.move_to(State::Stopped, cx.now, &cause.transition, Some(cause.reason.clone())) {
        cx.put(id, instance);
        network_interface::give_back_public(cx, id);
        cx.event(Instance::KIND, id, "Stopped", cause.transition.clone());
    }
}
