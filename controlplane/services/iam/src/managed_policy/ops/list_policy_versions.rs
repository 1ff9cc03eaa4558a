//! ListPolicyVersions.

use crate::managed_policy::{Known, ManagedPolicy, VersionShown};
use crate::page::{numbered, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListPolicyVersions;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersionsInput {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersionsOutput {
    versions: Vec<VersionShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    type Input = ListPolicyVersionsInput;
    type Output = ListPolicyVersionsOutput;

    fn run(
        input: &ListPolicyVersionsInput,
        reader: &Reader,
    ) -> Result<ListPolicyVersionsOutput, ServiceError> {
        let versions = match Known::existing(&input.policy_arn, reader)? {
            Known::Own(policy) => newest_first(policy),
            Known::OfAws(_) => vec![VersionShown::of_aws_brief()],
        };
        let page = page(numbered(versions.into_iter()), input.marker.as_deref(), input.max_items)?;
        Ok(ListPolicyVersionsOutput {
            versions: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn newest_first(policy: &ManagedPolicy) -> Vec<VersionShown> {
    let versions = policy.versions.iter().rev();
    versions.map(|(number, version)| VersionShown::brief(*number, version, policy)).collect()
}
