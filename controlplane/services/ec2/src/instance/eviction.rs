//! Which instance has to go when its node is running out of memory, process ids or disk.
//!
//! The agent measures and asks; the choice is made here, where it is known what belongs to a group, what is protected and
//! who comes back elsewhere (`design/0041`). One instance is chosen at a time, and none while another one of the node is on
//! its way out already: what that frees may be enough.
//!
//! The order:
//! 1. Members of Auto Scaling groups before instances that stand alone, because only they have successors.
//! 2. Who uses most: of memory, in relation to what the instance's type grants; of process ids and disk, in sum.
//! 3. The youngest, which has done least work.
//!
//! A member is terminated. An instance that stands alone is *stopped*: memory and process ids are free then, and its root
//! file system stays, which nothing else has a copy of. For disk it would free nothing, so it is left alone.
//! `DisableApiTermination` protects a member, `DisableApiStop` an instance that stands alone. Bounds of a group's maintenance
//! policy are not asked: they are about what somebody wants, and this is about what cannot be helped.

use super::moves::{self, Cause};
use super::state::State;
use super::types::{Instance, StateReason};
use super::{capacity, power};
use crate::instance_type;
use controlplane_services_kernel::{Caller, Context, Record};
use controlplane_services_native::Node;
use controlplane_services_native::node::{Scarce, note_pressures};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a node is short of, and whether somebody has to go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStrain {
    /// Everything it is short of, with what was measured.
    pub pressures: BTreeMap<Scarce, String>,
    /// Somebody has to go.
    pub eviction: Option<EvictionRequest>,
}

/// An agent asks that an instance goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvictionRequest {
    /// For want of what.
    pub scarce: Scarce,
    /// Of every instance on the node.
    pub usage: Vec<InstanceUsage>,
}

/// What an instance uses now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceUsage {
    /// `i-...`
    pub id: String,
    /// Memory of its processes, page cache included.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u64,
    /// What its root file system adds to its image.
    pub disk_bytes: u64,
}

/// Takes in what the agent of `node` says about it.
pub(super) fn observe(node: &str, strain: &NodeStrain, cx: &mut Context) {
    note_pressures(node, &strain.pressures, cx);
    if let Some(request) = &strain.eviction
        && let Some(reason) = strain.pressures.get(&request.scarce)
    {
        evict(node, request, reason, cx);
    }
}

fn evict(node: &str, request: &EvictionRequest, reason: &str, cx: &mut Context) {
    let here: Vec<(Key, Instance)> = capacity::on_node(node, &cx.view, &cx.caller.region)
        .map(|instance| (instance.key.clone(), instance.record.clone()))
        .collect();
    if here.iter().any(|(_, instance)| matches!(instance.state, State::ShuttingDown | State::Stopping)) {
        return;
    }
    let Some((key, instance)) = first(request, &here) else { return };
    let why = format!("node {node} is short of {}: {reason}", request.scarce.noun());
    cx.event(
        Node::KIND,
        node,
        "Evicting",
        format!("instance {} has to go for {}", key.id(), request.scarce.noun()),
    );
    let owner = Caller::controller(key.account(), cx.caller.region.clone(), "eviction");
    let cause = Cause {
        transition: format!("Server initiated: {why}"),
        reason: StateReason::new("Server.NodePressure", &why),
    };
    cx.acting_as(owner, |cx| match instance.group {
        Some(_) => moves::shut_down(key.id(), &cause, cx),
        None => power::begin_stop(key.id(), &cause, cx),
    });
}

/// The one that goes first, if any may.
pub(super) fn first<'i>(
    request: &EvictionRequest,
    here: &'i [(Key, Instance)],
) -> Option<&'i (Key, Instance)> {
    let usage: BTreeMap<&str, &InstanceUsage> =
        request.usage.iter().map(|usage| (usage.id.as_str(), usage)).collect();
    let candidates = here.iter().filter(|(_, instance)| may_go(instance, request.scarce));
    let ranked = candidates.filter_map(|found| {
        let (key, instance) = found;
        let used = used(instance, usage.get(key.id())?, request.scarce);
        Some(((instance.group.is_none(), Reverse(used), Reverse(instance.launched_at), key), found))
    });
    ranked.min_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, found)| found)
}

fn may_go(instance: &Instance, scarce: Scarce) -> bool {
    instance.state == State::Running
        && match instance.group {
            Some(_) => !instance.disable_api_termination,
            None => scarce != Scarce::Disk && !instance.disable_api_stop,
        }
}

/// Memory in thousandths of what is granted, all else as it is counted.
fn used(instance: &Instance, usage: &InstanceUsage, scarce: Scarce) -> u64 {
    match scarce {
        Scarce::Disk => usage.disk_bytes,
        Scarce::Pids => usage.pids,
        Scarce::Memory => {
            let granted =
                instance_type::find(&instance.instance_type).map_or(1, |size| size.memory_mib << 20);
            usage.memory_bytes.saturating_mul(1000) / granted.max(1)
        }
    }
}
