//! What the checkers saw, as AWS shows it.

use super::{CheckKind, existing};
use crate::errors;
use controlplane_services_kernel::{Need, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// One checker's view.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HealthCheckObservation {
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(rename = "IPAddress", skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    status_report: StatusReport,
}

/// What it saw.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReport {
    status: String,
    checked_time: Timestamp,
}

/// As the server finds it, see [`Need::HealthObservations`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    address: Option<String>,
    region: String,
    status: String,
    checked_at_ms: u64,
    last_failure: String,
    failed_at_ms: u64,
}

impl Found {
    /// What was seen last.
    pub(super) fn last(self) -> HealthCheckObservation {
        let report =
            StatusReport { status: self.status, checked_time: Timestamp::from_millis(self.checked_at_ms) };
        shown(self.region, self.address, report)
    }

    /// What was seen when the check failed last, if it ever did.
    pub(super) fn last_failure(self) -> Option<HealthCheckObservation> {
        let report = StatusReport {
            status: self.last_failure,
            checked_time: Timestamp::from_millis(self.failed_at_ms),
        };
        (!report.status.is_empty()).then(|| shown(self.region, self.address, report))
    }
}

fn shown(region: String, ip_address: Option<String>, status_report: StatusReport) -> HealthCheckObservation {
    HealthCheckObservation {
        region: Some(region).filter(|region| !region.is_empty()),
        ip_address,
        status_report,
    }
}

/// What the server has to find: nobody observes a calculated check.
pub(super) fn needs(id: &str, reader: &Reader) -> Result<Vec<Need>, ServiceError> {
    match existing(id, reader)?.kind {
        CheckKind::Calculated => Err(errors::not_observed(id)),
        _ => Ok(vec![Need::HealthObservations { health_check_id: id.to_owned() }]),
    }
}

/// What it found.
pub(super) fn found(id: &str, reader: &Reader) -> Vec<Found> {
    let need = Need::HealthObservations { health_check_id: id.to_owned() };
    let found = reader.found.get(&need).cloned().unwrap_or_default();
    serde_json::from_value(found).unwrap_or_default()
}
