//! GetTrafficPolicyInstanceCount.

use crate::traffic_policy_instance::TrafficPolicyInstance;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetTrafficPolicyInstanceCount;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetTrafficPolicyInstanceCountInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrafficPolicyInstanceCountOutput {
    traffic_policy_instance_count: usize,
}

impl Query for GetTrafficPolicyInstanceCount {
    const NAME: &'static str = "GetTrafficPolicyInstanceCount";
    type Input = GetTrafficPolicyInstanceCountInput;
    type Output = GetTrafficPolicyInstanceCountOutput;

    fn run(
        _: &GetTrafficPolicyInstanceCountInput,
        cx: &Reader,
    ) -> Result<GetTrafficPolicyInstanceCountOutput, ServiceError> {
        Ok(GetTrafficPolicyInstanceCountOutput {
            traffic_policy_instance_count: cx.list::<TrafficPolicyInstance>().count(),
        })
    }
}
