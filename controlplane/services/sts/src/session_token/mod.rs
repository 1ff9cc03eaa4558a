//! Temporary credentials: an access key id, a secret, and a token that holds everything else.
//!
//! Nothing is written down for them, so they cost no log entry and every server knows them at once. The token is the session
//! ([`Session`]), its account and the secret, sealed with AES-256-GCM under a key of the cluster's ([`SealingKey`]); the access
//! key id is bound into the seal, so a token fits one id only. Whoever has a token learns nothing from it, not even the
//! secret it is used with.
//!
//! What readers get wrong:
//! * A token proves nothing alone: the request has to be signed with the secret inside, token included.
//! * It cannot be taken back. What ends early is what it refers to: a role or user that is gone, or another of the same name,
//!   has no policies. That is why it holds unique ids.
//! * The key id begins with the account (as AWS's do), so that `GetAccessKeyInfo` can tell it without a record.

mod key_id;
mod seal;
#[cfg(test)]
mod tests;
mod types;

pub use key_id::{account_of, is_temporary};
pub(crate) use seal::{Issued, issue};
pub use seal::{Opened, TokenError, open};
pub use types::SealingKey;
