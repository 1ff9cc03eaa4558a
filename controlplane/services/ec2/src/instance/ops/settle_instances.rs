//! What time does to instances. Not an AWS action; runs as the system.
//!
//! Records of instances terminated an hour ago go. Instances that are shutting down on a node that has been away for
//! long are given up: should the node come back, its desired set no longer has them and its agent ends them.

use crate::instance::moves::{self, Cause};
use crate::instance::{BY_STATE, EXPIRES, Instance, State};
use crate::resource;
use controlplane_services_kernel::record::time_index;
use controlplane_services_kernel::{Caller, Context, Operation, ServiceError, View};
use controlplane_services_native::{Condition, Node};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a node may be away before what shuts down on it is given up.
pub(in crate::instance) const NODE_AWAY: Duration = Duration::from_secs(300);

/// Keeps a log entry small; what is left over brings the controller back at once.
const MOST: usize = 1000;

/// What is due is decided by the writer's clock, so there is nothing to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettleInstancesInput {}

/// See the module.
pub struct SettleInstances;

impl Operation for SettleInstances {
    const NAME: &'static str = "SettleInstances";
    type Input = SettleInstancesInput;
    type Output = ();

    fn run(_: &SettleInstancesInput, cx: &mut Context) -> Result<(), ServiceError> {
        let region = cx.caller.region.clone();
        for key in expired(&cx.view, &region, cx.now) {
            as_owner(&key, cx, resource::delete::<Instance>);
        }
        let now = cx.now;
        let due = abandoned(&cx.view, &region).into_iter().filter(|(_, due)| *due <= now);
        for (key, _) in due.take(MOST) {
            as_owner(&key, cx, |id, cx| moves::end(id, &Cause::failed("its node is gone"), cx));
        }
        Ok(())
    }
}

fn as_owner(key: &Key, cx: &mut Context, act: impl FnOnce(&str, &mut Context)) {
    let caller = Caller::controller(key.account(), cx.caller.region.clone(), "lifecycle");
    cx.acting_as(caller, |cx| act(key.id(), cx));
}

fn expired(view: &View, region: &RegionName, now: Timestamp) -> Vec<Key> {
    let scope = Scope::from(region);
    let found = view.find_through::<Instance>(EXPIRES, &time_index(now));
    found.map(|instance| instance.key.clone()).filter(|key| key.scope() == scope).take(MOST).collect()
}

/// Instances that shut down on a node that is away, and when they are given up.
pub(in crate::instance) fn abandoned(view: &View, region: &RegionName) -> Vec<(Key, Timestamp)> {
    let scope = Scope::from(region);
    let leaving = view.find::<Instance>(BY_STATE, State::ShuttingDown.as_str());
    let here = leaving.filter(|instance| instance.key.scope() == scope);
    here.filter_map(|instance| Some((instance.key.clone(), given_up_at(&instance, view, region)?))).collect()
}

fn given_up_at(instance: &Instance, view: &View, region: &RegionName) -> Option<Timestamp> {
    let name = instance.node.as_deref()?;
    match view.get::<Node>(&Node::key(region, name)).map(|node| &node.condition) {
        Some(Condition::Ready) => None,
        Some(Condition::NotReady { since, .. }) => Some(instance.state_since.max(*since) + NODE_AWAY),
        None => Some(instance.state_since),
    }
}
