//! ScheduleKeyDeletion.

use crate::errors;
use crate::key::{KeyState, KmsKey, arn_of, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Days, if nobody says.
const WINDOW: u32 = 30;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// See the module.
pub struct ScheduleKeyDeletion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleKeyDeletionInput {
    key_id: String,
    #[serde(default)]
    pending_window_in_days: Option<u32>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleKeyDeletionOutput {
    key_id: String,
    deletion_date: Timestamp,
    key_state: &'static str,
    pending_window_in_days: u32,
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    type Input = ScheduleKeyDeletionInput;
    type Output = ScheduleKeyDeletionOutput;

    fn run(
        input: &ScheduleKeyDeletionInput,
        cx: &mut Context,
    ) -> Result<ScheduleKeyDeletionOutput, ServiceError> {
        let days = input.pending_window_in_days.unwrap_or(WINDOW);
        if !(7..=30).contains(&days) {
            return Err(errors::invalid_window(days));
        }
        let (id, key) = existing(&input.key_id, cx)?;
        let arn = arn_of(id, &cx.caller);
        if let KeyState::PendingDeletion(_) = key.state {
            return Err(errors::pending_deletion(&arn));
        }
        let deletion_date = cx.now + DAY * days;
        let state = KeyState::PendingDeletion(deletion_date);
        let (id, key) = (id.to_owned(), KmsKey { state, ..key.clone() });
        cx.put(&id, key);
        Ok(ScheduleKeyDeletionOutput {
            key_id: arn,
            deletion_date,
            key_state: state.as_str(),
            pending_window_in_days: days,
        })
    }
}
