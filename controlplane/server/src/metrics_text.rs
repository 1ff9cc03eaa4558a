//! Prometheus metrics of this process. The recorder is global to the process and installed once, whoever asks first.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder.
pub fn install() {
    recorder();
}

/// The metrics in Prometheus's text form, the log's counters among them; empty when another recorder is installed.
pub fn render(log: &controlplane_raft::Metrics, leads: bool) -> String {
    metrics::counter!("hearth_log_syncs_total").absolute(log.log_syncs);
    metrics::counter!("hearth_log_entries_total").absolute(log.log_entries);
    metrics::counter!("hearth_log_bytes_total").absolute(log.log_bytes);
    metrics::gauge!("hearth_log_leads").set(if leads { 1.0 } else { 0.0 });
    metrics::gauge!("hearth_log_applied_index").set(log.applied as f64);
    metrics::gauge!("hearth_log_durable_index").set(log.durable as f64);
    metrics::gauge!("hearth_log_purged_index").set(log.purged as f64);
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}
