//! GetChange.

use crate::change::{Change, ChangeInfo};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetChange;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetChangeInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetChangeOutput {
    change_info: ChangeInfo,
}

impl Query for GetChange {
    const NAME: &'static str = "GetChange";
    type Input = GetChangeInput;
    type Output = GetChangeOutput;

    fn run(input: &GetChangeInput, cx: &Reader) -> Result<GetChangeOutput, ServiceError> {
        let id = page::bare_id(&input.id, "change");
        let change = cx.get::<Change>(id).ok_or_else(|| errors::no_such_change(id))?;
        Ok(GetChangeOutput { change_info: ChangeInfo::of(id, change) })
    }
}
