//! CreatePolicy.

use crate::documents;
use crate::entity::{self, Entity};
use crate::managed_policy::{Known, ManagedPolicy, PolicyShown, Version};
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreatePolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyInput {
    policy_name: String,
    path: Option<String>,
    policy_document: String,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyOutput {
    policy: PolicyShown,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    type Input = CreatePolicyInput;
    type Output = CreatePolicyOutput;

    fn run(input: &CreatePolicyInput, cx: &mut Context) -> Result<CreatePolicyOutput, ServiceError> {
        let policy_id = entity::new::<ManagedPolicy>(&input.policy_name, cx)?;
        let document = documents::managed(&input.policy_document)?;
        let policy = ManagedPolicy {
            name: input.policy_name.clone(),
            path: entity::path_or_root(input.path.as_deref()),
            policy_id,
            created_at: cx.now,
            updated_at: cx.now,
            description: input.description.clone(),
            versions: [(1, Version { document, created_at: cx.now })].into(),
            default_version: 1,
            newest_version: 1,
            tags: tag::given(input.tags.as_deref())?,
        };
        let shown = PolicyShown::whole(Known::Own(&policy), cx);
        policy.store(cx);
        Ok(CreatePolicyOutput { policy: shown })
    }
}
