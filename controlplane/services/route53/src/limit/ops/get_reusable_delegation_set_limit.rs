//! GetReusableDelegationSetLimit.

use crate::DelegationSet;
use crate::delegation_set::{ZONES_PER_SET, existing};
use crate::limit::Limit;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetReusableDelegationSetLimit;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetReusableDelegationSetLimitInput {
    r#type: DelegationSetLimitType,
    delegation_set_id: String,
}

/// What there is a limit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DelegationSetLimitType {
    /// Zones that use it.
    #[serde(rename = "MAX_ZONES_BY_REUSABLE_DELEGATION_SET")]
    Zones,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetReusableDelegationSetLimitOutput {
    limit: Limit<DelegationSetLimitType>,
    count: usize,
}

impl Query for GetReusableDelegationSetLimit {
    const NAME: &'static str = "GetReusableDelegationSetLimit";
    type Input = GetReusableDelegationSetLimitInput;
    type Output = GetReusableDelegationSetLimitOutput;

    fn run(
        input: &GetReusableDelegationSetLimitInput,
        cx: &Reader,
    ) -> Result<GetReusableDelegationSetLimitOutput, ServiceError> {
        let (id, _) = existing(&input.delegation_set_id, cx)?;
        Ok(GetReusableDelegationSetLimitOutput {
            limit: Limit { r#type: input.r#type, value: ZONES_PER_SET },
            count: DelegationSet::zone_count(id, cx),
        })
    }
}
