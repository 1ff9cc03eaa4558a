//! Verify.

use super::sign::hash_of;
use crate::errors;
use crate::key::shown::ALGORITHM;
use crate::key::{arn_of, usable};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Verify;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyInput {
    key_id: String,
    message: Vec<u8>,
    #[serde(default)]
    message_type: Option<String>,
    signature: Vec<u8>,
    signing_algorithm: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyOutput {
    key_id: String,
    signature_valid: bool,
    signing_algorithm: &'static str,
}

impl Query for Verify {
    const NAME: &'static str = "Verify";
    type Input = VerifyInput;
    type Output = VerifyOutput;

    fn run(input: &VerifyInput, cx: &Reader) -> Result<VerifyOutput, ServiceError> {
        let (id, key) = usable(&input.key_id, cx)?;
        let hash = hash_of(&input.message, input.message_type.as_deref(), &input.signing_algorithm)?;
        if !key.pair.verify_der(&hash, &input.signature) {
            return Err(errors::invalid_signature());
        }
        let (key_id, signature_valid) = (arn_of(id, &cx.caller), true);
        Ok(VerifyOutput { key_id, signature_valid, signing_algorithm: ALGORITHM })
    }
}
