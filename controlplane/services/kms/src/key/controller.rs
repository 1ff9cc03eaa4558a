//! Removes keys whose time has come.

use super::ops::delete_key::{DeleteKey, DeleteKeyInput};
use super::{KeyState, KmsKey};
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, View};
use controlplane_types::{Key, Timestamp};

/// Plans per key.
pub struct Delete;

impl Controller for Delete {
    const NAME: &'static str = "kms-keys";

    fn concerned(_: &View, changed: &Key) -> Vec<Key> {
        if changed.kind() == KmsKey::KIND { vec![changed.clone()] } else { Vec::new() }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<KmsKey>().map(|found| found.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some(KeyState::PendingDeletion(at)) = view.get::<KmsKey>(key).map(|found| found.state) else {
            return plan;
        };
        if now < at {
            plan.wake_at(at);
        } else {
            let caller = Caller::controller(key.account(), "".into(), Self::NAME);
            let input = DeleteKeyInput { key: key.as_str().to_owned() };
            plan.intend(Intent::new::<DeleteKey>(caller, input).relying_on(view, key));
        }
        plan
    }
}
