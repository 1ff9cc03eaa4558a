//! GetTrafficPolicyInstance.

use crate::traffic_policy_instance::{TrafficPolicyInstanceShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetTrafficPolicyInstance;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrafficPolicyInstanceInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrafficPolicyInstanceOutput {
    traffic_policy_instance: TrafficPolicyInstanceShown,
}

impl Query for GetTrafficPolicyInstance {
    const NAME: &'static str = "GetTrafficPolicyInstance";
    type Input = GetTrafficPolicyInstanceInput;
    type Output = GetTrafficPolicyInstanceOutput;

    fn run(
        input: &GetTrafficPolicyInstanceInput,
        cx: &Reader,
    ) -> Result<GetTrafficPolicyInstanceOutput, ServiceError> {
        let instance = existing(&input.id, cx)?;
        Ok(GetTrafficPolicyInstanceOutput {
            traffic_policy_instance: TrafficPolicyInstanceShown::of(&input.id, instance, cx),
        })
    }
}
