//! Why a registry did not give what was asked of it.

use controlplane_types::image_reference::ReferenceError;

/// An image that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Not a name of an image.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// What the operator configured cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Nobody answers, or in the middle of an answer no more.
    #[error("{host}: {what}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What went wrong, with its causes.
        what: String,
    },
    /// The registry wants to know who asks, or does not like who does.
    #[error("{host}: access to {repository} is denied ({what})")]
    Denied {
        /// Host and port.
        host: String,
        /// The repository.
        repository: String,
        /// What was shown, and what the registry said.
        what: String,
    },
    /// No such thing there.
    #[error("{host}: no {what}")]
    Unknown {
        /// Host and port.
        host: String,
        /// The manifest or blob.
        what: String,
    },
    /// Any other answer that is not what was asked for.
    #[error("{host}: answered {status} to a request for {what}")]
    Answer {
        /// Host and port.
        host: String,
        /// HTTP status.
        status: u16,
        /// The manifest or blob.
        what: String,
    },
    /// An address or protocol this program does not speak to.
    #[error("{url}: {rule}")]
    Forbidden {
        /// Where it would have gone.
        url: String,
        /// Why not.
        rule: &'static str,
    },
    /// Bytes that are not the ones that were announced.
    #[error("{what}: {found} came, announced was {announced}")]
    Mismatch {
        /// The manifest or blob.
        what: String,
        /// Digest or size.
        announced: String,
        /// Digest or size.
        found: String,
    },
    /// A document that contradicts its format, is of another kind than announced, or has nothing for a machine like this.
    #[error("{0}")]
    Malformed(String),
}

impl RegistryError {
    /// True unless the same digest can never give anything else. Credentials, networks and registries get repaired;
    /// bytes behind a digest do not change.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Reference(_) | Self::Malformed(_))
    }
}
