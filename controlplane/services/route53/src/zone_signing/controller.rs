//! Signs keys anew before their signatures end, and moves zone-signing keys through their lives.

use super::ops::renew_zone_signing::{RenewZoneSigning, RenewZoneSigningInput};
use super::{ZoneSigning, needs_action};
use crate::key_signing_key::{BY_KMS_ARN, KeySigningKey};
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, View};
use controlplane_services_kms::KmsKey;
use controlplane_types::{Key, Scope, Timestamp};

/// Plans per signed zone.
pub struct Renew;

impl Controller for Renew {
    const NAME: &'static str = "route53-signing";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        match changed.kind() {
            ZoneSigning::KIND => vec![changed.clone()],
            KmsKey::KIND => {
                let (region, account, id) = (changed.scope(), changed.account(), changed.id());
                let arn = format!("arn:aws:kms:{}:{account}:key/{id}", region.as_str());
                let zone =
                    |key: &KeySigningKey| Key::new(&account, &Scope::Global, ZoneSigning::KIND, &key.zone_id);
                view.find::<KeySigningKey>(BY_KMS_ARN, &arn).map(|found| zone(found.record)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<ZoneSigning>().map(|found| found.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some(signing) = view.get::<ZoneSigning>(key) else {
            return plan;
        };
        // Nothing can be signed: the KMS key brings the zone back here when it can be used again.
        if needs_action(key.id(), &key.account(), view) {
            return plan;
        }
        let due = signing.refresh_at.min(signing.next_step());
        if now < due {
            plan.wake_at(due);
        } else {
            let caller = Caller::controller(key.account(), "".into(), Self::NAME);
            let input = RenewZoneSigningInput { hosted_zone_id: key.id().to_owned() };
            plan.intend(Intent::new::<RenewZoneSigning>(caller, input).relying_on(view, key));
        }
        plan
    }
}
