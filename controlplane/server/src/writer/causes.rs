//! Which request the newest changes of records are due to, for traces (design/0037).
//!
//! A request answers when its change is committed, but its work goes on: a controller places the instance, an agent starts it and
//! reports. None of them may read who asked from the records: the log would carry what only an observer wants, and a member
//! that traces would write other bytes than one that does not. So the leader remembers beside the log, for a while, which
//! trace last changed which record; whoever acts on the record asks here, and what that changes is remembered in turn.
//!
//! What readers get wrong: this is best effort on purpose. It is lost with the leadership, bounded in number and in time (what
//! happens to an instance an hour later is not due to its launch), and empty unless a traced request came.

use controlplane_services_kernel::Changes;
use controlplane_telemetry::trace::{Context, Side, Span};
use controlplane_types::{Key, Runtime};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Records that are remembered.
const MOST_RECORDS: usize = 4096;
/// How long after its first change here a trace may go on.
const MEMORY: Duration = Duration::from_secs(300);

/// The traces of the newest changes.
#[derive(Clone)]
pub(crate) struct Causes(Arc<Shared>);

struct Shared {
    runtime: Arc<dyn Runtime>,
    kept: Mutex<Kept>,
    /// How many there are, so that nobody takes the lock to find none.
    count: AtomicUsize,
}

#[derive(Default)]
struct Kept {
    by_record: BTreeMap<Record, Cause>,
    /// In the order they were noted; a record noted again is in there twice.
    order: VecDeque<(Record, u64)>,
    number: u64,
}

/// Kind and id: agents know no accounts.
type Record = (String, String);

struct Cause {
    context: Context,
    /// When the trace first changed something here.
    since: Duration,
    number: u64,
}

impl Causes {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Shared { runtime, kept: Mutex::default(), count: AtomicUsize::new(0) }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn are_empty(&self) -> bool {
        self.0.count.load(Ordering::Relaxed) == 0
    }

    /// Whether work with this span may be a part of any trace.
    pub(super) fn concern(&self, span: &Span) -> bool {
        span.is_recorded() || !self.are_empty()
    }

    /// The trace that the newest change of a record is part of.
    pub(crate) fn of(&self, kind: &str, id: &str) -> Option<Context> {
        if self.are_empty() {
            return None;
        }
        let now = self.0.runtime.monotonic();
        self.kept().find(&(kind.to_owned(), id.to_owned()), now).map(|(context, _)| context)
    }

    /// What `who` does about a record, as part of the trace that its newest change is part of.
    pub(crate) fn span_of(&self, key: &Key, who: &'static str) -> Span {
        Span::under(self.of(key.kind(), key.id()), who, Side::Internal)
    }

    /// Ends the span of the operation that made `changes` and remembers them; the spans of their commit. Work that began
    /// outside of every trace and changes what traces changed (one controller serves many) goes on with each of these.
    pub(super) fn changed(&self, operation: Span, changes: &Changes, principal: &str) -> Vec<Span> {
        let now = self.0.runtime.monotonic();
        let records = changes.iter().map(|(key, _)| (key.kind().to_owned(), key.id().to_owned()));
        let mut kept = self.kept();
        let mut spans = Vec::new();
        match operation.parent() {
            Some(parent) => {
                let records: Vec<Record> = records.collect();
                let since = records.iter().find_map(|record| kept.since(record, parent, now)).unwrap_or(now);
                records.into_iter().for_each(|record| kept.note(record, parent, since));
                spans.push(operation.then("writer.commit"));
            }
            None => {
                let mut going_on: BTreeMap<Context, Context> = BTreeMap::new();
                for record in records {
                    let Some((cause, since)) = kept.find(&record, now) else { continue };
                    let context = *going_on.entry(cause).or_insert_with(|| {
                        let name = principal.rsplit(':').next().unwrap_or_default().to_owned();
                        let span = Span::under(Some(cause), name, Side::Internal);
                        let context = span.context().unwrap_or(cause);
                        spans.push(span);
                        context
                    });
                    kept.note(record, context, since);
                }
            }
        }
        kept.forget(now);
        self.0.count.store(kept.by_record.len(), Ordering::Relaxed);
        spans
    }
}

impl Kept {
    fn find(&self, record: &Record, now: Duration) -> Option<(Context, Duration)> {
        let cause = self.by_record.get(record)?;
        (now.saturating_sub(cause.since) < MEMORY).then_some((cause.context, cause.since))
    }

    /// Since when the trace of `context` is known by this record.
    fn since(&self, record: &Record, context: Context, now: Duration) -> Option<Duration> {
        let (known, since) = self.find(record, now)?;
        (known.trace_id == context.trace_id).then_some(since)
    }

    fn note(&mut self, record: Record, context: Context, since: Duration) {
        self.number += 1;
        self.order.push_back((record.clone(), self.number));
        self.by_record.insert(record, Cause { context, since, number: self.number });
    }

    /// Forgets what is too old or too much, oldest first.
    fn forget(&mut self, now: Duration) {
        while let Some((record, number)) = self.order.front() {
            let current = self.by_record.get(record).filter(|cause| cause.number == *number);
            let stays = current.is_some_and(|cause| now.saturating_sub(cause.since) < MEMORY);
            if stays && self.order.len() <= MOST_RECORDS {
                return;
            }
            if current.is_some() {
                self.by_record.remove(record);
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(trace: u8, span: u8) -> Context {
        Context { trace_id: [trace; 16], span_id: [span; 8] }
    }

    fn record(id: usize) -> Record {
        ("instance".to_owned(), format!("i-{id}"))
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_newest_change_counts() {
        let mut kept = Kept::default();
        kept.note(record(1), context(1, 1), seconds(0));
        kept.note(record(1), context(2, 2), seconds(1));
        assert_eq!(kept.find(&record(1), seconds(2)), Some((context(2, 2), seconds(1))));
        assert_eq!(kept.find(&record(2), seconds(2)), None);
        kept.forget(seconds(2));
        assert_eq!((kept.by_record.len(), kept.order.len()), (1, 1), "the older note is gone");
    }

    #[test]
    fn a_trace_ends_some_time_after_its_first_change() {
        let mut kept = Kept::default();
        kept.note(record(1), context(1, 1), seconds(0));
        let since = kept.since(&record(1), context(1, 9), seconds(200)).unwrap();
        kept.note(record(1), context(1, 9), since);
        assert_eq!(
            kept.since(&record(1), context(2, 1), seconds(200)),
            None,
            "another trace begins its own time"
        );
        assert!(kept.find(&record(1), seconds(299)).is_some());
        assert!(kept.find(&record(1), seconds(300)).is_none());
        kept.forget(seconds(300));
        assert!(kept.by_record.is_empty() && kept.order.is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut kept = Kept::default();
        for id in 0..2 * MOST_RECORDS {
            kept.note(record(id), context(1, 1), seconds(1));
            kept.forget(seconds(1));
        }
        assert_eq!((kept.by_record.len(), kept.order.len()), (MOST_RECORDS, MOST_RECORDS));
        assert!(kept.find(&record(0), seconds(1)).is_none());
        assert!(kept.find(&record(2 * MOST_RECORDS - 1), seconds(1)).is_some());
    }
}
