//! GetTrafficPolicy: one version, a deleted one too.

use crate::traffic_policy::{TrafficPolicyShown, TrafficPolicyVersion};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetTrafficPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrafficPolicyInput {
    id: String,
    version: i32,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrafficPolicyOutput {
    traffic_policy: TrafficPolicyShown,
}

impl Query for GetTrafficPolicy {
    const NAME: &'static str = "GetTrafficPolicy";
    type Input = GetTrafficPolicyInput;
    type Output = GetTrafficPolicyOutput;

    fn run(input: &GetTrafficPolicyInput, cx: &Reader) -> Result<GetTrafficPolicyOutput, ServiceError> {
        let version = TrafficPolicyVersion::ever(&input.id, input.version, cx)?;
        Ok(GetTrafficPolicyOutput {
            traffic_policy: TrafficPolicyShown::of(&input.id, input.version, version),
        })
    }
}
