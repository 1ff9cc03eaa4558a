//! A key-signing key: a KMS key that signs the keys of a hosted zone, and that the parent zone's DS record names.
//!
//! `INACTIVE` or `ACTIVE`; only an active one signs and is published. Two at most, so that one can take over from another.
//! One whose KMS key cannot be used is shown as `ACTION_NEEDED`: nothing is stored about that, it follows from the
//! KMS key. `DELETING` and `INTERNAL_FAILURE` are never shown, as nothing here takes time or fails half-way.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec-ksk.html>

pub mod ops;
mod parent;
mod shown;
mod types;

pub(crate) use parent::is_named_by_parent;
pub use shown::KeySigningKeyShown;
pub use types::KeySigningKey;
pub(crate) use types::{BY_KMS_ARN, existing};
