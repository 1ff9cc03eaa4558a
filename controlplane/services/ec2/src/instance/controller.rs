//! Two controllers, one key each per region, because both decide about many instances at once.

use super::demands::of_tags;
use super::ops::settle_instances::abandoned;
use super::placing;
use super::types::{EXPIRES, Instance, UNPLACED};
use super::{PlaceInstances, PlaceInstancesInput, PlacedInstance, SettleInstances, SettleInstancesInput};
use crate::tag::ResourceTags;
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, Stored, View};
use controlplane_services_native::{Node, Region};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use std::time::Duration;

/// The most instances placed by one log entry; the rest follow at once, because the entry is a change.
const MOST_PER_BATCH: usize = 1000;

/// How long records may be overdue before a sweep pays.
const SLACK: Duration = Duration::from_secs(60);

/// Every index value of a time is before this.
const END_OF_TIME: &str = "~";

/// Gives nodes to instances that wait for one.
///
/// All that wait in a region are planned together, oldest first, so that members of a group spread. What fits
/// nowhere stays as it is; a change of any node or instance is a reason to look again.
pub struct Placement;

impl Controller for Placement {
    const NAME: &'static str = "placement";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        match changed.kind() {
            Instance::KIND | Node::KIND => region_of(changed, view),
            // Another label may be selected now, or a taint passed.
            ResourceTags::KIND if waits(changed, view) => region_of(changed, view),
            _ => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<Region>().map(|region| region.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, _: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some(region) = view.get::<Region>(key) else {
            return plan;
        };
        let placements = placements(view, &region.name);
        if !placements.is_empty() {
            let caller = Caller::controller(key.account(), region.name.clone(), Self::NAME);
            plan.intend(Intent::new::<PlaceInstances>(caller, PlaceInstancesInput { placements }));
        }
        plan
    }
}

/// Whether the tags at `changed` are of an instance that waits for a node.
fn waits(changed: &Key, view: &View) -> bool {
    let instance = of_tags(changed, view);
    instance.and_then(|key| view.get::<Instance>(&key)).is_some_and(Instance::is_unplaced)
}

fn placements(view: &View, region: &RegionName) -> Vec<PlacedInstance> {
    let waiting = waiting(view, region);
    let waiting = waiting.iter().map(|instance| (instance.key, instance.record));
    let placed = placing::plan(view, region, waiting).into_iter();
    placed
        .take(MOST_PER_BATCH)
        .map(|(key, node)| PlacedInstance { instance: key.as_str().to_owned(), node })
        .collect()
}

/// Instances of every account that wait for a node, oldest first.
fn waiting<'v>(view: &'v View, region: &RegionName) -> Vec<Stored<'v, Instance>> {
    let scope = Scope::from(region);
    let found = view.find::<Instance>(UNPLACED, "true").filter(|instance| instance.key.scope() == scope);
    let mut waiting: Vec<_> = found.collect();
    waiting.sort_by(|a, b| order(a).cmp(&order(b)));
    waiting
}

fn order<'s>(instance: &'s Stored<'_, Instance>) -> (Timestamp, &'s str, u32, &'s Key) {
    (instance.launched_at, &instance.reservation_id, instance.launch_index, instance.key)
}

/// Forgets terminated instances after an hour, and gives up those that shut down on a node that went away.
pub struct Lifecycle;

impl Controller for Lifecycle {
    const NAME: &'static str = "instance-lifecycle";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        Placement::concerned(view, changed)
    }

    fn sweep(view: &View) -> Vec<Key> {
        Placement::sweep(view)
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some(region) = view.get::<Region>(key) else {
            return plan;
        };
        match next_due(view, &region.name) {
            Some(due) if due <= now => {
                let caller = Caller::controller(key.account(), region.name.clone(), Self::NAME);
                plan.intend(Intent::new::<SettleInstances>(caller, SettleInstancesInput {}));
            }
            Some(due) => plan.wake_at(due),
            None => {}
        }
        plan
    }
}

fn next_due(view: &View, region: &RegionName) -> Option<Timestamp> {
    let scope = Scope::from(region);
    let mut terminated =
        view.find_through::<Instance>(EXPIRES, END_OF_TIME).filter(|found| found.key.scope() == scope);
    let expiry = terminated.next().map(|found| found.state_since + super::TERMINATED_KEPT + SLACK);
    let abandoned = abandoned(view, region).into_iter().map(|(_, due)| due);
    abandoned.chain(expiry).min()
}

/// The key of the region a record lives in.
fn region_of(changed: &Key, view: &View) -> Vec<Key> {
    let Scope::Region(name) = changed.scope() else {
        return Vec::new();
    };
    let key = Region::key(&name);
    if view.get::<Region>(&key).is_some() { vec![key] } else { Vec::new() }
}
