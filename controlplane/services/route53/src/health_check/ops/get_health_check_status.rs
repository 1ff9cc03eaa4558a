//! GetHealthCheckStatus: what each DNS server saw when it looked last.

use crate::health_check::observation::{self, HealthCheckObservation};
use controlplane_services_kernel::{Need, Query, Reader, ServiceError};
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

impl Query for GetHealthCheckStatus {
    const NAME: &'static str = "GetHealthCheckStatus";
    type Input = GetHealthCheckStatusInput;
    type Output = GetHealthCheckStatusOutput;

    fn needs(input: &GetHealthCheckStatusInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        observation::needs(&input.health_check_id, cx)
    }

    fn run(
        input: &GetHealthCheckStatusInput,
        cx: &Reader,
    ) -> Result<GetHealthCheckStatusOutput, ServiceError> {
        let found = observation::found(&input.health_check_id, cx);
        let seen = found.into_iter().map(|found| found.last());
        Ok(GetHealthCheckStatusOutput { health_check_observations: seen.collect() })
    }
}
