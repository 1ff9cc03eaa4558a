//! A one-time token: whoever holds it may come in once, in one role, until it expires.
//!
//! Only a hash of the secret is kept, so neither a copy of the records nor a backup lets anybody in. Using it is one operation
//! ([`RedeemJoinToken`]): the check, the mark and the certificate's record are one batch, so of two that come at once
//! one wins. The same joiner may ask again with the same key, because the first answer can get lost on its way; it gets the
//! same certificate, number included.
//!
//! A used token stays until its time is up, for people who want to know what became of it.

mod columns;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use ops::create_join_token::{CreateJoinToken, CreateJoinTokenInput, CreateJoinTokenOutput};
pub use ops::redeem_join_token::{RedeemJoinToken, RedeemJoinTokenInput};
pub use types::{EXPIRES, JoinToken, Used, delete};
