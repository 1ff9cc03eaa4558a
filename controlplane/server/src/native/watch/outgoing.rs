//! What one client is sent.

use super::Seat;
use super::feed::RowEvent;
use super::table::{RowChanged, RowVersion};
use crate::native::error::watch_refused;
use crate::watch::{Cursor, Next, WatchError};
use controlplane_proto::api::{self, row_change::Change};
use controlplane_telemetry::metrics::catalogue::ROW_WATCH_LOST;
use controlplane_types::Revision;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use std::collections::VecDeque;
use std::sync::Arc;
use tonic::Status;

/// Rows in one message; more of one revision are sent in parts.
const PART: usize = 256;

/// A client's events.
pub(crate) type WatchStream = BoxStream<'static, Result<api::WatchEvent, Status>>;

/// One client's watch.
pub(super) struct Outgoing {
    seat: Seat,
    name: String,
    /// Ready to be sent.
    parts: VecDeque<api::WatchEvent>,
    cursor: Cursor<RowEvent>,
    over: bool,
}

impl Outgoing {
    /// Begins with the current rows.
    pub(super) fn from_rows(seat: Seat, head: api::WatchEvent, name: String) -> Self {
        let (revision, rows, cursor) = seat.feed.rows(&name);
        let changes = rows.iter().map(|version| change(Change::Added, version));
        let mut parts = split(revision, changes.collect());
        match parts.back_mut() {
            Some(last) => last.synced = true,
            None => parts.push_back(api::WatchEvent { revision, synced: true, ..api::WatchEvent::default() }),
        }
        parts.push_front(api::WatchEvent { revision, partial: true, ..head });
        Self { seat, name, parts, cursor, over: false }
    }

    /// Begins with what happened after `from`.
    pub(super) fn resuming(
        seat: Seat,
        head: api::WatchEvent,
        name: String,
        from: Revision,
    ) -> Result<Self, WatchError> {
        let cursor = seat.feed.resume(from)?;
        let head = api::WatchEvent { revision: from, synced: true, ..head };
        Ok(Self { seat, name, parts: VecDeque::from([head]), cursor, over: false })
    }

    pub(super) fn into_stream(self) -> WatchStream {
        stream::unfold(self, |mut outgoing| async move { outgoing.next().await.map(|next| (next, outgoing)) })
            .boxed()
    }

    async fn next(&mut self) -> Option<Result<api::WatchEvent, Status>> {
        loop {
            if let Some(part) = self.parts.pop_front() {
                return Some(Ok(part));
            }
            if self.over {
                return None;
            }
            match self.cursor.next().await {
                Next::Event(revision, event) => self.parts = split(revision, self.pick(&event)),
                Next::Lost => return self.end(self.lost()),
                Next::Closed => return self.end(Status::unavailable("the server is stopping")),
            }
        }
    }

    /// The last message of all.
    fn end(&mut self, status: Status) -> Option<Result<api::WatchEvent, Status>> {
        self.over = true;
        Some(Err(status))
    }

    fn lost(&self) -> Status {
        ROW_WATCH_LOST.counter(&[]).increment(1);
        watch_refused(WatchError::Compacted { oldest: self.seat.feed.since() })
    }

    /// What the client sees of an event: a row that gets or loses the name it asked for comes or goes.
    fn pick(&self, event: &RowEvent) -> Vec<api::RowChange> {
        let called = |version: &&Arc<RowVersion>| version.is_called(&self.name);
        let picked = event.iter().filter_map(|RowChanged { before, after }| {
            match (before.as_ref().filter(called), after.as_ref().filter(called)) {
                (None, None) => None,
                (None, Some(after)) => Some(change(Change::Added, after)),
                (Some(_), Some(after)) => Some(change(Change::Modified, after)),
                (Some(before), None) => Some(change(Change::Deleted, before)),
            }
        });
        picked.collect()
    }
}

fn change(change: Change, version: &RowVersion) -> api::RowChange {
    api::RowChange { change: change.into(), row: version.row.clone() }
}

/// Messages that together say what happened at one revision.
fn split(revision: Revision, changes: Vec<api::RowChange>) -> VecDeque<api::WatchEvent> {
    let mut parts: VecDeque<_> = changes
        .chunks(PART)
        .map(|part| api::WatchEvent {
            revision,
            partial: true,
            changes: part.to_vec(),
            ..api::WatchEvent::default()
        })
        .collect();
    if let Some(last) = parts.back_mut() {
        last.partial = false;
    }
    parts
}
