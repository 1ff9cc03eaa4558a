//! Who is who on internal links: the cluster's authority, its certificates, and TLS that follows them.
//!
//! Every internal link is mutual TLS under the cluster's own authority. A certificate says what its holder is
//! (`agent.hearth.internal`) and who (`rack1.agent.hearth.internal`): the role decides which doors open, the name for whom one
//! may speak. Addresses prove nothing.
//!
//! - [`Authority`] signs; every server has its key, since any of them may come to lead.
//! - [`Folder`] is where a machine keeps its own: `ca.pem` (whom it trusts, several if need be), `ca.key` (servers), and
//!   per role one file with certificate and key, so that the two can never be of different generations.
//! - [`Credentials`] are a role's certificate of the moment, as rustls configurations that need no restart.
//! - [`join`] gets the first certificate for a token, [`renewal`] every later one after two thirds of a life.
//!
//! Keys are made where they are used and stay there; what travels is a request with the public half. The one exception is the
//! authority's key, which a joining server gets over the link its token vouches for.
//!
//! What people get wrong: TLS resumption skips the check of the client's certificate, so it is off on both sides. A
//! revoked certificate would otherwise live on in its tickets.

mod authority;
mod credentials;
mod fingerprint;
mod folder;
mod holder;
pub mod join;
mod redirect;
pub mod renewal;
mod request;
mod token;
mod verifiers;

#[cfg(test)]
mod tests;

pub use authority::{Authority, server_names};
pub use controlplane_services_native::certificate::Role;
pub(crate) use credentials::pinned_connector;
pub use credentials::{Admit, Credentials};
pub(crate) use credentials::{certified_key, provider, without_memory};
pub use fingerprint::Fingerprint;
pub use folder::{FirstServer, Folder};
pub use holder::Holder;
pub use request::{KeyAndRequest, PublicKey};
pub use token::{Token, TokenError};
pub(crate) use verifiers::vouched_for_by;

use std::path::PathBuf;

/// Why certificates cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path} cannot be used: {reason}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Something that came over the network is no certificate, key or request.
    #[error("{0}")]
    Malformed(String),
    /// A key cannot be made, or something cannot be signed.
    #[error("the certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// TLS refuses what it was given.
    #[error("the certificate cannot be used for TLS")]
    Tls(#[from] rustls::Error),
}
