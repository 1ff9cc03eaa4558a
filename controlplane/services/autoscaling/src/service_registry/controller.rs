//! Registers members that came into service and takes out those that left, whoever moved them.

use super::difference;
use super::ops::sync_registry::{SyncRegistry, SyncRegistryInput};
use crate::AutoScalingGroup;
use crate::auto_scaling_group::controller::group_of;
use controlplane_services_ec2::instance::Instance;
use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Reader, Record, View};
use controlplane_services_route53::{HealthCheck, RecordSet};
use controlplane_types::{Key, Scope, Timestamp};

/// See the module.
pub(crate) struct Registration;

impl Controller for Registration {
    const NAME: &'static str = "service-registry";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        match changed.kind() {
            AutoScalingGroup::KIND => vec![changed.clone()],
            Instance::KIND => group_of(view, changed).into_iter().collect(),
            NetworkInterface::KIND => group_of_holder(view, changed).into_iter().collect(),
            HealthCheck::KIND => registries_with_checks(view, changed),
            RecordSet::KIND => registries_of_zone(view, RecordSet::identity_of(changed).map(|parts| parts.0)),
            _ => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<AutoScalingGroup>().map(|group| group.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let (Some(group), Scope::Region(region)) = (view.get::<AutoScalingGroup>(key), key.scope()) else {
            return plan;
        };
        if group.service_registry.is_none() {
            return plan;
        }
        let caller = Caller::controller(key.account(), region, Self::NAME);
        let reader = Reader::new(view.clone(), caller.clone(), now);
        if !difference(key.id(), group, &reader).is_empty() {
            plan.intend(Intent::new::<SyncRegistry>(
                caller,
                SyncRegistryInput { group: key.id().to_owned() },
            ));
        }
        plan
    }
}

/// Groups of the account whose members have health checks: somebody may have deleted one by hand.
fn registries_with_checks(view: &View, check: &Key) -> Vec<Key> {
    let account = check.account();
    let groups = view.all::<AutoScalingGroup>().filter(|group| {
        group.key.account() == account
            && group.service_registry.as_ref().is_some_and(|registry| registry.health_check.is_some())
    });
    groups.map(|group| group.key.clone()).collect()
}

/// The group of the instance that has an interface: an elastic address came or went.
fn group_of_holder(view: &View, interface: &Key) -> Option<Key> {
    let holder = view.get::<NetworkInterface>(interface)?.instance_id()?;
    group_of(view, &Key::new(&interface.account(), &interface.scope(), Instance::KIND, holder))
}

/// Groups whose registry writes into a zone: somebody may have taken a member out by hand.
fn registries_of_zone(view: &View, zone_id: Option<&str>) -> Vec<Key> {
    let groups = view.all::<AutoScalingGroup>().filter(|group| {
        group
            .service_registry
            .as_ref()
            .is_some_and(|registry| Some(registry.hosted_zone_id.as_str()) == zone_id)
    });
    groups.map(|group| group.key.clone()).collect()
}
