//! GetPolicy.

use crate::managed_policy::{Known, PolicyShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyInput {
    policy_arn: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyOutput {
    policy: PolicyShown,
}

impl Query for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Input = GetPolicyInput;
    type Output = GetPolicyOutput;

    fn run(input: &GetPolicyInput, reader: &Reader) -> Result<GetPolicyOutput, ServiceError> {
        let policy = Known::existing(&input.policy_arn, reader)?;
        Ok(GetPolicyOutput { policy: PolicyShown::whole(policy, reader) })
    }
}
