//! The placement controller decided where instances go. Not an AWS action; runs as the system.
//!
//! Decided on a view that may be a moment old, so everything is looked at again: what no longer waits is left alone,
//! what no longer fits waits on. The rest of the batch goes ahead.

use crate::instance::{Instance, capacity, placing};
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_native::Node;
use controlplane_types::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Instances and their nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceInstancesInput {
    /// In the order of the queue.
    pub placements: Vec<PlacedInstance>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedInstance {
    /// Key of the instance: a batch has instances of several accounts.
    pub instance: String,
    /// Name of the node.
    pub node: String,
}

/// See the module.
pub struct PlaceInstances;

impl Operation for PlaceInstances {
    const NAME: &'static str = "PlaceInstances";
    type Input = PlaceInstancesInput;
    type Output = ();

    fn run(input: &PlaceInstancesInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut nodes = BTreeMap::new();
        for placement in &input.placements {
            place(placement, &mut nodes, cx);
        }
        Ok(())
    }
}

/// Places one instance if it still waits and the node still has room.
fn place(placement: &PlacedInstance, nodes: &mut BTreeMap<String, scheduler::Node>, cx: &mut Context) {
    let Some(key) = Key::parse(&placement.instance) else {
        return;
    };
    let Some(instance) = cx.view.get::<Instance>(&key).filter(|instance| instance.is_unplaced()) else {
        return;
    };
    let request = capacity::request(&key, instance, &cx.view);
    let Some(node) = node(&placement.node, nodes, cx) else {
        return;
    };
    if !scheduler::refusals(node, &request).is_empty() {
        return;
    }
    node.reserve(&request);
    placing::settle(&key, placement.node.clone(), cx);
}

/// A node with what this batch has already put on it.
fn node<'n>(
    name: &str,
    nodes: &'n mut BTreeMap<String, scheduler::Node>,
    cx: &Context,
) -> Option<&'n mut scheduler::Node> {
    if !nodes.contains_key(name) {
        let region = &cx.caller.region;
        let record = cx.view.get::<Node>(&Node::key(region, name))?;
        nodes.insert(name.to_owned(), capacity::with_load(name, record, &cx.view, region));
    }
    nodes.get_mut(name)
}
