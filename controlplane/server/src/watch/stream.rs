//! Events that several watchers share, and the place each has reached in them.

use controlplane_types::Revision;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Events of one subject by revision, for any number of [`Cursor`]s.
pub(crate) struct Stream<E> {
    ring: Mutex<Ring<E>>,
    /// Says that there is something to look at; the value only says whether it is the end.
    head: watch::Sender<bool>,
}

/// Every event after `since`.
struct Ring<E> {
    since: Revision,
    events: VecDeque<(Revision, Arc<E>)>,
}

impl<E> Stream<E> {
    /// A stream that knows what happens after `since`.
    pub(crate) fn new(since: Revision) -> Self {
        let ring = Ring { since, events: VecDeque::new() };
        Self { ring: Mutex::new(ring), head: watch::Sender::new(false) }
    }

    fn ring(&self) -> MutexGuard<'_, Ring<E>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the newest event and wakes whoever waits.
    pub(crate) fn push(&self, revision: Revision, event: Arc<E>) {
        self.ring().events.push_back((revision, event));
        self.head.send_replace(false);
    }

    /// Adds what happened after `since` and is not here yet; `older` is in order.
    pub(crate) fn extend_back(&self, since: Revision, older: Vec<(Revision, Arc<E>)>) {
        let mut ring = self.ring();
        for event in older.into_iter().rev() {
            ring.events.push_front(event);
        }
        ring.since = since;
    }

    /// The revision after which every event is here.
    pub(crate) fn since(&self) -> Revision {
        self.ring().since
    }

    /// How many events are here.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.ring().events.len()
    }

    /// Drops the events up to `revision`.
    pub(crate) fn forget_through(&self, revision: Revision) {
        let mut ring = self.ring();
        while let Some((oldest, _)) = ring.events.front()
            && *oldest <= revision
        {
            ring.since = *oldest;
            ring.events.pop_front();
        }
    }

    /// Drops every event: what happened up to `revision` is unknown. Whoever is not there yet has to resync.
    pub(crate) fn lose(&self, revision: Revision) {
        let mut ring = self.ring();
        ring.events.clear();
        ring.since = revision;
        drop(ring);
        self.head.send_replace(false);
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.head.send_replace(true);
    }

    /// A reader that has everything up to `after`.
    pub(crate) fn cursor(self: &Arc<Self>, after: Revision) -> Cursor<E> {
        Cursor { stream: self.clone(), head: self.head.subscribe(), after }
    }
}

/// What a cursor finds.
pub(crate) enum Next<E> {
    /// The next event and its revision.
    Event(Revision, Arc<E>),
    /// Events in between are gone.
    Lost,
    /// Nothing more will come.
    Closed,
}

/// How far one watcher has come.
pub(crate) struct Cursor<E> {
    stream: Arc<Stream<E>>,
    head: watch::Receiver<bool>,
    after: Revision,
}

impl<E> Cursor<E> {
    /// The next event. May be dropped while it waits; nothing is lost by that.
    pub(crate) async fn next(&mut self) -> Next<E> {
        loop {
            // Marked before looking, so that an event which comes in between wakes the wait below.
            let closed = *self.head.borrow_and_update();
            if let Some(next) = self.look() {
                return next;
            }
            if closed || self.head.changed().await.is_err() {
                return Next::Closed;
            }
        }
    }

    fn look(&mut self) -> Option<Next<E>> {
        let ring = self.stream.ring();
        if self.after < ring.since {
            return Some(Next::Lost);
        }
        let place = ring.events.partition_point(|(revision, _)| *revision <= self.after);
        let (revision, event) = ring.events.get(place)?;
        self.after = *revision;
        Some(Next::Event(*revision, event.clone()))
    }

    /// The revision of the newest event taken, or the one it began at.
    pub(crate) fn after(&self) -> Revision {
        self.after
    }
}
