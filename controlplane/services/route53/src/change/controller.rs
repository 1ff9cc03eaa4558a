//! Forgets changes a day after they were accepted; AWS keeps them for some weeks, but a waiter asks within minutes.

use super::Change;
use super::ops::forget_changes::{ForgetChanges, ForgetChangesInput};
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, View};
use controlplane_types::{Key, Scope, Timestamp};
use std::time::Duration;

const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Removed in one go; a write for each would fill the log.
const AT_ONCE: usize = 1000;

/// Plans per account; its keys are those of no record, one per account.
pub struct Forget;

impl Controller for Forget {
    const NAME: &'static str = "route53-changes";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        if view.get::<Change>(changed).is_some() { vec![account_key(changed)] } else { Vec::new() }
    }

    fn sweep(view: &View) -> Vec<Key> {
        let mut keys: Vec<Key> = view.all::<Change>().map(|change| account_key(change.key)).collect();
        keys.dedup();
        keys
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let account = key.account();
        let mut old = Vec::new();
        for change in view.list::<Change>(&account, &Scope::Global) {
            let end = change.submitted_at + KEPT;
            if end > now {
                plan.wake_at(end);
            } else if old.len() < AT_ONCE {
                old.push(change.key.as_str().to_owned());
            }
        }
        if !old.is_empty() {
            let caller = Caller::controller(account, "".into(), Self::NAME);
            plan.intend(Intent::new::<ForgetChanges>(caller, ForgetChangesInput { keys: old }));
        }
        plan
    }
}

fn account_key(change: &Key) -> Key {
    Key::new(&change.account(), &Scope::Global, "changes", "")
}
