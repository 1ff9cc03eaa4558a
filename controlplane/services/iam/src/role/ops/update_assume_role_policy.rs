//! UpdateAssumeRolePolicy: who may be the role.

use crate::entity::Entity;
use crate::role::{Role, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateAssumeRolePolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAssumeRolePolicyInput {
    role_name: String,
    policy_document: String,
}

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    type Input = UpdateAssumeRolePolicyInput;
    type Output = ();

    fn run(input: &UpdateAssumeRolePolicyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut role = Role::existing(&input.role_name, cx)?.clone();
        role.trust = validate::trust(&input.policy_document, cx)?;
        role.store(cx);
        Ok(())
    }
}
