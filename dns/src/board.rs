//! Where the newest snapshot hangs, and how its arrival at every worker is known.
//!
//! Read-copy-update: a worker loads the pointer once per batch (arc-swap: no shared reference count is touched) and
//! announces that by its seat. Publishing never waits for readers; *acknowledging* does: a change may be reported
//! as served everywhere only when no worker can still answer from an older snapshot. A seat's number is odd while
//! its worker is inside a batch, so a worker that sleeps in `recvmmsg` holds nothing up.

use crate::compile::Snapshot;
use arc_swap::{ArcSwap, Guard};
use controlplane_types::Runtime;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::time::Duration;

/// How often the seats are looked at again while a batch is under way.
const RECHECK: Duration = Duration::from_millis(1);

/// The newest snapshot and the workers' seats.
#[derive(Debug)]
pub(crate) struct Board {
    current: ArcSwap<Snapshot>,
    seats: Box<[Seat]>,
}

/// On a cache line of its own: each is written by one worker with every batch.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Seat(AtomicU64);

/// A snapshot in use by one worker for one batch.
pub(crate) struct Reading<'a> {
    seat: &'a Seat,
    snapshot: Guard<Arc<Snapshot>>,
}

impl Board {
    pub(crate) fn new(workers: usize) -> Self {
        Self { current: ArcSwap::default(), seats: (0..workers).map(|_| Seat::default()).collect() }
    }

    /// For readers that answer one query at a time and load the pointer for each.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// For the worker with this number.
    pub(crate) fn read(&self, worker: usize) -> Reading<'_> {
        let seat = &self.seats[worker];
        // In one order with the store of the pointer: whoever sees the seat empty after publishing knows that the
        // next batch loads what was published.
        seat.0.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        Reading { seat, snapshot: self.current.load() }
    }

    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        self.current.store(snapshot);
        fence(Ordering::SeqCst);
    }

    /// Returns when every worker has left the batch it was in, so that what was published before is served by all.
    pub(crate) async fn served_everywhere(&self, runtime: &dyn Runtime) {
        let seen: Vec<u64> = self.seats.iter().map(|seat| seat.0.load(Ordering::SeqCst)).collect();
        for (seat, seen) in self.seats.iter().zip(seen) {
            while seen % 2 == 1 && seat.0.load(Ordering::SeqCst) == seen {
                runtime.sleep(RECHECK).await;
            }
        }
    }
}

impl std::ops::Deref for Reading<'_> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.seat.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::TestRuntime;

    fn snapshot(generation: u64) -> Arc<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.generation = generation;
        Arc::new(snapshot)
    }

    #[tokio::test]
    async fn a_batch_under_way_holds_the_acknowledgement_up_and_an_idle_worker_does_not() {
        let board = Board::new(2);
        board.publish(snapshot(1));
        board.served_everywhere(&TestRuntime).await;

        let batch = board.read(1);
        board.publish(snapshot(2));
        let mut served = std::pin::pin!(board.served_everywhere(&TestRuntime));
        for _ in 0..20 {
            let waits = tokio::time::timeout(RECHECK, served.as_mut()).await.is_err();
            assert!(waits, "a worker still answers from generation {}", batch.generation);
        }
        assert_eq!((batch.generation, board.read(0).generation), (1, 2));
        drop(batch);
        let next = board.read(1);
        served.await;
        assert_eq!(next.generation, 2, "a batch begun later does not hold it up");
    }
}
