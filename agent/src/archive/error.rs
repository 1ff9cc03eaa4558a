//! Why an archive was refused.

use std::io;

/// A reading error, damage, or something an image may not contain.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file could not be read, or is not what its first bytes promise.
    #[error("the archive cannot be read")]
    Io(#[from] io::Error),
    /// A structure that contradicts its format.
    #[error("{0}")]
    Malformed(String),
    /// An entry that would reach outside the root file system or needs what images do not get.
    #[error("{path}: {reason}")]
    Refused {
        /// The entry's name, made printable.
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// More than an image may have.
    #[error("more than {limit} {what}")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// Bytes that are not the ones that were announced.
    #[error("{what}: digest is {found}, announced was {announced}")]
    Digest {
        /// What was checked.
        what: String,
        /// What was announced.
        announced: String,
        /// What came.
        found: String,
    },
}

impl ArchiveError {
    /// A refusal of the entry `path`.
    pub(crate) fn refused(path: &[u8], reason: &'static str) -> Self {
        Self::Refused { path: String::from_utf8_lossy(path).into_owned(), reason }
    }

    /// True if the same archive may be read another time.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Io(error) => !matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::Other
            ),
            _ => false,
        }
    }
}
