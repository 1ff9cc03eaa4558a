//! SetDefaultPolicyVersion: the one in force.

use crate::entity::Entity;
use crate::errors;
use crate::managed_policy::ManagedPolicy;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct SetDefaultPolicyVersion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultPolicyVersionInput {
    policy_arn: String,
    version_id: String,
}

impl Operation for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
    type Input = SetDefaultPolicyVersionInput;
    type Output = ();

    fn run(input: &SetDefaultPolicyVersionInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut policy = ManagedPolicy::existing(&input.policy_arn, cx)?.clone();
        let found = policy.version(&input.version_id);
        let (number, _) =
            found.ok_or_else(|| errors::version_not_found(&input.policy_arn, &input.version_id))?;
        policy.default_version = number;
        policy.store(cx);
        Ok(())
    }
}
