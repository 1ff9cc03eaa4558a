//! The instances of a group and how they are.

use super::{AutoScalingGroup, Declared};
use controlplane_services_ec2::instance::{BY_GROUP, Instance, State, tolerates_to_stay};
use controlplane_services_kernel::View;
use controlplane_services_native::Node;
use controlplane_types::{Key, Scope, Timestamp};
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
    /// Why it has to leave its node, if it has to: it serves until its successor does.
    pub displaced: Option<&'static str>,
    /// Its first process runs, as far as anybody can know: its node is there and said so.
    pub runs: bool,
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

    /// Whether it counts.
    pub fn is_healthy(&self) -> bool {
        self.health == Health::Healthy
    }

    /// Whether clients may be sent to it.
    pub fn in_service(&self) -> bool {
        self.is_healthy() && self.instance.state == State::Running
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
            let node = node_of(view, key, record);
            Member {
                id,
                instance: record,
                health: health(node, group, id, record, now),
                displaced: displaced(node, instance.key, view),
                runs: record.state == State::Running && matches!(node, Standing::On(node) if node.is_ready()),
            }
        })
        .collect()
}

/// Where an instance stands.
#[derive(Clone, Copy)]
enum Standing<'v> {
    /// It waits for a node.
    Waiting,
    /// Its node is gone for good.
    Nowhere,
    On(&'v Node),
}

fn node_of<'v>(view: &'v View, key: &Key, instance: &Instance) -> Standing<'v> {
    // Groups are regional.
    let (Some(name), Scope::Region(region)) = (instance.node.as_deref(), key.scope()) else {
        return Standing::Waiting;
    };
    view.get::<Node>(&Node::key(&region, name)).map_or(Standing::Nowhere, Standing::On)
}

fn displaced(node: Standing<'_>, key: &Key, view: &View) -> Option<&'static str> {
    match node {
        Standing::On(node) if node.is_draining() => Some("its node is being drained"),
        Standing::On(node) if !tolerates_to_stay(node, key, view) => {
            Some("its node has a taint that it does not tolerate")
        }
        _ => None,
    }
}

fn health(
    node: Standing<'_>,
    group: &AutoScalingGroup,
    id: &str,
    instance: &Instance,
    now: Timestamp,
) -> Health {
    match instance.state {
        State::ShuttingDown | State::Terminated => return Health::Leaving,
        State::Stopped if instance.exit.is_some() => {
            return Health::Unhealthy("its first process has ended");
        }
        State::Stopping | State::Stopped => return Health::Unhealthy("it was stopped"),
        State::Pending | State::Running => {}
    }
    if ill_from(group, id, instance).is_some_and(|time| time <= now) {
        return Health::Unhealthy("it was declared unhealthy");
    }
    match node {
        Standing::Waiting => Health::Healthy,
        Standing::On(node) if node.is_ready() => Health::Healthy,
        Standing::On(_) => Health::Unhealthy("its node is not ready"),
        Standing::Nowhere => Health::Unhealthy("its node is gone"),
    }
}

/// From when a declared illness counts; `None`: nobody declared one.
pub(super) fn ill_from(group: &AutoScalingGroup, id: &str, instance: &Instance) -> Option<Timestamp> {
    let begin = instance.started_at.unwrap_or(instance.launched_at);
    match group.unhealthy.get(id)? {
        Declared::AtOnce => Some(begin),
        Declared::AfterGrace => Some(begin + Duration::from_secs(group.health_check_grace_seconds.into())),
    }
}
