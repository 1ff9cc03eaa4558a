//! CreateTrafficPolicy: its first version.

use crate::errors;
use crate::traffic_policy::{TrafficPolicy, TrafficPolicyShown, TrafficPolicyVersion};
use controlplane_services_kernel::quota::TRAFFIC_POLICIES;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateTrafficPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyInput {
    name: String,
    document: String,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyOutput {
    traffic_policy: TrafficPolicyShown,
    location: String,
}

impl Operation for CreateTrafficPolicy {
    const NAME: &'static str = "CreateTrafficPolicy";
    type Input = CreateTrafficPolicyInput;
    type Output = CreateTrafficPolicyOutput;

    fn run(
        input: &CreateTrafficPolicyInput,
        cx: &mut Context,
    ) -> Result<CreateTrafficPolicyOutput, ServiceError> {
        if input.name.is_empty() {
            return Err(errors::invalid_input("Name: a traffic policy has a name of 1 to 512 characters"));
        }
        if cx.list::<TrafficPolicy>().any(|policy| policy.name == input.name) {
            return Err(errors::traffic_policy_already_exists(&input.name));
        }
        let most = TRAFFIC_POLICIES.limit(cx);
        if cx.list::<TrafficPolicy>().count() >= most {
            return Err(errors::too_many_traffic_policies(most));
        }
        let version = TrafficPolicyVersion::read(&input.name, &input.document, input.comment.clone())?;
        let id = cx.random().uuid();
        let shown = TrafficPolicyShown::of(&id, 1, &version);
        cx.put(&TrafficPolicyVersion::id_of(&id, 1), version);
        cx.put(&id, TrafficPolicy { name: input.name.clone(), newest: 1, created_at: cx.now });
        Ok(CreateTrafficPolicyOutput {
            traffic_policy: shown,
            location: format!("/2013-04-01/trafficpolicy/{id}/1"),
        })
    }
}
