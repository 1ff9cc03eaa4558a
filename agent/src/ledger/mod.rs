//! What an agent must remember over its own death and the machine's: the desired set with its generation, what became of
//! each run, and where the servers are. Small records, written whole.
//!
//! Several records and not one: the set can be large and changes when the control plane speaks, the runs are small and
//! change when an instance does, the servers hardly ever change.
//!
//! A record is replaced by writing beside it, syncing, and renaming; the one before stays under another name. So a
//! torn write costs nothing, and a damaged file (checksum) costs one step back. When both are damaged the agent
//! refuses to start: an agent that has forgotten its generation would let itself be led back in time.

pub mod desired;
mod file;
pub mod runs;
pub mod servers;

pub use file::FileStore;

use controlplane_types::BoxFuture;
use std::io;
use std::path::PathBuf;

/// Why the ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk says no.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another agent runs on the same folder.
    #[error("another agent uses {}", path.display())]
    InUse {
        /// The data folder.
        path: PathBuf,
    },
    /// A record and the one before it are both damaged.
    #[error("{} is damaged ({reason}) and so is the copy before it; move both away to start empty", path.display())]
    Damaged {
        /// The newer of the two files.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record is whole but not what this build writes.
    #[error("ledger record {name:?} cannot be read: {reason}")]
    Unreadable {
        /// Which record.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A simulated disk was told to fail.
    #[error("{0}")]
    Simulated(String),
}

/// Durable records by name.
pub trait LedgerStore: Send + Sync + 'static {
    /// The newest undamaged record, `None` when there never was one.
    fn load(&self, name: &'static str) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Replaces a record, all or nothing; on disk when it completes.
    fn save(&self, name: &'static str, record: Vec<u8>) -> BoxFuture<Result<(), LedgerError>>;
}

#[cfg(test)]
mod tests;
