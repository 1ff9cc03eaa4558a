//! What operators say about nodes: whether they take work, what they are, whom they do not want, and that they leave.

use super::NativeDoor;
use super::error::write_failed;
use crate::writer::Work;
use controlplane_proto::api;
use controlplane_proto::api::set_node_scheduling_request::Scheduling as Wanted;
use controlplane_services_ec2::instance::{self, Instance, State};
use controlplane_services_kernel::{Caller, Context, Operation, ServiceError};
use controlplane_services_native::Node;
use controlplane_services_native::node::{
    LabelNode, LabelNodeInput, RemoveNode, RemoveNodeInput, Scheduling, SetNodeScheduling,
    SetNodeSchedulingInput, TaintNode, TaintNodeInput, holders,
};
use controlplane_types::{Key, Scope};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
            let all = holders(&cx.view, input.node.as_str()).cloned().collect();
            standalone(input.node.as_str(), all, ends, cx)?;
        }
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map(drop).map_err(write_failed)
}

/// Gives and takes labels; answers whether anything changed.
pub(super) async fn label(door: &NativeDoor, request: api::LabelNodeRequest) -> Result<bool, Status> {
    let api::LabelNodeRequest { node, set, remove, overwrite } = request;
    let set = set.into_iter().collect();
    let input = LabelNodeInput { node: node.as_str().into(), set, remove, overwrite };
    changed(door, move |cx| LabelNode::run(&input, cx)).await
}

/// Gives and takes taints; answers whether anything changed. Whom a taint drives away leaves as in a drain.
pub(super) async fn taint(door: &NativeDoor, request: api::TaintNodeRequest) -> Result<bool, Status> {
    let api::TaintNodeRequest { node, set, remove, overwrite, end_standalone } = request;
    let input = TaintNodeInput { node: node.as_str().into(), set, remove, overwrite };
    changed(door, move |cx| {
        let changed = TaintNode::run(&input, cx)?;
        let name = input.node.as_str();
        let (region, record) = (Node::region(&cx.view, name), Node::find(&cx.view, name));
        let found = region.zip(record.map(|(_, record)| record));
        let driven = found.map(|(region, record)| instance::driven_away(name, record, &cx.view, &region));
        let driven = driven.unwrap_or_default().into_iter().cloned().collect();
        standalone(name, driven, end_standalone, cx)?;
        Ok(changed)
    })
    .await
}

async fn changed(
    door: &NativeDoor,
    act: impl FnOnce(&mut Context) -> Result<bool, ServiceError> + Send + 'static,
) -> Result<bool, Status> {
    let outcome = Arc::new(AtomicBool::new(false));
    let kept = outcome.clone();
    let work = Work::new(system(door), move |cx| {
        kept.store(act(cx)?, Ordering::Relaxed);
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    Ok(outcome.load(Ordering::Relaxed))
}

/// Of instances that have to leave, those that nothing replaces are ended only when the operator says so.
fn standalone(node: &str, leaving: Vec<Key>, end: bool, cx: &mut Context) -> Result<(), ServiceError> {
    let alone = |key: &Key| {
        let leaving = |state| matches!(state, State::ShuttingDown | State::Terminated);
        let instance = cx.view.get::<Instance>(key);
        instance.is_some_and(|instance| instance.group.is_none() && !leaving(instance.state))
    };
    let keys: Vec<Key> = leaving.into_iter().filter(alone).collect();
    if !end {
        return if keys.is_empty() { Ok(()) } else { Err(nothing_replaces(node, &keys)) };
    }
    for key in keys {
        let Scope::Region(region) = key.scope() else { continue };
        let owner = Caller::controller(key.account(), region, "drain");
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
        .with_hint("nothing would start them elsewhere: end them yourself, or say it again with --force")
}

/// Puts an empty node out for good.
pub(super) async fn remove(door: &NativeDoor, node: &str) -> Result<(), Status> {
    let input = RemoveNodeInput { node: node.into() };
    let work = Work::new(system(door), move |cx| RemoveNode::run(&input, cx).map(|()| Box::new(()) as _));
    door.core.writer.write(work).await.map(drop).map_err(write_failed)
}

fn system(door: &NativeDoor) -> Caller {
    Caller { principal: door.caller().principal, ..Caller::system(door.core.first_start.region.clone()) }
}
