//! GetHealthCheckStatus: what each DNS server saw last.

use crate::health_check::existing;
use controlplane_services_kernel::{Need, Query, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHealthCheckStatus;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckStatusInput {
    health_check_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckStatusOutput {
    health_check_observations: Vec<HealthCheckObservation>,
}

/// One checker's view.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct HealthCheckObservation {
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
struct Found {
    status: String,
    checked_at_ms: u64,
}

impl Query for GetHealthCheckStatus {
    const NAME: &'static str = "GetHealthCheckStatus";
    type Input = GetHealthCheckStatusInput;
    type Output = GetHealthCheckStatusOutput;

    fn needs(input: &GetHealthCheckStatusInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        existing(&input.health_check_id, cx)?;
        Ok(vec![Need::HealthObservations { health_check_id: input.health_check_id.clone() }])
    }

    fn run(
        input: &GetHealthCheckStatusInput,
        cx: &Reader,
    ) -> Result<GetHealthCheckStatusOutput, ServiceError> {
        let need = Need::HealthObservations { health_check_id: input.health_check_id.clone() };
        let found = cx.found.get(&need).cloned().unwrap_or_default();
        let found: Vec<Found> = serde_json::from_value(found).unwrap_or_default();
        let observations = found.into_iter().map(|found| HealthCheckObservation {
            status_report: StatusReport {
                status: found.status,
                checked_time: Timestamp::from_millis(found.checked_at_ms),
            },
        });
        Ok(GetHealthCheckStatusOutput { health_check_observations: observations.collect() })
    }
}
