//! Forgets what is older than 90 days or too much.

use super::{ForgetEvents, ForgetEventsInput, KEPT, SLACK, TrailEvent};
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, View};
use controlplane_types::{AccountId, Key, RegionName, Scope, Timestamp};

/// One key per account and region: where their events are.
///
/// A change brings it only when there are too many, since events come with every change of anything: age is a matter of the next
/// wake.
pub struct Retention;

fn place(key: &Key) -> Option<(AccountId, RegionName)> {
    match key.scope() {
        Scope::Region(region) => Some((key.account(), region)),
        Scope::Global => None,
    }
}

fn has_too_many(view: &View, account: &AccountId, region: &RegionName) -> bool {
    let mut bounds = TrailEvent::bounds(account, region).into_iter();
    bounds.any(|(group, most)| TrailEvent::count(view, region, &group) > most + SLACK)
}

impl Controller for Retention {
    const NAME: &'static str = "trail-retention";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        if changed.kind() != TrailEvent::KIND {
            return Vec::new();
        }
        let Some((account, region)) = place(changed) else { return Vec::new() };
        match has_too_many(view, &account, &region) {
            true => vec![Key::new(&account, &Scope::Region(region), TrailEvent::KIND, "")],
            false => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        let mut places: Vec<Key> = Vec::new();
        for event in view.all::<TrailEvent>() {
            let key = Key::new(&event.key.account(), &event.key.scope(), TrailEvent::KIND, "");
            if places.last() != Some(&key) {
                places.push(key);
            }
        }
        places
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some((account, region)) = place(key) else { return plan };
        let oldest = view.list::<TrailEvent>(&account, &key.scope()).next().map(|event| event.at + KEPT);
        if has_too_many(view, &account, &region) || oldest.is_some_and(|due| due <= now) {
            let caller = Caller::controller(account, region, Self::NAME);
            plan.intend(Intent::new::<ForgetEvents>(caller, ForgetEventsInput {}));
        } else if let Some(due) = oldest {
            plan.wake_at(due);
        }
        plan
    }
}
