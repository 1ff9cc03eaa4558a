//! GetHealthCheckLastFailureReason: why each DNS server that saw the check fail did so last.

use crate::health_check::observation::{self, Found, HealthCheckObservation};
use controlplane_services_kernel::{Need, Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHealthCheckLastFailureReason;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckLastFailureReasonInput {
    health_check_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckLastFailureReasonOutput {
    health_check_observations: Vec<HealthCheckObservation>,
}

impl Query for GetHealthCheckLastFailureReason {
    const NAME: &'static str = "GetHealthCheckLastFailureReason";
    type Input = GetHealthCheckLastFailureReasonInput;
    type Output = GetHealthCheckLastFailureReasonOutput;

    fn needs(input: &GetHealthCheckLastFailureReasonInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        observation::needs(&input.health_check_id, cx)
    }

    fn run(
        input: &GetHealthCheckLastFailureReasonInput,
        cx: &Reader,
    ) -> Result<GetHealthCheckLastFailureReasonOutput, ServiceError> {
        let found = observation::found(&input.health_check_id, cx);
        let seen = found.into_iter().filter_map(Found::last_failure);
        Ok(GetHealthCheckLastFailureReasonOutput { health_check_observations: seen.collect() })
    }
}
