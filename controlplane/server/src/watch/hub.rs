//! Where commits come in and watchers find them.

use super::history::History;
use super::{Changed, Cursor, Event, Limits, Next, Selector, Stream, WatchError, Watched};
use controlplane_telemetry::metrics::catalogue::{
    WATCH_HISTORY_BYTES, WATCH_HISTORY_COMMITS, WATCH_RESYNCS, WATCH_WATCHERS,
};
use controlplane_types::{Key, Revision};
use metrics::{Counter, Gauge};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The history and everybody who follows it.
pub(crate) struct Hub {
    state: Mutex<State>,
    numbers: Numbers,
}

struct State {
    history: History,
    streams: Streams,
    closed: bool,
}

/// One stream for everybody who watches the same thing.
struct Shared {
    /// Streams are woken in this order, so that a simulation replays.
    number: u64,
    stream: Arc<Stream<Event>>,
    watchers: usize,
}

/// Streams by what they name. A commit looks up each of its keys here, whole and cut after each part; it never goes through
/// all of them.
#[derive(Default)]
struct Streams {
    next: u64,
    exact: BTreeMap<Key, Shared>,
    under: BTreeMap<String, Shared>,
}

struct Numbers {
    watchers: Gauge,
    commits: Gauge,
    bytes: Gauge,
    resyncs: Counter,
}

impl Hub {
    /// A hub whose records are those of `revision`.
    pub(crate) fn new(limits: Limits, revision: Revision) -> Arc<Self> {
        let history = History::new(limits, revision);
        let numbers = Numbers {
            watchers: WATCH_WATCHERS.gauge(&[]),
            commits: WATCH_HISTORY_COMMITS.gauge(&[]),
            bytes: WATCH_HISTORY_BYTES.gauge(&[]),
            resyncs: WATCH_RESYNCS.counter(&[]),
        };
        let state = State { history, streams: Streams::default(), closed: false };
        Arc::new(Self { state: Mutex::new(state), numbers })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the next commit, of so many bytes, and shows its parts to whoever watches them.
    pub(crate) fn publish(&self, event: Arc<Event>, bytes: usize) {
        let mut state = self.state();
        state.history.push(event.clone(), bytes);
        while let Some(oldest) = state.history.evict() {
            for stream in state.streams.concerned(&oldest.changes).values() {
                stream.0.forget_through(oldest.revision);
            }
        }
        for (stream, changes) in state.streams.concerned(&event.changes).into_values() {
            let whole = changes.len() == event.changes.len();
            let part = if whole { event.clone() } else { Arc::new(part(&event, changes)) };
            stream.push(event.revision, part);
        }
        self.numbers.commits.set(state.history.len() as f64);
        self.numbers.bytes.set(state.history.bytes() as f64);
    }

    /// The records were replaced by those of `revision`.
    pub(crate) fn reset(&self, revision: Revision) {
        let mut state = self.state();
        state.history.reset(revision);
        state.streams.all().for_each(|shared| shared.stream.lose(revision));
    }

    /// The server is stopping.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.streams.all().for_each(|shared| shared.stream.close());
    }

    /// Every commit after `from` that concerns `selector`.
    pub(crate) fn watch(self: &Arc<Self>, selector: Selector, from: Revision) -> Result<Watcher, WatchError> {
        let mut state = self.state();
        let State { history, streams, closed } = &mut *state;
        // Checked before a stream is made for nothing.
        history.check(from)?;
        let shared = streams.get(&selector, history.newest());
        cover(&shared.stream, &selector, history, from)?;
        if *closed {
            shared.stream.close();
        }
        shared.watchers += 1;
        self.numbers.watchers.increment(1.0);
        let cursor = shared.stream.cursor(from);
        Ok(Watcher { hub: self.clone(), selector, cursor })
    }

    /// The commits after `from`, oldest first.
    pub(crate) fn after(&self, from: Revision) -> Result<Vec<Arc<Event>>, WatchError> {
        Ok(self.state().history.after(from)?.cloned().collect())
    }

