//! GetContextKeysForPrincipalPolicy: which condition keys a principal's policies, and policies that are given, ask for.

use super::ContextKeys;
use crate::simulate::source::{Simulated, Source};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetContextKeysForPrincipalPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContextKeysForPrincipalPolicyInput {
    policy_source_arn: String,
    policy_input_list: Option<Vec<String>>,
}

impl Query for GetContextKeysForPrincipalPolicy {
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    type Input = GetContextKeysForPrincipalPolicyInput;
    type Output = ContextKeys;

    fn run(
        input: &GetContextKeysForPrincipalPolicyInput,
        reader: &Reader,
    ) -> Result<ContextKeys, ServiceError> {
        let mut sources = Simulated::of_arn(&input.policy_source_arn, reader)?.identity;
        let given = input.policy_input_list.as_deref().unwrap_or_default();
        sources.extend(Source::given("PolicyInputList", given)?);
        Ok(ContextKeys::of(&sources))
    }
}
