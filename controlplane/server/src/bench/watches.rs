//! Who watches which key.
//!
//! One task follows the log's applied batches and hands each value to the watchers of its key. It follows batches and not
//! commits of the view, because a commit shows only the last value of a key.

use super::value::{BenchValue, key};
use bytes::Bytes;
use controlplane_raft::{Batch, Event, Outcome, RaftNode, Subscription};
use controlplane_services_kernel::record;
use controlplane_types::Runtime;
use hyper::body::{Body, Frame};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Values a watcher may be behind; past that its stream is broken off, so that it cannot hold the others up.
const BEHIND: usize = 1024;

/// Senders by the text of the key.
type Table = BTreeMap<String, Vec<mpsc::Sender<Bytes>>>;

/// The watchers of one server.
#[derive(Clone)]
pub(crate) struct Watches(Arc<Mutex<Table>>);

impl Watches {
    /// Follows what `node` applies.
    pub(crate) fn start(node: &RaftNode, runtime: &Arc<dyn Runtime>) -> Self {
        let watches = Self(Arc::default());
        let following = watches.clone().follow(node.subscribe());
        runtime.spawn("bench-watches", Box::pin(following));
        watches
    }

    /// Every value of `id` from now on.
    pub(super) fn watch(&self, id: &str) -> Watched {
        let (sender, values) = mpsc::channel(BEHIND);
        self.with(|table| table.entry(key(id).as_str().to_owned()).or_default().push(sender));
        Watched(values)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Table) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn follow(self, mut applied: Subscription) {
        while let Some(event) = applied.next().await {
            match event {
                Event::Batch { batch, outcome: Outcome::Applied, .. } => self.tell(&batch),
                Event::Batch { .. } => {}
                // Values were missed: nobody may believe that nothing happened.
                Event::Reload { .. } => self.with(Table::clear),
            }
        }
        self.with(Table::clear);
    }

    fn tell(&self, batch: &Batch) {
        self.with(|table| {
            if table.is_empty() {
                return;
            }
            for change in &batch.changes {
                let Some(watchers) = table.get_mut(&change.key) else { continue };
                let Some(line) = change.value.as_deref().and_then(line) else { continue };
                // A watcher that is full or gone loses its place; dropping the sender breaks its stream off.
                watchers.retain(|watcher| watcher.try_send(line.clone()).is_ok());
                if watchers.is_empty() {
                    table.remove(&change.key);
                }
            }
        });
    }
}

/// What a watcher of this value is sent.
fn line(record: &[u8]) -> Option<Bytes> {
    let value: BenchValue = record::decode(record).ok()?;
    let mut line = Vec::from(value.bytes);
    line.push(b'\n');
    Some(line.into())
}

/// The values of one key, as the body of an answer.
pub(crate) struct Watched(mpsc::Receiver<Bytes>);

/// The stream is over, and not because there will be no more values.
#[derive(Debug, thiserror::Error)]
#[error("the server stopped or the watcher fell behind")]
pub(crate) struct BrokenOff;

impl Body for Watched {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.0.poll_recv(cx).map(|line| Some(line.map(Frame::data).ok_or(BrokenOff)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_raft::Change;

    fn batch(values: &[(&str, &str)]) -> Batch {
        let change = |(id, value): &(&str, &str)| {
            let value = BenchValue { bytes: value.as_bytes().to_vec().into() };
            Change { key: key(id).as_str().to_owned(), value: Some(record::encode(&value)) }
        };
        Batch { changes: values.iter().map(change).collect(), ..Batch::default() }
    }

    fn received(watched: &mut Watched) -> Vec<Bytes> {
        std::iter::from_fn(|| watched.0.try_recv().ok()).collect()
    }

    #[test]
    fn every_value_of_the_watched_key_arrives_once_and_in_order() {
        let watches = Watches(Arc::default());
        let (mut a, mut b) = (watches.watch("a"), watches.watch("b"));
        watches.tell(&batch(&[("a", "1"), ("b", "x"), ("a", "2"), ("c", "-")]));
        watches.tell(&batch(&[("a", "3")]));
        assert_eq!(received(&mut a), ["1\n", "2\n", "3\n"]);
        assert_eq!(received(&mut b), ["x\n"]);
    }

    #[test]
    fn a_slow_watcher_is_broken_off_and_the_others_go_on() {
        let watches = Watches(Arc::default());
        let (mut slow, mut quick) = (watches.watch("a"), watches.watch("a"));
        for number in 0..=BEHIND {
            watches.tell(&batch(&[("a", &number.to_string())]));
            assert_eq!(received(&mut quick).len(), 1, "value {number}");
        }
        assert_eq!(received(&mut slow).len(), BEHIND);
        assert!(slow.0.is_closed());
        assert!(!quick.0.is_closed());
    }

    #[test]
    fn watchers_that_left_are_forgotten() {
        let watches = Watches(Arc::default());
        drop(watches.watch("a"));
        watches.tell(&batch(&[("a", "1")]));
        assert!(watches.with(|table| table.is_empty()));
    }
}
