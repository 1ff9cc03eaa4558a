//! Prometheus metrics of this process.
//!
//! Every metric is a line in [`catalogue`]: name, kind, labels, help. The recorder is told from there, uses refer to
//! the constants there, METRICS.md beside this crate's manifest is checked against it, and so are the queries of the
//! dashboard. A name given as text at the place of use could be misspelt, or renamed under a dashboard's feet; `tests/tidy`
//! looks for such.
//!
//! Two kinds of values: what is counted as it happens lives in the recorder; what the records or Raft know anyway is
//! written when somebody looks ([`Page`]), so it costs nothing in between and cannot be stale.
//!
//! What readers get wrong: the recorder keeps every sample of a histogram until somebody renders. Where nobody
//! scrapes, that would be a leak, so [`Samples`] sorts them into their buckets every some thousand samples.

pub mod catalogue;
mod page;
mod port;

pub use page::Page;
pub use port::{PortError, serve};

use ::metrics::{Counter, Gauge, Histogram, Label};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Samples that may wait to be sorted into buckets: 64 KiB.
const SAMPLES_WAITING: u32 = 8192;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
static WAITING: AtomicU32 = AtomicU32::new(0);

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// How many samples were at most so large; upper bounds of the buckets.
    Histogram(&'static [f64]),
}

impl Kind {
    /// As Prometheus calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Which program has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `hearth server`.
    Server,
    /// `hearth agent`.
    Agent,
    /// `hearth dns`.
    Dns,
    /// All of them.
    Every,
}

/// One metric of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Stable: dashboards and alerts are written against it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Which program has it.
    pub part: Part,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, in a sentence.
    pub help: &'static str,
}

impl Metric {
    /// The counter with these values of its labels.
    pub fn counter(&self, values: &[&str]) -> Counter {
        debug_assert_eq!(self.kind, Kind::Counter, "{}", self.name);
        ::metrics::counter!(self.name, self.labelled(values))
    }

    /// The gauge with these values of its labels.
    pub fn gauge(&self, values: &[&str]) -> Gauge {
        debug_assert_eq!(self.kind, Kind::Gauge, "{}", self.name);
        ::metrics::gauge!(self.name, self.labelled(values))
    }

    /// The histogram with these values of its labels.
    pub fn samples(&self, values: &[&str]) -> Samples {
        debug_assert!(matches!(self.kind, Kind::Histogram(_)), "{}", self.name);
        Samples(::metrics::histogram!(self.name, self.labelled(values)))
    }

    fn labelled(&self, values: &[&str]) -> Vec<Label> {
        debug_assert_eq!(self.labels.len(), values.len(), "labels of {}", self.name);
        self.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
    }
}

/// A histogram whose samples do not pile up.
#[derive(Clone)]
pub struct Samples(Histogram);

impl Samples {
    /// One sample.
    pub fn record(&self, value: f64) {
        self.0.record(value);
        if WAITING.fetch_add(1, Ordering::Relaxed) + 1 >= SAMPLES_WAITING {
            WAITING.store(0, Ordering::Relaxed);
            // Where nobody installed a recorder, nothing waits.
            if let Some(Some(recorder)) = RECORDER.get() {
                recorder.run_upkeep();
            }
        }
    }
}

/// Installs the recorder, once for the process, whoever asks first.
pub fn install() {
    recorder();
}

/// Everything counted in this process, in Prometheus's text form; empty when another recorder is installed.
pub fn render() -> String {
    WAITING.store(0, Ordering::Relaxed);
    let mut page = Page::default();
    crate::process::tell(&mut page);
    recorder().map(PrometheusHandle::render).unwrap_or_default() + &page.into_text()
}

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER.get_or_init(begin).as_ref()
}

fn begin() -> Option<PrometheusHandle> {
    let mut builder = PrometheusBuilder::new();
    for metric in catalogue::ALL {
        if let Kind::Histogram(bounds) = metric.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds).ok()?;
        }
    }
    let handle = builder.install_recorder().ok()?;
    for metric in catalogue::ALL {
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => ::metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram(_) => ::metrics::describe_histogram!(metric.name, metric.help),
        }
    }
    Some(handle)
}

#[cfg(test)]
mod tests;
