//! Where the newest snapshot hangs, and how its arrival at every worker is known.
//!
//! Read-copy-update: a worker loads the pointer once per batch (arc-swap: no shared reference count is touched) and
//! announces that by its seat. Publishing never waits for readers; *acknowledging* does: a change may be reported
//! as served everywhere only when no worker can still answer from an older snapshot. A seat's number is odd while
//! its worker is inside a batch, so a worker that sleeps in `recvmmsg` holds nothing up.
//!
//! Taking apart what was replaced may take longer than many answers, so readers never do it: it is kept until nobody reads it.

use crate::compile::Snapshot;
use arc_swap::{ArcSwap, Guard};
use controlplane_types::Runtime;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the seats are looked at again while a batch is under way.
const RECHECK: Duration = Duration::from_millis(1);

/// The newest snapshot and the workers' seats.
#[derive(Debug)]
pub(crate) struct Board {
    current: ArcSwap<Snapshot>,
    /// What somebody may still read of what was published before.
    retired: Mutex<Vec<Arc<Snapshot>>>,
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
        let seats = (0..workers).map(|_| Seat::default()).collect();
        Self { current: ArcSwap::default(), retired: Mutex::default(), seats }
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
        let replaced = self.current.swap(snapshot);
        fence(Ordering::SeqCst);
        self.retired().push(replaced);
        self.clear();
    }

    /// Takes apart what nobody reads any more.
    fn clear(&self) {
        self.retired().retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Arc<Snapshot>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when every worker has left the batch it was in, so that what was published before is served by all.
    pub(crate) async fn served_everywhere(&self, runtime: &dyn Runtime) {
        let seen: Vec<u64> = self.seats.iter().map(|seat| seat.0.load(Ordering::SeqCst)).collect();
        for (seat, seen) in self.seats.iter().zip(seen) {
            while seen % 2 == 1 && seat.0.load(Ordering::SeqCst) == seen {
                runtime.sleep(RECHECK).await;
            }
        }
        self.clear();
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

    #[tokio::test]
    async fn readers_take_nothing_apart() {
        let board = Board::new(1);
        let first = snapshot(1);
        let watched = Arc::downgrade(&first);
        board.publish(first);
        let batch = board.read(0);
        board.publish(snapshot(2));
        drop(batch);
        assert!(watched.upgrade().is_some());
        board.served_everywhere(&TestRuntime).await;
        assert!(watched.upgrade().is_none());
    }
}
