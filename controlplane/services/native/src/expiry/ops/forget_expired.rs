//! One sweep.

use crate::certificate::{self, Certificate};
use crate::join_token::{self, JoinToken};
use controlplane_services_kernel::event::{self, Event};
use controlplane_services_kernel::outcome::{self, Outcome};
use controlplane_services_kernel::record::time_index;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// Keeps a log entry small; what is left over brings the controller back at once.
pub(in crate::expiry) const MOST: usize = 1_000;

/// What is due is decided by the writer's clock, so there is nothing to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetExpiredInput {}

/// See the module. Runs as the system.
pub struct ForgetExpired;

impl Operation for ForgetExpired {
    const NAME: &'static str = "ForgetExpired";
    type Input = ForgetExpiredInput;
    type Output = ();

    fn run(_: &ForgetExpiredInput, cx: &mut Context) -> Result<(), ServiceError> {
        let now = time_index(cx.now);
        let outcomes = cx.view.find_through::<Outcome>(outcome::EXPIRES, &now).map(|found| found.key.clone());
        let events = cx.view.find_through::<Event>(event::EXPIRES, &now).map(|found| found.key.clone());
        let tokens =
            cx.view.find_through::<JoinToken>(join_token::EXPIRES, &now).map(|found| found.key.clone());
        let certificates =
            cx.view.find_through::<Certificate>(certificate::EXPIRES, &now).map(|found| found.key.clone());
        let due: Vec<Key> = outcomes.chain(events).chain(tokens).chain(certificates).take(MOST).collect();
        for key in due {
            cx.delete_at(key);
        }
        Ok(())
    }
}
