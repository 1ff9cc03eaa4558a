//! Which node gets which instance: asked by a launch for its own instances, and by [`super::Placement`] for all that wait.

use super::capacity;
use super::types::Instance;
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Caller, Context, Record, View};
use controlplane_services_native::Node;
use controlplane_types::{Key, RegionName};

/// Most nodes a launch looks at itself. It runs on the writer, where everybody waits for it; a region with more nodes has
/// many instances too, and leaves them to the controller, which plans beside the writer.
const NODES_AT_LAUNCH: usize = 64;

/// A node for each of `waiting` that finds room, in their order.
pub(super) fn plan<'i>(
    view: &View,
    region: &RegionName,
    waiting: impl Iterator<Item = (&'i Key, &'i Instance)>,
) -> Vec<(Key, String)> {
    let (keys, requests): (Vec<&Key>, Vec<scheduler::Request>) =
        waiting.map(|(key, instance)| (key, capacity::request(key, instance, view))).unzip();
    if keys.is_empty() {
        return Vec::new();
    }
    let nodes = capacity::nodes(view, region);
    let places = scheduler::plan(&nodes, &standing(view, region, &nodes, &requests), &requests);
    keys.into_iter().zip(places).filter_map(|(key, place)| Some((key.clone(), place?))).collect()
}

/// Where members of the groups that are asked for stand.
fn standing(
    view: &View,
    region: &RegionName,
    nodes: &[scheduler::Node],
    requests: &[scheduler::Request],
) -> Vec<scheduler::Standing> {
    if requests.iter().all(|request| request.group.is_none()) {
        return Vec::new();
    }
    let of_node = |node: &scheduler::Node| {
        let members =
            capacity::on_node(&node.name, view, region).filter(|instance| instance.state.takes_room());
        let groups = members.filter_map(|instance| instance.group.clone());
        groups.map(|group| scheduler::Standing { group, node: node.name.clone() }).collect::<Vec<_>>()
    };
    nodes.iter().flat_map(of_node).collect()
}

/// Places what a launch has just made, as far as there is room: it saves each instance an entry and a round.
pub(super) fn at_launch(ids: &[String], cx: &mut Context) {
    let region = cx.caller.region.clone();
    if Node::all(&cx.view, &region).nth(NODES_AT_LAUNCH).is_some() {
        return;
    }
    let keys: Vec<Key> = ids.iter().map(|id| cx.key::<Instance>(id)).collect();
    let waiting = keys.iter().filter_map(|key| Some((key, cx.view.get::<Instance>(key)?)));
    for (key, node) in plan(&cx.view, &region, waiting) {
        settle(&key, node, cx);
    }
}

/// Gives an instance its node.
pub(super) fn settle(key: &Key, node: String, cx: &mut Context) {
    let Some(instance) = cx.view.get::<Instance>(key).cloned() else { return };
    let message = format!("on {node}");
    cx.put_at(key.clone(), Instance { node: Some(node), ..instance });
    let caller = Caller::controller(key.account(), cx.caller.region.clone(), "placement");
    cx.acting_as(caller, |cx| cx.event(Instance::KIND, key.id(), "Placed", message));
}
