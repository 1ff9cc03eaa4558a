//! What operators say about nodes: whether they take work, and that they leave.

use super::NativeDoor;
use super::error::write_failed;
use crate::writer::Work;
use controlplane_proto::api;
use controlplane_proto::api::set_node_scheduling_request::Scheduling as Wanted;
use controlplane_services_ec2::instance::{self, Instance, State};
use controlplane_services_kernel::{Caller, Context, Operation, ServiceError};
use controlplane_services_native::node::{
    RemoveNode, RemoveNodeInput, Scheduling, SetNodeScheduling, SetNodeSchedulingInput, holders,
};
use controlplane_types::Key;
use tonic::Status;

/// Instances named in a refusal; the rest is counted.
const NAMED: usize = 5;

/// Opens, cordons or drains a node.
pub(super) async fn set_scheduling(
    door: &NativeDoor,
    request: api::SetNodeSchedulingRequest,
) -> Result<(), Status> {
    let scheduling = match request.scheduling() {
        Wanted::Unknown => {
            return Err(Status::invalid_argument("scheduling: not one of OPEN, CORDONED, DRAINING"));
        }
        Wanted::Open => Scheduling::Open,
        Wanted::Cordoned => Scheduling::Cordoned,
        Wanted::Draining => Scheduling::Draining,
    };
    let (drains, ends) = (scheduling == Scheduling::Draining, request.end_standalone);
    if ends && !drains {
        return Err(Status::invalid_argument("end_standalone: only a drain ends instances"));
    }
    let input = SetNodeSchedulingInput { node: request.node.as_str().into(), scheduling };
    let work = Work::new(system(door), move |cx| {
        SetNodeScheduling::run(&input, cx)?;
        if drains {
            standalone(input.node.as_str(), ends, cx)?;
        }
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map(drop).map_err(write_failed)
}

/// Instances that nothing replaces are ended only when the operator says so.
fn standalone(node: &str, end: bool, cx: &mut Context) -> Result<(), ServiceError> {
    let alone = |key: &&Key| {
        let leaving = |state| matches!(state, State::ShuttingDown | State::Terminated);
        let instance = cx.view.get::<Instance>(key);
        instance.is_some_and(|instance| instance.group.is_none() && !leaving(instance.state))
    };
    let region = cx.caller.region.clone();
    let keys: Vec<Key> = holders(&cx.view, &region, node).filter(alone).cloned().collect();
    if !end {
        return if keys.is_empty() { Ok(()) } else { Err(nothing_replaces(node, &keys)) };
    }
    for key in keys {
        let owner = Caller::controller(key.account(), region.clone(), "drain");
        cx.acting_as(owner, |cx| instance::terminate(key.id(), cx).map(drop))?;
    }
    Ok(())
}

fn nothing_replaces(node: &str, keys: &[Key]) -> ServiceError {
    let named: Vec<&str> = keys.iter().take(NAMED).map(Key::id).collect();
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("node {node} has instances that belong to no group: {}{more}", named.join(", "));
    ServiceError::new("StandaloneInstances", 409, message)
        .with_hint("nothing would start them elsewhere: end them yourself, or drain with --force")
}

/// Puts an empty node out for good.
pub(super) async fn remove(door: &NativeDoor, node: &str) -> Result<(), Status> {
    let input = RemoveNodeInput { node: node.into() };
    let work = Work::new(system(door), move |cx| RemoveNode::run(&input, cx).map(|()| Box::new(()) as _));
    door.core.writer.write(work).await.map(drop).map_err(write_failed)
}

fn system(door: &NativeDoor) -> Caller {
    Caller { principal: door.caller().principal, ..Caller::system(door.region.clone()) }
}
