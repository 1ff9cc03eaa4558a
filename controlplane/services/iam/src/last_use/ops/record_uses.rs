//! Uses that a server met are written down. Several may tell of the same one, in any order: the newest stays.

use crate::last_use::{LastUse, Use};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What a server met since it told the last time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordUsesInput {
    /// One for each key or role.
    pub uses: Vec<Use>,
}

/// See the module. Runs as the system.
pub struct RecordUses;

impl Operation for RecordUses {
    const NAME: &'static str = "RecordUses";
    type Input = RecordUsesInput;
    type Output = ();

    fn run(input: &RecordUsesInput, cx: &mut Context) -> Result<(), ServiceError> {
        for Use { credential, last } in &input.uses {
            let Some(key) = credential.place(&cx.view) else { continue };
            // A server's clock may be ahead of the cluster's, and nothing was used in the future.
            let last = LastUse::new(last.at.min(cx.now), &last.region, &last.service);
            let known: Option<&LastUse> = cx.view.get(&key);
            if known.is_none_or(|known| known.at <= last.at && *known != last) {
                cx.put_at(key, last);
            }
        }
        Ok(())
    }
}
