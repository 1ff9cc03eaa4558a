//! How the long-running commands let themselves be observed: logs, traces, metrics.

use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_raft::TokioRuntime;
use controlplane_telemetry::trace::{self, Settings};
use controlplane_telemetry::{logs, metrics};
use std::net::SocketAddr;

/// Where traces go.
#[derive(Args, Clone, Debug)]
pub(crate) struct TraceFlags {
    /// Collector that takes traces, OTLP by gRPC; no traces are made without one [default: as OTEL_EXPORTER_OTLP_ENDPOINT says]
    #[arg(long, value_name = "http://HOST:PORT")]
    otlp_endpoint: Option<String>,
}

/// The metrics port of programs that have no HTTP port of their own.
#[derive(Args, Clone, Debug)]
pub(crate) struct MetricsFlags {
    /// Serve /metrics for Prometheus and /healthz there, to anybody [default: nowhere]
    #[arg(long, value_name = "HOST:PORT")]
    metrics_addr: Option<SocketAddr>,
}

/// Counts, and logs to standard error as `HEARTH_LOG` says, from now on.
pub(crate) fn start() -> Result<(), CliError> {
    metrics::install();
    let levels = std::env::var("HEARTH_LOG").ok().filter(|levels| !levels.is_empty());
    logs::start(levels.as_deref())
        .map_err(|error| CliError::failed("HEARTH_LOG", &error).with_kind(Kind::Usage))
}

impl TraceFlags {
    /// Sends traces from now on, as `service`, if anybody wants them.
    pub(crate) fn start(&self, service: &str) -> Result<(), CliError> {
        let variable = |name: &str| std::env::var(name).ok();
        let settings = Settings::find(self.otlp_endpoint.as_deref(), variable, service)
            .map_err(|error| CliError::failed("traces cannot be sent", &error).with_kind(Kind::Usage))?;
        if let Some(settings) = settings {
            trace::install(&settings, TokioRuntime::current());
            tracing::info!(service, "traces are sent");
        }
        Ok(())
    }
}

impl MetricsFlags {
    /// Opens the metrics port, if there is to be one.
    pub(crate) async fn start(&self) -> Result<(), CliError> {
        let Some(address) = self.metrics_addr else { return Ok(()) };
        let bound = metrics::serve(address, TokioRuntime::current())
            .await
            .map_err(|error| CliError::failed("the metrics port cannot be opened", &error))?;
        tracing::info!(metrics = %bound, "serving");
        Ok(())
    }
}

/// What is still to be told at the end of a process.
pub(crate) async fn finish() {
    trace::flush().await;
}

#[cfg(test)]
mod tests;