    /// The earliest revision a watch can begin at.
    pub(crate) fn since(&self) -> Revision {
        self.state().history.since()
    }

    /// How many streams there are, and events in them.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        let mut state = self.state();
        let lengths: Vec<usize> = state.streams.all().map(|shared| shared.stream.len()).collect();
        (lengths.len(), lengths.iter().sum())
    }
}

/// Sees to it that the stream goes back to `from`.
fn cover(
    stream: &Stream<Event>,
    selector: &Selector,
    history: &History,
    from: Revision,
) -> Result<(), WatchError> {
    let since = stream.since();
    if since <= from {
        return Ok(());
    }
    let missing = history.after(from)?.take_while(|event| event.revision <= since);
    let older = missing.filter_map(|event| {
        let named = event.changes.iter().filter(|changed| selector.names(&changed.key));
        let changes: Vec<Changed> = named.cloned().collect();
        (!changes.is_empty()).then(|| (event.revision, Arc::new(part(event, changes))))
    });
    stream.extend_back(from, older.collect());
    Ok(())
}

fn part(event: &Event, changes: Vec<Changed>) -> Event {
    Event { revision: event.revision, now: event.now, changes }
}

impl Streams {
    fn get(&mut self, selector: &Selector, newest: Revision) -> &mut Shared {
        let number = self.next;
        self.next += 1;
        let make = || Shared { number, stream: Arc::new(Stream::new(newest)), watchers: 0 };
        match selector {
            Selector::Key(key) => self.exact.entry(key.clone()).or_insert_with(make),
            Selector::Under(text) => self.under.entry(text.clone()).or_insert_with(make),
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Shared> {
        self.exact.values_mut().chain(self.under.values_mut())
    }

    /// The streams that some of `changes` concern, with those changes.
    fn concerned(&self, changes: &[Changed]) -> BTreeMap<u64, (Arc<Stream<Event>>, Vec<Changed>)> {
        let mut concerned = BTreeMap::new();
        if self.exact.is_empty() && self.under.is_empty() {
            return concerned;
        }
        for changed in changes {
            for shared in self.of(&changed.key) {
                let entry = concerned.entry(shared.number);
                entry.or_insert_with(|| (shared.stream.clone(), Vec::new())).1.push(changed.clone());
            }
        }
        concerned
    }

    fn of<'s>(&'s self, key: &'s Key) -> impl Iterator<Item = &'s Shared> {
        let text = key.as_str();
        let cuts = text.match_indices('/').take(3).map(|(place, _)| &text[..=place]);
        self.exact.get(text).into_iter().chain(cuts.filter_map(|cut| self.under.get(cut)))
    }

    fn leave(&mut self, selector: &Selector) {
        let shared = match selector {
            Selector::Key(key) => self.exact.get_mut(key),
            Selector::Under(text) => self.under.get_mut(text),
        };
        let Some(shared) = shared else { return };
        shared.watchers -= 1;
        if shared.watchers > 0 {
            return;
        }
        match selector {
            Selector::Key(key) => self.exact.remove(key),
            Selector::Under(text) => self.under.remove(text),
        };
    }
}

/// Reads the commits that concern one selector, in order, each once.
pub struct Watcher {
    hub: Arc<Hub>,
    selector: Selector,
    cursor: Cursor<Event>,
}

impl Watcher {
    /// The next commit. May be dropped while it waits; nothing is lost by that. After [`Watched::Resync`] nothing else
    /// comes: begin a new watch at the revision of what was read again.
    pub async fn next(&mut self) -> Watched {
        match self.cursor.next().await {
            Next::Event(_, event) => Watched::Event(event),
            Next::Lost => {
                self.hub.numbers.resyncs.increment(1);
                Watched::Resync
            }
            Next::Closed => Watched::Closed,
        }
    }

    /// The revision of the newest commit it gave, or the one it began at.
    pub fn revision(&self) -> Revision {
        self.cursor.after()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.hub.state().streams.leave(&self.selector);
        self.hub.numbers.watchers.decrement(1.0);
    }
}
