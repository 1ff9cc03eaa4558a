//! Sign.

use crate::errors;
use crate::key::shown::ALGORITHM;
use crate::key::{arn_of, usable};
use crate::p256_key::{Hash, hash};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Sign;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SignInput {
    key_id: String,
    message: Vec<u8>,
    #[serde(default)]
    message_type: Option<String>,
    signing_algorithm: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SignOutput {
    key_id: String,
    signature: Vec<u8>,
    signing_algorithm: &'static str,
}

impl Query for Sign {
    const NAME: &'static str = "Sign";
    type Input = SignInput;
    type Output = SignOutput;

    fn run(input: &SignInput, cx: &Reader) -> Result<SignOutput, ServiceError> {
        let (id, key) = usable(&input.key_id, cx)?;
        let hash = hash_of(&input.message, input.message_type.as_deref(), &input.signing_algorithm)?;
        Ok(SignOutput {
            key_id: arn_of(id, &cx.caller),
            signature: key.pair.sign_der(&hash),
            signing_algorithm: ALGORITHM,
        })
    }
}

/// The digest of a message, which may be one already.
pub(super) fn hash_of(message: &[u8], kind: Option<&str>, algorithm: &str) -> Result<Hash, ServiceError> {
    if algorithm != ALGORITHM {
        return Err(errors::incompatible_algorithm(algorithm));
    }
    match kind {
        None | Some("RAW") => Ok(hash(message)),
        Some("DIGEST") => message.try_into().map_err(|_| errors::invalid_digest()),
        Some(other) => Err(errors::message_type_not_served(other)),
    }
}
