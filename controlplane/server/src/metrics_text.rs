//! Prometheus metrics of this process. The recorder is global to the process and installed once, whoever asks first.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder.
pub fn install() {
    recorder();
}

/// The metrics in Prometheus's text form; empty when another recorder is installed.
pub fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}
