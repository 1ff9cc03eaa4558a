//! DeleteReusableDelegationSet: one that no zone uses.

use crate::delegation_set::{DelegationSet, existing};
use crate::{errors, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteReusableDelegationSet;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteReusableDelegationSetInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteReusableDelegationSetOutput {}

impl Operation for DeleteReusableDelegationSet {
    const NAME: &'static str = "DeleteReusableDelegationSet";
    type Input = DeleteReusableDelegationSetInput;
    type Output = DeleteReusableDelegationSetOutput;

    fn run(
        input: &DeleteReusableDelegationSetInput,
        cx: &mut Context,
    ) -> Result<DeleteReusableDelegationSetOutput, ServiceError> {
        let id = page::bare_id(&input.id, "delegationset");
        existing(id, cx)?;
        if DelegationSet::zone_count(id, cx) > 0 {
            return Err(errors::delegation_set_in_use(id));
        }
        cx.delete::<DelegationSet>(id);
        Ok(DeleteReusableDelegationSetOutput {})
    }
}
