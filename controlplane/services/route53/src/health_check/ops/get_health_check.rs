//! GetHealthCheck.

use crate::health_check::{HealthCheckShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHealthCheck;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckInput {
    health_check_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckOutput {
    health_check: HealthCheckShown,
}

impl Query for GetHealthCheck {
    const NAME: &'static str = "GetHealthCheck";
    type Input = GetHealthCheckInput;
    type Output = GetHealthCheckOutput;

    fn run(input: &GetHealthCheckInput, cx: &Reader) -> Result<GetHealthCheckOutput, ServiceError> {
        let id = &input.health_check_id;
        Ok(GetHealthCheckOutput { health_check: HealthCheckShown::of(id, existing(id, cx)?) })
    }
}
