//! GetContextKeysForCustomPolicy: which condition keys policies that are given ask for.

use super::ContextKeys;
use crate::simulate::source::Source;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetContextKeysForCustomPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContextKeysForCustomPolicyInput {
    policy_input_list: Vec<String>,
}

impl Query for GetContextKeysForCustomPolicy {
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    type Input = GetContextKeysForCustomPolicyInput;
    type Output = ContextKeys;

    fn run(input: &GetContextKeysForCustomPolicyInput, _: &Reader) -> Result<ContextKeys, ServiceError> {
        Ok(ContextKeys::of(&Source::given("PolicyInputList", &input.policy_input_list)?))
    }
}
