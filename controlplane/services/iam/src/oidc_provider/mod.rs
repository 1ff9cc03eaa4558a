//! OpenID Connect providers: whose tokens an account believes, for which clients.
//!
//! A provider is its URL. `sts:AssumeRoleWithWebIdentity` takes a token that one of them has signed for one of the client ids,
//! for a role whose trust policy names the provider.
//!
//! Thumbprints are of the last certificate that the provider's server shows (SHA-1, as AWS has them). A server whose
//! certificate the machine's own authorities vouch for needs none, and none is looked at; they are for providers with an
//! authority of their own. Who makes a provider without naming any has the server asked for its certificate, once.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>

mod columns;
mod manifest;
pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::OidcProvider;
