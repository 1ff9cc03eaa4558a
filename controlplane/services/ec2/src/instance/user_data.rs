//! User data: base64 on every door, bytes in the record.

use crate::errors;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use controlplane_services_kernel::ServiceError;

/// AWS's bound, before encoding.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

/// Reads base64, with or without padding; line breaks are left out, because some tools wrap.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, ServiceError> {
    if text.len() > MAX_BYTES * 2 {
        return Err(errors::user_data_too_long(MAX_BYTES));
    }
    let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = STANDARD.decode(&plain).or_else(|_| STANDARD_NO_PAD.decode(&plain));
    let bytes = bytes.map_err(|_| errors::user_data_not_base64())?;
    if bytes.len() > MAX_BYTES { Err(errors::user_data_too_long(MAX_BYTES)) } else { Ok(bytes) }
}

/// As `DescribeInstanceAttribute` shows it.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
