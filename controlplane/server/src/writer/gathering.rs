//! When a batch is full enough.
//!
//! A commit costs the same for one request and for a hundred: a sync on every member, a message to every follower, a dozen
//! wake-ups. Closing a batch as soon as the previous one is answered looks greedy and is wasteful: of 64 clients that were
//! just answered the quickest comes back first, has a batch of its own, and 63 wait for it; every other commit carries one
//! request.
//!
//! So the writer remembers how many requests were under way at once and lets a batch gather until most of them are
//! back, or until patience ends. Whoever is alone never waits. When fewer came than were expected, so many are expected
//! next time: a wait in vain happens once, not always.

use super::leading::BATCH;
use controlplane_types::{BoxFuture, Runtime};
use std::sync::Arc;
use std::time::Duration;

/// Batches on their way at once. More would only make each smaller.
const PIPELINE: usize = 4;
/// The least a timer can wait; most of a commit.
const PATIENCE: Duration = Duration::from_millis(1);

/// Decides when the waiting requests become a batch.
pub(super) struct Gathering {
    runtime: Arc<dyn Runtime>,
    /// Requests that make a batch full enough.
    enough: usize,
    patience: Option<BoxFuture<()>>,
}

impl Gathering {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, enough: 1, patience: None }
    }

    /// So many requests are under way: as many may be expected back. Also ends the current wait.
    pub(super) fn expect(&mut self, under_way: usize) {
        self.enough = (under_way * 3 / 4).clamp(1, BATCH);
        self.patience = None;
    }

    /// Whether `waiting` requests are a batch now, with so many batches on their way.
    pub(super) fn is_over(&self, waiting: usize, batches: usize) -> bool {
        waiting >= self.enough && batches < PIPELINE
    }

    /// Completes when a batch that is not full enough has to go. May be dropped and called again; the wait goes on.
    pub(super) async fn patience(&mut self) {
        let runtime = &self.runtime;
        self.patience.get_or_insert_with(|| runtime.sleep(PATIENCE)).await;
    }
}
