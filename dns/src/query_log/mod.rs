//! The log of queries, in Route 53's format (route53.md section 15).
//!
//! Whoever answers copies what a line needs into a ring of his own and goes on: no lock, no allocation, no waiting. A ring that is
//! full loses lines, and they are counted. One thread empties the rings and hands the lines to a [`LogSink`].
//!
//! The rings are the standard library's bounded channels, of which one end only ever tries: they are allocated whole, and a sender
//! meets a lock only when a receiver sleeps, which this one does elsewhere.

mod entry;
mod files;
mod writer;

pub use entry::Entry;
pub use files::{Files, Limits};

use crate::answer::{Arrival, logged};
use crate::board::Board;
use crate::compile::Snapshot;
use controlplane_types::{Runtime, Timestamp};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;
use writer::Writer;

/// Lines one ring holds: what a worker answers in the time between two looks, at 400,000 each second.
const RING: usize = 8192;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// The same while no zone is logged.
const IDLE_LOOK: Duration = Duration::from_millis(200);

/// Where lines go: files of this machine, or a service of logs.
pub trait LogSink: Send + 'static {
    /// Appends whole lines, each with its end, to a stream of a log group.
    fn append(&mut self, group: &str, stream: &str, lines: &str) -> io::Result<()>;
}

/// One answering thread's end of its ring.
#[derive(Clone)]
pub(crate) struct Recorder {
    ring: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl Recorder {
    /// Keeps a line for a query that was answered, if its zone is logged.
    pub(crate) fn note(
        &self,
        snapshot: &Snapshot,
        query: &[u8],
        reply: &[u8],
        arrival: &Arrival,
        at: Timestamp,
    ) {
        let came = (arrival.transport, arrival.peer);
        let entry = logged(snapshot, query).and_then(|logged| Entry::new(&logged, reply, at, came));
        if let Some(entry) = entry {
            self.record(entry);
        }
    }

    /// Keeps a line, if there is room.
    fn record(&self, entry: Entry) {
        if let Err(TrySendError::Full(_)) = self.ring.try_send(entry) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The other end of a ring.
pub(crate) struct Ring {
    entries: Receiver<Entry>,
    lost: Arc<AtomicU64>,
}

#[cfg(test)]
impl Ring {
    /// Lines in it, which are taken out.
    pub(crate) fn len(&self) -> usize {
        self.entries.try_iter().count()
    }
}

/// A ring's two ends.
pub(crate) fn ring() -> (Recorder, Ring) {
    let (ring, entries) = mpsc::sync_channel(RING);
    let lost = Arc::<AtomicU64>::default();
    (Recorder { ring, lost: lost.clone() }, Ring { entries, lost })
}

/// The thread that writes. What the rings hold is written before it ends.
pub(crate) struct QueryLog {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl QueryLog {
    /// Starts it, with a recorder for each of `count` answering threads. `edge` stands for this server in every line.
    pub(crate) fn start(
        count: usize,
        edge: String,
        (board, runtime): (Arc<Board>, Arc<dyn Runtime>),
        sink: impl LogSink,
    ) -> io::Result<(Self, Vec<Recorder>)> {
        let (recorders, rings): (Vec<Recorder>, Vec<Ring>) = (0..count).map(|_| ring()).unzip();
        let (stop, stopped) = mpsc::sync_channel(0);
        let mut writer = Writer::new(rings, edge, sink);
        let run = move || {
            loop {
                let look = if board.snapshot().query_logs.is_empty() { IDLE_LOOK } else { LOOK };
                let over = stopped.recv_timeout(look) != Err(RecvTimeoutError::Timeout);
                // Seen now and not before: what came meanwhile may be of a zone that was not logged then.
                let logs = board.snapshot().query_logs.clone();
                writer.write(&logs, runtime.monotonic());
                if over {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("dns-query-log".to_owned()).spawn(run)?;
        Ok((Self { stop: Some(stop), thread: Some(thread) }, recorders))
    }
}

impl Drop for QueryLog {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has told of itself.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
