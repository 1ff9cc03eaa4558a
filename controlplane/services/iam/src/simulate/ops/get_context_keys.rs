//! GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy: which condition keys policies ask for.

use crate::simulate::source::{Simulated, Source};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
pub struct GetContextKeysForCustomPolicy;

/// See the module.
pub struct GetContextKeysForPrincipalPolicy;

/// Request of the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContextKeysForCustomPolicyInput {
    policy_input_list: Vec<String>,
}

/// Request of the second.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContextKeysForPrincipalPolicyInput {
    policy_source_arn: String,
    policy_input_list: Option<Vec<String>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContextKeysOutput {
    context_key_names: Vec<String>,
}

impl Query for GetContextKeysForCustomPolicy {
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    type Input = GetContextKeysForCustomPolicyInput;
    type Output = GetContextKeysOutput;

    fn run(
        input: &GetContextKeysForCustomPolicyInput,
        _: &Reader,
    ) -> Result<GetContextKeysOutput, ServiceError> {
        Ok(keys(&Source::given("PolicyInputList", &input.policy_input_list)?))
    }
}

impl Query for GetContextKeysForPrincipalPolicy {
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    type Input = GetContextKeysForPrincipalPolicyInput;
    type Output = GetContextKeysOutput;

    fn run(
        input: &GetContextKeysForPrincipalPolicyInput,
        reader: &Reader,
    ) -> Result<GetContextKeysOutput, ServiceError> {
        let mut sources = Simulated::of_arn(&input.policy_source_arn, reader)?.identity;
        sources.extend(Source::given(
            "PolicyInputList",
            input.policy_input_list.as_deref().unwrap_or_default(),
        )?);
        Ok(keys(&sources))
    }
}

fn keys(sources: &[Source<'_>]) -> GetContextKeysOutput {
    let all = sources.iter().flat_map(|source| source.policy.context_keys());
    let once: BTreeMap<String, &str> = all.map(|key| (key.to_ascii_lowercase(), key)).collect();
    GetContextKeysOutput { context_key_names: once.into_values().map(str::to_owned).collect() }
}
