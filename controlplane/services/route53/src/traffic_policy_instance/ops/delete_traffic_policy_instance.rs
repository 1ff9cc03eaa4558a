//! DeleteTrafficPolicyInstance: with every record set it made.

use crate::change;
use crate::traffic_policy_instance::{TrafficPolicyInstance, existing, sets};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteTrafficPolicyInstance;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteTrafficPolicyInstanceInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteTrafficPolicyInstanceOutput {}

impl Operation for DeleteTrafficPolicyInstance {
    const NAME: &'static str = "DeleteTrafficPolicyInstance";
    type Input = DeleteTrafficPolicyInstanceInput;
    type Output = DeleteTrafficPolicyInstanceOutput;

    fn run(
        input: &DeleteTrafficPolicyInstanceInput,
        cx: &mut Context,
    ) -> Result<DeleteTrafficPolicyInstanceOutput, ServiceError> {
        existing(&input.id, cx)?;
        sets::replace(&input.id, None, cx)?;
        change::submit(None, cx);
        cx.delete::<TrafficPolicyInstance>(&input.id);
        Ok(DeleteTrafficPolicyInstanceOutput {})
    }
}
