//! Who follows what is applied.

use super::Progress;
use crate::batch::{Batch, Outcome};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// One step of the replicated history, as this server applied it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A batch, in log order without gaps.
    Batch {
        /// Its place in the log.
        index: u64,
        /// What it held.
        batch: Arc<Batch>,
        /// Whether it took effect.
        outcome: Outcome,
    },
    /// Steps are missing up to `index`: a snapshot was installed or this subscriber was too slow. Load the whole
    /// state again, and ignore events up to its applied index.
    Reload {
        /// The state is at least this new.
        index: u64,
    },
}

/// Delivers what is applied from the moment of subscribing.
///
/// To start from a state: subscribe first, load the state, then ignore events up to its applied index. The other
/// order has a gap.
pub struct Subscription {
    feed: broadcast::Receiver<Event>,
    progress: watch::Receiver<Progress>,
}

impl Subscription {
    pub(super) fn new(feed: broadcast::Receiver<Event>, progress: watch::Receiver<Progress>) -> Self {
        Self { feed, progress }
    }

    /// The next event; `None` when the node has stopped.
    pub async fn next(&mut self) -> Option<Event> {
        let received = tokio::select! {
            biased;
            received = self.feed.recv() => received,
            _ = self.progress.wait_for(|progress| progress.stopped) => return None,
        };
        match received {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Closed) => None,
            Err(broadcast::error::RecvError::Lagged(_)) => Some(self.reload()),
        }
    }

    /// The next event if there is one already.
    pub fn try_next(&mut self) -> Option<Event> {
        match self.feed.try_recv() {
            Ok(event) => Some(event),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(self.reload()),
            Err(_) => None,
        }
    }

    /// What is still queued is older than the state that will be loaded, or harmless to see twice.
    fn reload(&mut self) -> Event {
        self.feed = self.feed.resubscribe();
        Event::Reload { index: self.progress.borrow().applied }
    }
}
