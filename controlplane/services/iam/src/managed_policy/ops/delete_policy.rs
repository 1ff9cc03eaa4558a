//! DeletePolicy: one that nobody uses, with its last version.

use crate::entity::Entity;
use crate::errors;
use crate::managed_policy::{ManagedPolicy, Usage};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeletePolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicyInput {
    policy_arn: String,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    type Input = DeletePolicyInput;
    type Output = ();

    fn run(input: &DeletePolicyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let policy = ManagedPolicy::existing(&input.policy_arn, cx)?;
        let Usage { attached, bounds } = Usage::of(&input.policy_arn, cx);
        if attached + bounds > 0 {
            return Err(errors::policy_attached());
        }
        if policy.versions.len() > 1 {
            return Err(errors::policy_has_versions());
        }
        let id = policy.name.to_lowercase();
        cx.delete::<ManagedPolicy>(&id);
        Ok(())
    }
}
