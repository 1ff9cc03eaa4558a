//! Watching the rows of a kind: the current ones, then every change by commit; or from a revision on.
//!
//! ```text
//! commits ─► Feed (one per kind, account and region somebody watches): which rows does this commit alter? computed and encoded once
//!             └─ Stream of row events, shared
//!                 └─ one Outgoing per client: picks out the name it asked for
//! ```
//!
//! A row shows more than its own record, so a [`RowTable`] keeps what each row's columns read and computes again only
//! the rows a commit can alter. What a client gets at revision r is a function of the records at r alone: so a client
//! that goes on at another member gets exactly what it missed, although that member never knew it. For that the
//! feed rewinds its view by the history of commits.
//!
//! There is no task and no queue per client: the stream is polled when the connection has room. A client that falls behind
//! what the feed keeps is told so (`Compacted`); nobody else waits for it.

mod feed;
mod outgoing;
mod table;

#[cfg(test)]
mod tests;

use super::error::{read_failed, throttled, watch_refused};
use super::{kind, rows};
use crate::admission::Refused;
use crate::core::Core;
use crate::replica::Replica;
use crate::watch::WatchError;
use controlplane_proto::api;
use controlplane_services_kernel::{Caller, KindEntry};
use controlplane_telemetry::metrics::catalogue::ROW_WATCHERS;
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{AccountId, RegionName, Runtime};
use feed::Feed;
use metrics::Gauge;
use outgoing::Outgoing;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tonic::Status;

pub(crate) use outgoing::WatchStream;

/// Clients that may watch at once at one member.
const WATCHERS: usize = 16 * 1024;

/// The feeds of this member, as far as somebody watches.
#[derive(Clone)]
pub(crate) struct RowFeeds(Arc<Shared>);

struct Shared {
    replica: Replica,
    runtime: Arc<dyn Runtime>,
    seats: Mutex<Seats>,
    watchers: Gauge,
}

#[derive(Default)]
struct Seats {
    taken: usize,
    feeds: BTreeMap<FeedName, Running>,
}

type FeedName = (&'static str, AccountId, RegionName);

struct Running {
    feed: Arc<Feed>,
    task: TaskHandle,
    watchers: usize,
}

/// One client's place at a feed, which runs as long as somebody has one.
struct Seat {
    feeds: RowFeeds,
    name: FeedName,
    feed: Arc<Feed>,
}

impl RowFeeds {
    /// Feeds over the records of this member.
    pub(crate) fn new(replica: Replica, runtime: Arc<dyn Runtime>) -> Self {
        let watchers = ROW_WATCHERS.gauge(&[]);
        Self(Arc::new(Shared { replica, runtime, seats: Mutex::default(), watchers }))
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sit(&self, kind: &'static KindEntry, caller: &Caller) -> Result<Seat, Refused> {
        let name = (kind.name, caller.account.clone(), caller.region.clone());
        let mut seats = self.seats();
        if seats.taken >= WATCHERS {
            return Err(Refused::Full);
        }
        let running = seats.feeds.entry(name.clone()).or_insert_with(|| {
            let (feed, follow) = Feed::new(kind, caller.clone(), &self.0.replica);
            let task = self.0.runtime.spawn("row-feed", Box::pin(follow));
            Running { feed, task, watchers: 0 }
        });
        running.watchers += 1;
        let feed = running.feed.clone();
        seats.taken += 1;
        self.0.watchers.increment(1.0);
        Ok(Seat { feeds: self.clone(), name, feed })
    }

    /// Begins a client's watch.
    pub(crate) async fn serve(
        &self,
        core: &Core,
        caller: Caller,
        request: api::WatchRequest,
    ) -> Result<WatchStream, Status> {
        let kind = kind(&request.kind)?;
        // The rows at the beginning are a read like any other.
        let _pass = core.reads.admit(&caller).await.map_err(throttled)?;
        let confirmed = core.reads.reader(caller.clone()).await.map_err(|error| read_failed(error.into()))?;
        let newest = confirmed.view.revision();
        let seat = self.sit(kind, &caller).map_err(throttled)?;
        seat.feed.reach(newest).await;
        let history = core.history().to_owned();
        let head = api::WatchEvent { columns: rows::columns(kind), history, ..api::WatchEvent::default() };
        let outgoing = match request.from_revision {
            0 => Ok(Outgoing::from_rows(seat, head, request.name)),
            _ if request.history != head.history => Err(WatchError::OutOfRange { newest }),
            from => Outgoing::resuming(seat, head, request.name, from),
        };
        Ok(outgoing.map_err(watch_refused)?.into_stream())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.feeds.seats();
        seats.taken -= 1;
        self.feeds.0.watchers.decrement(1.0);
        let Some(running) = seats.feeds.get_mut(&self.name) else { return };
        running.watchers -= 1;
        if running.watchers == 0 {
            running.task.abort();
            seats.feeds.remove(&self.name);
        }
    }
}
