//! How many of something there may be, and how many there are.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetAccountLimit.html>

pub mod ops;

#[cfg(test)]
mod tests;

use serde::Serialize;

/// A limit on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Limit<K> {
    r#type: K,
    value: usize,
}
