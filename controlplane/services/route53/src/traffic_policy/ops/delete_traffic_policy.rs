//! DeleteTrafficPolicy: one version, which stays readable. The last one takes the policy off the lists.

use crate::TrafficPolicyInstance;
use crate::errors;
use crate::traffic_policy::{TrafficPolicy, TrafficPolicyVersion};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteTrafficPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteTrafficPolicyInput {
    id: String,
    version: i32,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteTrafficPolicyOutput {}

impl Operation for DeleteTrafficPolicy {
    const NAME: &'static str = "DeleteTrafficPolicy";
    type Input = DeleteTrafficPolicyInput;
    type Output = DeleteTrafficPolicyOutput;

    fn run(
        input: &DeleteTrafficPolicyInput,
        cx: &mut Context,
    ) -> Result<DeleteTrafficPolicyOutput, ServiceError> {
        let (id, number) = (&input.id, input.version);
        let version = TrafficPolicyVersion::existing(id, number, cx)?.clone();
        if cx.list::<TrafficPolicyInstance>().any(|instance| instance.is_of(id, number)) {
            return Err(errors::traffic_policy_in_use(id, number));
        }
        cx.put(&TrafficPolicyVersion::id_of(id, number), TrafficPolicyVersion { deleted: true, ..version });
        if TrafficPolicyVersion::of_policy(id, 0, cx).next().is_none() {
            cx.delete::<TrafficPolicy>(id);
        }
        Ok(DeleteTrafficPolicyOutput {})
    }
}
