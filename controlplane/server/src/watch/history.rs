//! The newest commits, bounded in number and in bytes.

use super::{Event, WatchError};
use controlplane_types::Revision;
use std::collections::VecDeque;
use std::sync::Arc;

/// How much history is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commits.
    pub commits: usize,
    /// Bytes of their keys and values, as in the log. Both states of a record are kept, so memory can be twice this.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { commits: 16 * 1024, bytes: 24 << 20 }
    }
}

/// The commits after `since`, up to `newest`, none missing.
pub(super) struct History {
    limits: Limits,
    commits: VecDeque<(Arc<Event>, usize)>,
    bytes: usize,
    since: Revision,
    newest: Revision,
}

impl History {
    pub(super) fn new(limits: Limits, newest: Revision) -> Self {
        Self { limits, commits: VecDeque::new(), bytes: 0, since: newest, newest }
    }

    pub(super) fn newest(&self) -> Revision {
        self.newest
    }

    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, event: Arc<Event>, bytes: usize) {
        self.newest = event.revision;
        self.bytes += bytes;
        self.commits.push_back((event, bytes));
    }

    /// Takes out the oldest commit if there is more than may be kept.
    pub(super) fn evict(&mut self) -> Option<Arc<Event>> {
        if self.commits.len() <= self.limits.commits && self.bytes <= self.limits.bytes {
            return None;
        }
        let (event, bytes) = self.commits.pop_front()?;
        self.bytes -= bytes;
        self.since = event.revision;
        Some(event)
    }

    /// Forgets everything: the records are now those of `revision`, and nobody knows how they came to be.
    pub(super) fn reset(&mut self, revision: Revision) {
        *self = Self::new(self.limits, revision);
    }

    /// Whether the commits after `from` are here.
    pub(super) fn check(&self, from: Revision) -> Result<(), WatchError> {
        match from {
            from if from > self.newest => Err(WatchError::OutOfRange { newest: self.newest }),
            from if from < self.since => Err(WatchError::Compacted { oldest: self.since }),
            _ => Ok(()),
        }
    }

    /// The commits after `from`, oldest first.
    pub(super) fn after(&self, from: Revision) -> Result<impl Iterator<Item = &Arc<Event>>, WatchError> {
        self.check(from)?;
        let start = self.commits.partition_point(|(event, _)| event.revision <= from);
        Ok(self.commits.range(start..).map(|(event, _)| event))
    }

    /// The earliest revision there are commits after.
    pub(super) fn since(&self) -> Revision {
        self.since
    }
}
