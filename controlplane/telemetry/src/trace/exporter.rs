//! Ended spans, on their way to the collector.
//!
//! A bounded heap and one task, which sleeps until there is something, gathers for a moment and sends. A collector that is
//! away or slow costs spans (they are counted), never memory and never a request's time.

use super::otlp::Client;
use super::span::Open;
use super::{Context, Settings};
use crate::metrics::catalogue::TRACE_SPANS;
use controlplane_types::Runtime;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Spans that may wait.
const WAITING: usize = 8192;
/// Spans in one message.
const BATCH: usize = 512;
/// Spans come in bursts; a message for each would cost more than the spans.
const GATHER: Duration = Duration::from_millis(500);
/// A collector that takes longer does not take them.
const SEND_WITHIN: Duration = Duration::from_secs(5);

static EXPORTER: OnceLock<Exporter> = OnceLock::new();

struct Exporter {
    runtime: Arc<dyn Runtime>,
    /// Wall clock at the runtime's monotonic zero, in nanoseconds. Spans are measured by the monotonic clock, so a wall clock
    /// that is set right meanwhile bends none.
    epoch: u64,
    ended: Mutex<Vec<Ended>>,
    news: Notify,
    client: Client,
    /// Whether the last message was taken, so that a collector's absence is told once.
    reached: AtomicBool,
}

/// A span with its end.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) span: Box<Open>,
    pub(super) at: u64,
}

/// Sends spans from now on, once for the process; has to be called within a tokio runtime. The first call decides where to.
pub fn install(settings: &Settings, runtime: Arc<dyn Runtime>) {
    let mut first = false;
    let exporter = EXPORTER.get_or_init(|| {
        first = true;
        let since_epoch = Duration::from_millis(runtime.now().as_millis());
        Exporter {
            epoch: nanos(since_epoch.saturating_sub(runtime.monotonic())),
            ended: Mutex::default(),
            news: Notify::new(),
            client: Client::new(settings),
            reached: AtomicBool::new(true),
            runtime: runtime.clone(),
        }
    });
    if first {
        runtime.spawn("trace-export", Box::pin(exporter.run()));
    }
}

/// Sends what waits, within a bound of time; for the end of a process.
pub async fn flush() {
    let Some(exporter) = EXPORTER.get() else { return };
    tokio::select! {
        biased;
        () = async { while exporter.send().await {} } => {}
        () = exporter.runtime.sleep(SEND_WITHIN) => {}
    }
}

/// Whether spans are recorded.
pub(super) fn is_on() -> bool {
    EXPORTER.get().is_some()
}

/// A new span's ids and its begin.
pub(super) fn draw(parent: Option<Context>) -> Option<(Context, u64)> {
    let exporter = EXPORTER.get()?;
    let mut context = Context { trace_id: [0; 16], span_id: [0; 8] };
    exporter.runtime.fill_random(&mut context.span_id);
    match parent {
        Some(parent) => context.trace_id = parent.trace_id,
        None => exporter.runtime.fill_random(&mut context.trace_id),
    }
    Some((context, exporter.now()))
}

/// Takes an ended span.
pub(super) fn ended(span: Box<Open>) {
    let Some(exporter) = EXPORTER.get() else { return };
    let ended = Ended { span, at: exporter.now() };
    let mut waiting = exporter.ended.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.len() >= WAITING {
        drop(waiting);
        return TRACE_SPANS.counter(&["dropped"]).increment(1);
    }
    waiting.push(ended);
    drop(waiting);
    exporter.news.notify_one();
}

impl Exporter {
    fn now(&self) -> u64 {
        self.epoch + nanos(self.runtime.monotonic())
    }

    async fn run(&self) {
        loop {
            self.news.notified().await;
            self.runtime.sleep(GATHER).await;
            while self.send().await {}
        }
    }

    /// Sends one message; whether there was anything to send.
    async fn send(&self) -> bool {
        let batch: Vec<Ended> = {
            let mut waiting = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let count = waiting.len().min(BATCH);
            waiting.drain(..count).collect()
        };
        if batch.is_empty() {
            return false;
        }
        let count = batch.len() as u64;
        let taken = tokio::select! {
            biased;
            taken = self.client.send(batch) => taken.map_err(|status| status.to_string()),
            () = self.runtime.sleep(SEND_WITHIN) => Err("no answer in time".to_owned()),
        };
        self.tell(&taken);
        TRACE_SPANS.counter(&[if taken.is_ok() { "exported" } else { "failed" }]).increment(count);
        true
    }

    fn tell(&self, taken: &Result<(), String>) {
        let before = self.reached.swap(taken.is_ok(), Ordering::Relaxed);
        match taken {
            Err(error) if before => {
                tracing::warn!(%error, "the collector does not take traces; they are dropped")
            }
            Ok(()) if !before => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
