use super::{LogSink, Ring};
use crate::compile::QueryLogs;
use controlplane_telemetry::metrics::catalogue::DNS_QUERY_LOG_LINES;
use metrics::Counter;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The process's log says at most so often that lines are lost.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// Empties rings into a sink.
pub(super) struct Writer<S> {
    rings: Vec<Ring>,
    edge: String,
    sink: S,
    written: Counter,
    lost: Counter,
    /// Lost since the log said so last.
    unsaid: u64,
    /// On the runtime's monotonic clock.
    said_at: Option<Duration>,
}

impl<S: LogSink> Writer<S> {
    pub(super) fn new(rings: Vec<Ring>, edge: String, sink: S) -> Self {
        let (written, lost) =
            (DNS_QUERY_LOG_LINES.counter(&["written"]), DNS_QUERY_LOG_LINES.counter(&["lost"]));
        Self { rings, edge, sink, written, lost, unsaid: 0, said_at: None }
    }

    /// Writes what the rings hold. Lines of a zone that is logged no more go nowhere.
    pub(super) fn write(&mut self, logs: &QueryLogs, now: Duration) {
        let mut lines: BTreeMap<&str, (u64, String)> = BTreeMap::new();
        for ring in &self.rings {
            for entry in ring.entries.try_iter().take(super::RING) {
                let Some((zone, _)) = logs.get_key_value(entry.zone_id()) else { continue };
                let (count, text) = lines.entry(zone).or_default();
                *count += 1;
                entry.write(&self.edge, text);
            }
        }
        let mut lost: u64 = self.rings.iter().map(|ring| ring.lost.swap(0, Ordering::Relaxed)).sum();
        for (zone, (count, text)) in lines {
            let Some(group) = logs.get(zone) else { continue };
            match self.sink.append(group, &format!("{zone}/{}", self.edge), &text) {
                Ok(()) => self.written.increment(count),
                Err(error) => {
                    tracing::debug!(%group, zone, %error, "query log lines cannot be written");
                    lost += count;
                }
            }
        }
        self.lose(lost, now);
    }

    fn lose(&mut self, lost: u64, now: Duration) {
        self.lost.increment(lost);
        self.unsaid += lost;
        if self.unsaid > 0 && self.said_at.is_none_or(|at| now.saturating_sub(at) >= COMPLAIN_EVERY) {
            tracing::warn!(lines = self.unsaid, "query log lines are lost: too many queries, or the disk");
            (self.unsaid, self.said_at) = (0, Some(now));
        }
    }
}
