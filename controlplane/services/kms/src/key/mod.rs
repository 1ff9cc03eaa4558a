//! A KMS key: made once, enabled and disabled, and removed some days after somebody asked for that.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

pub mod controller;
pub mod ops;
mod shown;
mod types;

pub use shown::KeyMetadata;
pub use types::{KeyState, KmsKey, arn_of, existing, usable};
