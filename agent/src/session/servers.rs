//! The servers as this agent knows them, kept in the ledger so that it finds them after a restart even when those it
//! was given are gone.

use crate::ledger::{self, LedgerError, LedgerStore};
use controlplane_proto::cluster::Servers;
use controlplane_proto::directory::Directory;
use controlplane_types::Runtime;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tracing::warn;

/// Between attempts to write the list to a disk that failed.
const DISK_RETRY: Duration = Duration::from_secs(5);

/// What is known, shared by sessions and downloads.
pub(super) struct KnownServers {
    directory: Mutex<Directory>,
    /// The list that should be in the ledger.
    keep: watch::Sender<Vec<String>>,
}

impl KnownServers {
    /// `given` and what the ledger holds; whatever is learned later goes there.
    pub(super) fn load(
        given: Vec<String>,
        ledger: Arc<dyn LedgerStore>,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Self, LedgerError> {
        let directory = Directory::new(given, ledger::servers::load(&*ledger)?);
        let (keep, wanted) = watch::channel(Vec::new());
        runtime.spawn("servers-keeper", Box::pin(keep_servers(ledger, wanted, runtime.clone())));
        Ok(Self { directory: Mutex::new(directory), keep })
    }

    pub(super) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, servers: &Servers) {
        let mut directory = self.directory();
        if directory.learn(servers) {
            self.keep.send_replace(directory.known().to_vec());
        }
    }
}

async fn keep_servers(
    ledger: Arc<dyn LedgerStore>,
    mut wanted: watch::Receiver<Vec<String>>,
    runtime: Arc<dyn Runtime>,
) {
    while wanted.changed().await.is_ok() {
        let servers = wanted.borrow_and_update().clone();
        while let Err(error) = ledger.save(ledger::servers::NAME, ledger::servers::encode(&servers)).await {
            warn!(error = &error as &dyn std::error::Error, "the list of servers is not in the ledger");
            runtime.sleep(DISK_RETRY).await;
        }
    }
}
