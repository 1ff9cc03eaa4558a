//! Making a server go on alone when a majority of the others is lost for good. The rules are those of
//! `controlplane_raft`'s recovery; this is its door for a data folder.

use crate::backup::Lineage;
use controlplane_raft::{RecoverError, Recovered, StoreError, Stores};
use controlplane_types::Runtime;
use std::path::{Path, PathBuf};

/// Why nothing was recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// There is no server in the folder.
    #[error("{0} holds no server")]
    NoServer(PathBuf),
    /// The stores cannot be opened; the server may be running.
    #[error("the store in {path} cannot be opened; a running server has to be ended first")]
    Store {
        /// Where.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// What is in the folder does not allow it.
    #[error("{path}")]
    Refused {
        /// Where.
        path: PathBuf,
        /// Why.
        source: RecoverError,
    },
}

/// What [`recover`] would go on with. Changes nothing.
pub fn assess(dir: &Path) -> Result<Recovered, RecoveryError> {
    controlplane_raft::assess(&open(dir)?).map_err(|source| refused(dir, source))
}

/// Makes the server in `dir` the only one of its cluster, under a new incarnation: agents and DNS servers follow it although
/// it may lack what they have seen, and the other servers are strangers to it.
pub fn recover(dir: &Path, runtime: &dyn Runtime) -> Result<Recovered, RecoveryError> {
    let stores = open(dir)?;
    let found = controlplane_raft::assess(&stores).map_err(|source| refused(dir, source))?;
    let renamed = Lineage::parse(&found.cluster).raised(runtime.now());
    controlplane_raft::recover(&stores, &renamed.to_string()).map_err(|source| refused(dir, source))
}

fn open(dir: &Path) -> Result<Stores, RecoveryError> {
    // Opening would make one.
    if !dir.join("log").exists() {
        return Err(RecoveryError::NoServer(dir.to_owned()));
    }
    Stores::open(dir).map_err(|source| RecoveryError::Store { path: dir.to_owned(), source })
}

fn refused(dir: &Path, source: RecoverError) -> RecoveryError {
    RecoveryError::Refused { path: dir.to_owned(), source }
}
