//! What can go wrong between the plan and the kernel.

use crate::backend::BackendError;
use std::io;

/// A step that the kernel, or the `nft` program, refused.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A system call or a netlink request.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// `nft` could not be run or refused the transaction; nothing of it is in force.
    #[error("nft: {0}")]
    Nft(String),
    /// The kernel or `nft` answered in a form this program does not know.
    #[error("cannot read {what}: {reason}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// Where it departs from the known form.
        reason: String,
    },
    /// A purge that came to its end and left this to do.
    #[error("not removed: {0}")]
    NotRemoved(String),
    /// The configuration is impossible.
    #[error("{0}")]
    Config(String),
}

impl NetworkError {
    /// For `map_err`: names what was tried.
    pub(super) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}

/// The kernel's state changes under us, so whatever it refuses now is tried again.
impl From<NetworkError> for BackendError {
    fn from(error: NetworkError) -> Self {
        BackendError::Retry(error.to_string())
    }
}

/// Short for results of this module.
pub(super) type Result<T> = std::result::Result<T, NetworkError>;
