//! DeletePolicyVersion: any but the one in force.

use crate::entity::Entity;
use crate::errors;
use crate::managed_policy::ManagedPolicy;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeletePolicyVersion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicyVersionInput {
    policy_arn: String,
    version_id: String,
}

impl Operation for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    type Input = DeletePolicyVersionInput;
    type Output = ();

    fn run(input: &DeletePolicyVersionInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut policy = ManagedPolicy::existing(&input.policy_arn, cx)?.clone();
        let found = policy.version(&input.version_id);
        let (number, _) =
            found.ok_or_else(|| errors::version_not_found(&input.policy_arn, &input.version_id))?;
        if number == policy.default_version {
            return Err(errors::default_version());
        }
        policy.versions.remove(&number);
        policy.store(cx);
        Ok(())
    }
}
