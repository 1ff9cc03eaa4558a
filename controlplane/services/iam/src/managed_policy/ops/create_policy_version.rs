//! CreatePolicyVersion.

use crate::documents;
use crate::entity::Entity;
use crate::errors;
use crate::managed_policy::{ManagedPolicy, Version, VersionShown};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Versions a policy has at most.
pub(crate) const VERSIONS_MAX: usize = 5;

/// See the module.
pub struct CreatePolicyVersion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyVersionInput {
    policy_arn: String,
    policy_document: String,
    set_as_default: Option<bool>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyVersionOutput {
    policy_version: VersionShown,
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    type Input = CreatePolicyVersionInput;
    type Output = CreatePolicyVersionOutput;

    fn run(
        input: &CreatePolicyVersionInput,
        cx: &mut Context,
    ) -> Result<CreatePolicyVersionOutput, ServiceError> {
        let mut policy = ManagedPolicy::existing(&input.policy_arn, cx)?.clone();
        let document = documents::managed(&input.policy_document)?;
        if policy.versions.len() >= VERSIONS_MAX {
            return Err(errors::too_many_versions());
        }
        let (number, version) = (policy.newest_version + 1, Version { document, created_at: cx.now });
        policy.newest_version = number;
        policy.updated_at = cx.now;
        if input.set_as_default == Some(true) {
            policy.default_version = number;
        }
        let shown = VersionShown::brief(number, &version, &policy);
        policy.versions.insert(number, version);
        policy.store(cx);
        Ok(CreatePolicyVersionOutput { policy_version: shown })
    }
}
