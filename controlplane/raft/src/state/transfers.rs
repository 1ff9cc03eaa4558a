//! Snapshots on their way to others hold back the next image.
//!
//! A member that takes one in continues with the entry behind it. If a newer image were taken meanwhile, that entry
//! could be purged, and a member slower than the log grows would be sent one snapshot after another for ever; and a
//! transfer that broke could not go on, because its image would be gone.

use controlplane_types::Runtime;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// After a transfer ended, well or badly, the receiver has this long to ask for what comes next.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct Transfers(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    running: u64,
    last_end: Option<Duration>,
}

impl Transfers {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until the returned guard is dropped.
    pub(crate) fn begin<'t>(&'t self, runtime: &'t dyn Runtime) -> Transfer<'t> {
        self.lock().running += 1;
        Transfer { transfers: self, runtime }
    }

    /// Whether the image has to stay the newest for now.
    pub(crate) fn hold(&self, runtime: &dyn Runtime) -> bool {
        let counts = self.lock();
        let recent = |end: Duration| runtime.monotonic().saturating_sub(end) < PATIENCE;
        counts.running > 0 || counts.last_end.is_some_and(recent)
    }
}

/// A transfer under way.
pub(crate) struct Transfer<'t> {
    transfers: &'t Transfers,
    runtime: &'t dyn Runtime,
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        let mut counts = self.transfers.lock();
        counts.running -= 1;
        counts.last_end = Some(self.runtime.monotonic());
    }
}
