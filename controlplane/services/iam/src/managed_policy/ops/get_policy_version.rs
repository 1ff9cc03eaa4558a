//! GetPolicyVersion.

use crate::errors;
use crate::managed_policy::{Known, VersionShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetPolicyVersion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersionInput {
    policy_arn: String,
    version_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersionOutput {
    policy_version: VersionShown,
}

impl Query for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    type Input = GetPolicyVersionInput;
    type Output = GetPolicyVersionOutput;

    fn run(input: &GetPolicyVersionInput, reader: &Reader) -> Result<GetPolicyVersionOutput, ServiceError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        let missing = || errors::version_not_found(arn, id);
        let policy_version = match Known::existing(arn, reader)? {
            Known::Own(policy) => {
                let (number, version) = policy.version(id).ok_or_else(missing)?;
                VersionShown::whole(number, version, policy)
            }
            Known::OfAws(policy) if id == "v1" => VersionShown::of_aws(policy),
            Known::OfAws(_) => return Err(missing()),
        };
        Ok(GetPolicyVersionOutput { policy_version })
    }
}
