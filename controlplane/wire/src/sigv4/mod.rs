//! AWS Signature Version 4 in the `Authorization` header.
//!
//! [`verify`] is the only way to a [`Verified`], so a handler cannot act for a key by reading the header itself; what
//! needs no proof (which service's error form to use) reads [`credential_scope`].
//!
//! What readers get wrong:
//! * The signature covers what we *understood*, not the bytes: path and query are decoded and encoded again, so two
//!   spellings of one request share a signature. A path that only becomes this path by normalisation
//!   (`/a/../b`, `//`) is refused, since routing would see another path than was signed.
//! * A header that is present but not listed in `SignedHeaders` is an attacker's free choice. `host`, the date and
//!   every `x-amz-*` header must be listed.
//! * The body's hash is always computed here. `x-amz-content-sha256` is a claim that may only agree; the values that
//!   mean "not hashed" belong to S3. A service whose bodies may come in pieces has each piece signed instead ([`chunks`]).
//! * Signatures in the query string are not served: none of the services behind this door needs them, and two places
//!   for credentials are one too many.

#[cfg(test)]
mod attacks;
mod authorization;
mod canonical;
mod chunks;
mod error;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use authorization::{Scope, credential_scope};
pub use error::SignatureError;
pub use sign::{Credentials, sign};
pub use verify::{Expected, GLOBAL_REGION, Verified, check_region, verify};

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Last part of every credential scope.
const TERMINATOR: &str = "aws4_request";
/// How far a request's date may lie from now, either way: AWS documents five minutes.
pub const MAX_SKEW: std::time::Duration = std::time::Duration::from_secs(5 * 60);
