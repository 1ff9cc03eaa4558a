//! What waits, for how long, and the metrics of it.

use super::lanes::{Lane, Lanes, Ticket};
use super::{PATIENCE, Refused};
use controlplane_telemetry::metrics::Samples;
use controlplane_telemetry::metrics::catalogue::{
    ADMISSION_ABANDONED, ADMISSION_EXPIRED, ADMISSION_REFUSED, ADMISSION_WAIT_SECONDS, ADMISSION_WAITING,
};
use controlplane_types::Runtime;
use metrics::{Counter, Gauge};
use std::sync::Arc;
use std::time::Duration;

/// Something that may come to nothing while it waits.
pub(crate) trait Expires {
    /// Whoever asked has gone.
    fn is_abandoned(&self) -> bool;

    /// It waited too long and will not be served.
    fn expire(self);
}

/// Waiting requests, each with the time it came.
pub(super) struct Backlog<T> {
    lanes: Lanes<(Duration, T)>,
    runtime: Arc<dyn Runtime>,
    numbers: [Numbers; 2],
}

/// Metrics of one lane.
struct Numbers {
    waiting: Gauge,
    refused: Counter,
    expired: Counter,
    abandoned: Counter,
    waited: Samples,
}

impl Numbers {
    fn of(queue: &'static str, lane: Lane) -> Self {
        let labels = &[queue, lane.name()];
        Self {
            waiting: ADMISSION_WAITING.gauge(labels),
            refused: ADMISSION_REFUSED.counter(labels),
            expired: ADMISSION_EXPIRED.counter(labels),
            abandoned: ADMISSION_ABANDONED.counter(labels),
            waited: ADMISSION_WAIT_SECONDS.samples(labels),
        }
    }
}

impl<T: Expires> Backlog<T> {
    /// An empty one; `queue` is its label in metrics.
    pub(super) fn new(queue: &'static str, runtime: Arc<dyn Runtime>) -> Self {
        let numbers = [Numbers::of(queue, Lane::Internal), Numbers::of(queue, Lane::Client)];
        Self { lanes: Lanes::default(), runtime, numbers }
    }

    /// Takes in a request, or refuses it for lack of room.
    pub(super) fn push(&mut self, ticket: &Ticket, item: T) -> Result<(), Refused> {
        let lane = ticket.lane();
        let pushed = self.lanes.push(ticket, (self.runtime.monotonic(), item));
        let numbers = &self.numbers[lane as usize];
        numbers.waiting.set(self.lanes.waiting(lane) as f64);
        pushed.map_err(|_| {
            numbers.refused.increment(1);
            Refused::Full
        })
    }

    /// The request whose turn it is. Those that are not worth serving any more are left out on the way.
    pub(super) fn pop(&mut self) -> Option<T> {
        loop {
            let (lane, (since, item)) = self.lanes.pop()?;
            let waited = self.runtime.monotonic().saturating_sub(since);
            let numbers = &self.numbers[lane as usize];
            numbers.waiting.set(self.lanes.waiting(lane) as f64);
            numbers.waited.record(waited.as_secs_f64());
            if item.is_abandoned() {
                numbers.abandoned.increment(1);
            } else if waited > PATIENCE {
                numbers.expired.increment(1);
                item.expire();
            } else {
                return Some(item);
            }
        }
    }

    /// Nothing is waiting.
    pub(super) fn is_empty(&self) -> bool {
        [Lane::Internal, Lane::Client].iter().all(|lane| self.lanes.waiting(*lane) == 0)
    }

    /// Drops everything that waits.
    pub(super) fn clear(&mut self) {
        self.lanes = Lanes::default();
    }
}
