use super::{ForgetExpired, ForgetExpiredInput};
use crate::Region;
use crate::certificate::{self, Certificate};
use crate::join_token::{self, JoinToken};
use controlplane_services_kernel::event::{self, Event};
use controlplane_services_kernel::outcome::{self, Outcome};
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, View};
use controlplane_types::{Key, Timestamp};
use std::time::Duration;

/// How long something may be overdue before a sweep pays.
const SLACK: Duration = Duration::from_secs(60);

/// Every index value of a time is before this.
const END_OF_TIME: &str = "~";

/// One key per region; regions share the work because either sweep takes all that is due.
pub struct Expiry;

impl Controller for Expiry {
    const NAME: &'static str = "expiry";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        match changed.kind() {
            Outcome::KIND | Event::KIND | JoinToken::KIND | Certificate::KIND => Self::sweep(view),
            _ => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<Region>().take(1).map(|region| region.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let Some(region) = view.get::<Region>(key) else {
            return plan;
        };
        match oldest(view).map(|expires| expires + SLACK) {
            Some(due) if due <= now => {
                let caller = Caller::controller(key.account(), region.name.clone(), Self::NAME);
                plan.intend(Intent::new::<ForgetExpired>(caller, ForgetExpiredInput {}));
            }
            Some(due) => plan.wake_at(due),
            None => {}
        }
        plan
    }
}

/// When the next record that is forgotten by time expires.
fn oldest(view: &View) -> Option<Timestamp> {
    let outcome =
        view.find_through::<Outcome>(outcome::EXPIRES, END_OF_TIME).next().map(|found| found.expires_at);
    let event =
        view.find_through::<Event>(event::EXPIRES, END_OF_TIME).next().map(|found| found.at + event::KEPT);
    let token = view.find_through::<JoinToken>(join_token::EXPIRES, END_OF_TIME).next();
    let certificate = view.find_through::<Certificate>(certificate::EXPIRES, END_OF_TIME).next();
    let identity = token.map(|found| found.expires_at).into_iter();
    let identity = identity.chain(certificate.map(|found| found.not_after));
    outcome.into_iter().chain(event).chain(identity).min()
}
