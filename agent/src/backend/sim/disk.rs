//! A disk for ledgers. A save is on it when it completes; one that was aborted never happened.

use crate::ledger::{LedgerError, LedgerStore};
use controlplane_types::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Survives reboots; cloned handles share it.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    records: BTreeMap<&'static str, Vec<u8>>,
    full: bool,
    saves: u64,
}

impl SimDisk {
    /// While full, every save fails.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    /// Saves that succeeded.
    pub fn saves(&self) -> u64 {
        self.lock().saves
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LedgerStore for SimDisk {
    fn load(&self, name: &'static str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.lock().records.get(name).cloned())
    }

    fn save(&self, name: &'static str, record: Vec<u8>) -> BoxFuture<Result<(), LedgerError>> {
        let disk = self.clone();
        Box::pin(async move {
            let mut content = disk.lock();
            if content.full {
                return Err(LedgerError::Simulated("no space left on the simulated disk".to_owned()));
            }
            content.records.insert(name, record);
            content.saves += 1;
            Ok(())
        })
    }
}
