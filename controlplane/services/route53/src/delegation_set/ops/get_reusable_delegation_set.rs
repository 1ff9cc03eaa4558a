//! GetReusableDelegationSet.

use crate::delegation_set::{DelegationSetShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetReusableDelegationSet;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetReusableDelegationSetInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetReusableDelegationSetOutput {
    delegation_set: DelegationSetShown,
}

impl Query for GetReusableDelegationSet {
    const NAME: &'static str = "GetReusableDelegationSet";
    type Input = GetReusableDelegationSetInput;
    type Output = GetReusableDelegationSetOutput;

    fn run(
        input: &GetReusableDelegationSetInput,
        cx: &Reader,
    ) -> Result<GetReusableDelegationSetOutput, ServiceError> {
        let (id, set) = existing(&input.id, cx)?;
        Ok(GetReusableDelegationSetOutput { delegation_set: DelegationSetShown::of(id, set) })
    }
}
