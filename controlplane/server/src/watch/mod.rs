//! Following committed records: by key or by what keys begin with, from any revision that is still in the history.
//!
//! ```text
//! replica ─► Hub: history of commits (bounded in number and bytes, the same on every member)
//!             └─ one Stream per selector somebody watches: the commits that concern it, by revision
//!                 └─ one Cursor per watcher: "I have everything up to revision r"
//! ```
//!
//! A watcher is a cursor into events that everybody who watches the same thing shares. There is no queue and no task per
//! watcher, so ten thousand of them cost a commit nothing unless it touches what they watch, and then one wake-up each;
//! the event itself is made once. What bounds a slow watcher is the history: when a commit leaves it, it leaves every
//! stream, and a cursor that was still behind it is told to resync. Nobody else notices. (A queue per watcher was the
//! alternative: its bound times ten thousand is memory that has to be there, and filling the queues is work
//! for every commit.)
//!
//! Revisions are replicated, so a watcher that gives its last one to another member goes on there: what it gets is the same
//! suffix of the same list of commits. What readers get wrong: a revision is only good as a place to go on from
//! when *all* events of that revision were taken, which is why one commit is one event.

mod history;
mod hub;
mod stream;

#[cfg(test)]
mod tests;

pub use history::Limits;
pub(crate) use hub::Hub;
pub use hub::Watcher;
pub(crate) use stream::{Cursor, Next, Stream};

use controlplane_services_kernel::{StoredRecord, View};
use controlplane_types::{Key, Revision, Timestamp};
use std::sync::Arc;

/// Which records to follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// One record.
    Key(Key),
    /// Every record whose key begins with this: `account/`, `account/scope/` or `account/scope/kind/`. Another text is
    /// no beginning of a key and so never has events.
    Under(String),
}

impl Selector {
    fn names(&self, key: &Key) -> bool {
        match self {
            Self::Key(wanted) => wanted == key,
            Self::Under(text) => key.as_str().starts_with(text.as_str()),
        }
    }
}

/// One record before and after a commit.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Which.
    pub key: Key,
    /// What it was, and the revision that had written it; `None` when there was none.
    pub before: Option<(Revision, StoredRecord)>,
    /// What it is; `None` when it is gone.
    pub after: Option<StoredRecord>,
}

/// One commit, or the part of it that a selector names.
#[derive(Clone, Debug)]
pub struct Event {
    /// The revision all records have after it.
    pub revision: Revision,
    /// The leader's time at the commit.
    pub now: Timestamp,
    /// What changed, in the order of the log. A key stands here as often as the commit wrote it.
    pub changes: Vec<Changed>,
}

impl Event {
    /// The records before this commit, given those after it.
    pub(crate) fn undo(&self, view: &mut View) {
        for changed in self.changes.iter().rev() {
            match &changed.before {
                Some((revision, record)) => view.put(*revision, &changed.key, record.clone()),
                None => view.delete(self.revision, &changed.key),
            }
        }
    }

    /// The records after this commit, given those before it.
    pub(crate) fn redo(&self, view: &mut View) {
        for changed in &self.changes {
            match &changed.after {
                Some(record) => view.put(self.revision, &changed.key, record.clone()),
                None => view.delete(self.revision, &changed.key),
            }
        }
    }
}

/// What a watcher gets.
#[derive(Clone, Debug)]
pub enum Watched {
    /// The next commit that concerns it.
    Event(Arc<Event>),
    /// Commits were missed, because the watcher was too slow or a snapshot replaced the records: read everything again.
    Resync,
    /// The server is stopping.
    Closed,
}

/// Why a watch cannot begin at a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The commits after it are not kept any more.
    #[error("commits are kept from revision {oldest} on")]
    Compacted {
        /// The earliest revision a watch can begin at.
        oldest: Revision,
    },
    /// It has not happened here: it comes from another incarnation of the cluster, or from another cluster.
    #[error("the newest revision is {newest}")]
    OutOfRange {
        /// The newest revision.
        newest: Revision,
    },
}
