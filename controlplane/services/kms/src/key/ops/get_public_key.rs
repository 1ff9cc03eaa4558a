//! GetPublicKey.

use crate::key::shown::{ALGORITHM, SPEC, USAGE};
use crate::key::{arn_of, usable};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetPublicKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPublicKeyInput {
    key_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPublicKeyOutput {
    key_id: String,
    public_key: Vec<u8>,
    customer_master_key_spec: &'static str,
    key_spec: &'static str,
    key_usage: &'static str,
    signing_algorithms: [&'static str; 1],
}

impl Query for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    type Input = GetPublicKeyInput;
    type Output = GetPublicKeyOutput;

    fn run(input: &GetPublicKeyInput, cx: &Reader) -> Result<GetPublicKeyOutput, ServiceError> {
        let (id, key) = usable(&input.key_id, cx)?;
        Ok(GetPublicKeyOutput {
            key_id: arn_of(id, &cx.caller),
            public_key: key.pair.public_der(),
            customer_master_key_spec: SPEC,
            key_spec: SPEC,
            key_usage: USAGE,
            signing_algorithms: [ALGORITHM],
        })
    }
}
