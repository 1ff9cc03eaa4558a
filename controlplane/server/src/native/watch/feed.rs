//! One kind's rows for one account: kept true by a task, read by everybody who watches them.

use super::table::{RowChanged, RowTable, RowVersion};
use crate::replica::{Applied, Followed, Follower, Replica};
use crate::watch::{Cursor, Event, Stream, WatchError};
use controlplane_services_kernel::{Caller, KindEntry, View};
use controlplane_telemetry::metrics::catalogue::ROW_WATCH_EVENTS;
use controlplane_types::{Revision, Timestamp};
use metrics::Counter;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Row events a client may be behind.
const EVENTS: usize = 4096;
/// Bytes of rows in them.
const BYTES: usize = 8 << 20;
/// Commits before the one asked for that are computed with it: whoever comes next was about there too.
const BEFORE: Revision = 256;

/// What one commit did to the rows.
pub(super) type RowEvent = Vec<RowChanged>;

/// The rows and what happened to them lately.
pub(super) struct Feed {
    kind: &'static KindEntry,
    caller: Caller,
    replica: Replica,
    state: Mutex<State>,
    stream: Arc<Stream<RowEvent>>,
    reached: watch::Sender<Revision>,
    computed: Counter,
}

/// The rows of `view`.
struct State {
    table: RowTable,
    view: View,
    now: Timestamp,
    /// Revision and size of each event in the stream.
    sizes: VecDeque<(Revision, usize)>,
    bytes: usize,
}

impl Feed {
    /// A feed that begins with the newest records, and the task that keeps it true.
    pub(super) fn new(
        kind: &'static KindEntry,
        caller: Caller,
        replica: &Replica,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        // Following begins before reading, so that no commit falls between.
        let commits = replica.follow();
        let Applied { view, now, .. } = replica.applied();
        let revision = view.revision();
        let table = RowTable::load(kind, caller.clone(), &view, now);
        let feed = Arc::new(Self {
            kind,
            caller,
            replica: replica.clone(),
            state: Mutex::new(State { table, view, now, sizes: VecDeque::new(), bytes: 0 }),
            stream: Arc::new(Stream::new(revision)),
            reached: watch::Sender::new(revision),
            computed: ROW_WATCH_EVENTS.counter(&[]),
        });
        (feed.clone(), feed.follow(commits))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(self: Arc<Self>, mut commits: Follower) {
        loop {
            match commits.next().await {
                Followed::Commit(commit) => self.take(&commit.event, &commit.after),
                Followed::Resync => self.jump(self.replica.applied()),
                Followed::Closed => return self.stream.close(),
            }
        }
    }

    fn take(&self, event: &Event, after: &View) {
        let mut state = self.state();
        if event.revision <= state.view.revision() {
            return;
        }
        let changed = state.table.step(event, after);
        self.advance(&mut state, after.clone(), event.now, changed);
    }

    fn jump(&self, applied: Applied) {
        let mut state = self.state();
        if applied.view.revision() <= state.view.revision() {
            return;
        }
        let changed = state.table.jump(&applied.view, applied.now);
        self.advance(&mut state, applied.view, applied.now, changed);
    }

    fn advance(&self, state: &mut State, view: View, now: Timestamp, changed: RowEvent) {
        let revision = view.revision();
        (state.view, state.now) = (view, now);
        if !changed.is_empty() {
            self.computed.increment(1);
            state.grow(revision, &changed);
            self.stream.push(revision, Arc::new(changed));
            if let Some(forgotten) = state.shrink() {
                self.stream.forget_through(forgotten);
            }
        }
        self.reached.send_replace(revision);
    }

    /// Waits until the rows are those of `revision` or newer.
    pub(super) async fn reach(&self, revision: Revision) {
        // The sender is a part of `self`, so there is no error.
        let _ = self.reached.subscribe().wait_for(|reached| *reached >= revision).await;
    }

    /// The rows that are called so, their revision, and what comes after it.
    pub(super) fn rows(&self, name: &str) -> (Revision, Vec<Arc<RowVersion>>, Cursor<RowEvent>) {
        let state = self.state();
        let revision = state.view.revision();
        let rows = state.table.rows().filter(|version| version.is_called(name)).cloned().collect();
        (revision, rows, self.stream.cursor(revision))
    }

    /// The earliest revision after which every event is here.
    pub(super) fn since(&self) -> Revision {
        self.stream.since()
    }

    /// What comes after `from`.
    pub(super) fn resume(&self, from: Revision) -> Result<Cursor<RowEvent>, WatchError> {
        let mut state = self.state();
        if from > state.view.revision() {
            return Err(WatchError::OutOfRange { newest: state.view.revision() });
        }
        if from < self.stream.since() {
            self.look_back(&mut state, from)?;
        }
        Ok(self.stream.cursor(from))
    }

    /// Computes what happened after `from` and is not in the stream yet.
    fn look_back(&self, state: &mut State, from: Revision) -> Result<(), WatchError> {
        let begin = from.saturating_sub(BEFORE).max(self.replica.history_since()).min(from);
        let mut commits = self.replica.history_after(begin)?;
        commits.retain(|event| event.revision <= state.view.revision());
        let mut view = state.view.clone();
        commits.iter().rev().for_each(|event| event.undo(&mut view));
        view.set_revision(begin);
        let now = commits.first().map_or(state.now, |event| event.now);
        let mut table = RowTable::load(self.kind, self.caller.clone(), &view, now);
        let since = self.stream.since();
        let mut older = Vec::new();
        for event in commits.iter().take_while(|event| event.revision <= since) {
            event.redo(&mut view);
            let changed = table.step(event, &view);
            if !changed.is_empty() {
                older.push((event.revision, Arc::new(changed)));
            }
        }
        for (revision, changed) in older.iter().rev() {
            state.grow_back(*revision, changed);
        }
        self.stream.extend_back(begin, older);
        Ok(())
    }
}

fn size(changed: &RowEvent) -> usize {
    changed.iter().map(RowChanged::bytes).sum()
}

impl State {
    fn grow(&mut self, revision: Revision, changed: &RowEvent) {
        self.sizes.push_back((revision, size(changed)));
        self.bytes += size(changed);
    }

    fn grow_back(&mut self, revision: Revision, changed: &RowEvent) {
        self.sizes.push_front((revision, size(changed)));
        self.bytes += size(changed);
    }

    /// Up to which revision events have to go to stay within the bounds.
    fn shrink(&mut self) -> Option<Revision> {
        let mut forgotten = None;
        while self.sizes.len() > EVENTS || self.bytes > BYTES {
            let Some((revision, bytes)) = self.sizes.pop_front() else { break };
            self.bytes -= bytes;
            forgotten = Some(revision);
        }
        forgotten
    }
}
