//! Tokens of OpenID Connect providers: what one says, and whether its provider said it.
//!
//! A token is read twice. First without believing a word, to find out whose keys to ask for: only those of a provider that the
//! role's account has registered are ever fetched, so nobody outside sends the server anywhere. Then, with the keys at hand,
//! its signature is checked ([`Token::signed_by`]); what it claims is a [`Claims`] from then on and not before.
//!
//! Only signatures with a key pair count (RS256 to RS512, ES256, ES384): with `HS256` a provider's public key would be the secret,
//! and `none` is no signature. The key says by its kind what it can sign; the token's word for it has to agree.
//!
//! The library (`jsonwebtoken`, MIT, verifying with aws-lc-rs like everything here) reads the form and checks signatures. Its own
//! checks of time are not used: they ask the machine's clock, and here time is the leader's.

mod claims;
mod token;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use claims::{Claims, Untimely};
pub(crate) use token::{Token, Untrusted};
