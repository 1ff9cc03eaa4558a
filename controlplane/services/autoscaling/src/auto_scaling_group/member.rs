//! The instances of a group and how they are.

use super::AutoScalingGroup;
use controlplane_services_ec2::instance::{BY_GROUP, Instance, State};
use controlplane_services_kernel::View;
use controlplane_services_native::Node;
use controlplane_types::{Key, Timestamp};
use std::time::Duration;

/// An instance of a group.
#[derive(Clone, Debug)]
pub struct Member<'v> {
    /// Instance id.
    pub id: &'v str,
    /// Its record.
    pub instance: &'v Instance,
    /// How it is.
    pub health: Health,
}

/// How a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It counts.
    Healthy,
    /// It has to be replaced, and why.
    Unhealthy(&'static str),
    /// It is going already.
    Leaving,
}

impl Member<'_> {
    /// AWS's word for where it is in its life.
    pub fn lifecycle_state(&self) -> &'static str {
        match (self.health, self.instance.state) {
            (Health::Leaving, _) => "Terminating",
            (_, State::Pending) => "Pending",
            _ => "InService",
        }
    }

    /// AWS's word for its health.
    pub fn health_status(&self) -> &'static str {
        if matches!(self.health, Health::Unhealthy(_)) { "Unhealthy" } else { "Healthy" }
    }

    /// Whether clients may be sent to it.
    pub fn in_service(&self) -> bool {
        self.health == Health::Healthy && self.instance.state == State::Running
    }
}

/// The members of the group at `key`, ordered by id.
pub fn members<'v>(view: &'v View, key: &Key, group: &AutoScalingGroup, now: Timestamp) -> Vec<Member<'v>> {
    let (account, scope) = (key.account(), key.scope());
    let found = view.find::<Instance>(BY_GROUP, key.id());
    found
        .filter(|instance| instance.key.account() == account && instance.key.scope() == scope)
        .map(|instance| {
            let (id, record) = (instance.key.id(), instance.record);
            Member { id, instance: record, health: health(view, key, group, id, record, now) }
        })
        .collect()
}

fn health(view: &View, key: &Key, group: &AutoScalingGroup, id: &str, instance: &Instance, now: Timestamp) -> Health {
    match instance.state {
        State::ShuttingDown | State::Terminated => return Health::Leaving,
        State::Stopping | State::Stopped => return Health::Unhealthy("its first process has ended"),
        State::Pending | State::Running => {}
    }
    if group.unhealthy.contains(id) && now >= graced_until(group, instance) {
        return Health::Unhealthy("it was declared unhealthy");
    }
    match instance.node.as_deref().map(|name| view.get::<Node>(&node_key(key, name))) {
        Some(Some(node)) if !node.is_ready() => Health::Unhealthy("its node is not ready"),
        Some(None) => Health::Unhealthy("its node is gone"),
        _ => Health::Healthy,
    }
}

/// Until when a declared illness of a young instance does not count.
pub(super) fn graced_until(group: &AutoScalingGroup, instance: &Instance) -> Timestamp {
    let grace = Duration::from_secs(group.health_check_grace_seconds.into());
    instance.started_at.unwrap_or(instance.launched_at) + grace
}

fn node_key(group: &Key, name: &str) -> Key {
    match group.scope() {
        controlplane_types::Scope::Region(region) => Node::key(&region, name),
        // Groups are regional; a global key has no node.
        controlplane_types::Scope::Global => Node::key(&"".into(), name),
    }
}
