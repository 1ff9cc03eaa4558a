//! What an agent reported becomes moves of instances. Not an AWS action; runs as the system.
//!
//! Most reports move nothing and so write nothing. A report is dropped when it comes from another boot of the machine than
//! the one registered; a status is dropped when its instance is not placed on the node or is of another run.

use crate::instance::moves::{self, Cause};
use crate::instance::{Exit, Instance, NodeStrain, State, capacity, eviction, power};
use controlplane_services_kernel::event::{ABOUT, Event};
use controlplane_services_kernel::{Caller, Context, Operation, Record, ServiceError};
use controlplane_services_native::Node;
use controlplane_types::{Key, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A report, as the agent's session received it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ObserveInstancesInput {
    /// Name of the node.
    pub node: String,
    /// The boot it is about.
    pub boot_id: String,
    /// Everything the node has, or only what changed.
    pub full: bool,
    /// One per instance.
    pub statuses: Vec<InstanceStatus>,
    /// What the node is short of, whole in every report; `None` before the agent measured it.
    pub strain: Option<NodeStrain>,
}

/// What an agent says of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// `i-...`
    pub id: String,
    /// The run it is about.
    pub run: u64,
    /// Where it stands.
    pub state: ObservedState,
    /// Meaningful when exited.
    pub exit_code: i32,
    /// Meaningful when exited; 0: none.
    pub signal: i32,
    /// Why it failed; or what it waits for, if people should hear of that.
    pub reason: String,
    /// When the first process started, by the node's clock.
    pub started_at_ms: u64,
}

/// Where an instance stands, as the agent's protocol has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObservedState {
    /// Being prepared.
    Pending,
    /// The first process runs.
    Running,
    /// The first process is gone.
    Exited,
    /// Ended because it was told so; its root file system is kept.
    Stopped,
    /// Nothing of it is left on the node.
    Gone,
    /// It cannot be started.
    Failed,
}

const WAITING: &str = "Waiting";

/// See the module.
pub struct ObserveInstances;

impl Operation for ObserveInstances {
    const NAME: &'static str = "ObserveInstances";
    type Input = ObserveInstancesInput;
    type Output = ();

    fn run(input: &ObserveInstancesInput, cx: &mut Context) -> Result<(), ServiceError> {
        let region = cx.caller.region.clone();
        let node = cx.view.get::<Node>(&Node::key(&region, &input.node));
        if node.is_none_or(|node| node.boot_id != input.boot_id) {
            return Ok(());
        }
        let statuses: BTreeMap<&str, &InstanceStatus> =
            input.statuses.iter().map(|status| (status.id.as_str(), status)).collect();
        // Most reports are about few of many, or say only that all is as it should be.
        if !statuses.is_empty() || input.full {
            let placed = capacity::keys_on_node(&input.node, &cx.view, &region);
            let (told, untold): (Vec<Key>, Vec<Key>) = placed
                .filter(|key| input.full || statuses.contains_key(key.id()))
                .cloned()
                .partition(|key| statuses.contains_key(key.id()));
            for key in &told {
                let status = statuses[key.id()];
                as_owner(key, cx, |id, cx| observe(id, status, cx));
            }
            end_missing(&untold, cx);
        }
        // Last: an instance that this report says is gone need not be chosen any more.
        if let Some(strain) = &input.strain {
            eviction::observe(&input.node, strain, cx);
        }
        Ok(())
    }
}

/// Acts for the account that owns an instance.
fn as_owner(key: &Key, cx: &mut Context, act: impl FnOnce(&str, &mut Context)) {
    let caller = Caller::controller(key.account(), cx.caller.region.clone(), "agent");
    cx.acting_as(caller, |cx| act(key.id(), cx));
}

fn observe(id: &str, status: &InstanceStatus, cx: &mut Context) {
    let Some(instance) = cx.get::<Instance>(id).filter(|instance| instance.run == status.run) else {
        return;
    };
    let state = instance.state;
    let again = instance.is_starting_again();
    match status.state {
        ObservedState::Running if state == State::Pending => moves::started(id, started_at(status, cx), cx),
        ObservedState::Running if again => power::rebooted(id, started_at(status, cx), cx),
        ObservedState::Exited => {
            moves::exited(id, Exit { code: status.exit_code, signal: status.signal }, cx)
        }
        ObservedState::Stopped => moves::stopped(id, cx),
        ObservedState::Gone if state == State::ShuttingDown => moves::end(id, &Cause::failed("gone"), cx),
        ObservedState::Gone if again => moves::end(id, &Cause::failed(&status.reason), cx),
        ObservedState::Failed if again => power::start_failed(id, &Cause::failed(&status.reason), cx),
        ObservedState::Failed if state != State::Stopped => {
            let why = if status.reason.is_empty() { "Internal error on launch" } else { &status.reason };
            moves::end(id, &Cause::failed(why), cx);
        }
        ObservedState::Pending if state == State::Pending && !status.reason.is_empty() => {
            note_wait(id, &status.reason, cx);
        }
        // What the agent will still change by itself, or what is known already.
        ObservedState::Pending | ObservedState::Running | ObservedState::Gone | ObservedState::Failed => {}
    }
}

/// An event, once while it stays the same: an agent that tries again and again says so each time.
fn note_wait(id: &str, why: &str, cx: &mut Context) {
    let about = format!("{}/{id}", Instance::KIND);
    let said = cx.find::<Event>(ABOUT, &about).filter(|event| event.reason == WAITING).last();
    if said.is_none_or(|event| event.message != why) {
        cx.event(Instance::KIND, id, WAITING, why);
    }
}

fn started_at(status: &InstanceStatus, cx: &Context) -> Timestamp {
    if status.started_at_ms == 0 { cx.now } else { Timestamp::from_millis(status.started_at_ms) }
}

/// Instances that are shutting down and of which a full report says nothing are gone. Anything else that is missing the
/// agent has yet to make.
fn end_missing(untold: &[Key], cx: &mut Context) {
    for key in untold {
        let leaving =
            cx.view.get::<Instance>(key).is_some_and(|instance| instance.state == State::ShuttingDown);
        if leaving {
            as_owner(key, cx, |id, cx| moves::end(id, &Cause::failed("gone"), cx));
        }
    }
}
