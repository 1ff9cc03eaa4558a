//! One sweep over the events of an account in a region.

use crate::event::{KEPT, TrailEvent};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Keeps a log entry small; what is left over brings the controller back at once.
const MOST: usize = 1_000;

/// What is due is decided by the writer's clock and the bounds, so there is nothing to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetEventsInput {}

/// See the module. Runs for the account.
pub struct ForgetEvents;

impl Operation for ForgetEvents {
    const NAME: &'static str = "ForgetEvents";
    type Input = ForgetEventsInput;
    type Output = ();

    fn run(_: &ForgetEventsInput, cx: &mut Context) -> Result<(), ServiceError> {
        let is_old = |event: &TrailEvent| event.at + KEPT <= cx.now;
        let old = cx.list::<TrailEvent>().take_while(|event| is_old(event.record)).take(MOST);
        let mut due: BTreeSet<Key> = old.map(|event| event.key.clone()).collect();
        for (group, most) in TrailEvent::bounds(&cx.caller.account, &cx.caller.region) {
            let excess = TrailEvent::count(&cx.view, &cx.caller.region, &group).saturating_sub(most);
            let oldest = cx.list::<TrailEvent>().filter(|event| event.group == group);
            due.extend(oldest.take(excess.min(MOST)).map(|event| event.key.clone()));
        }
        for key in due.into_iter().take(MOST) {
            cx.delete_at(key);
        }
        Ok(())
    }
}
