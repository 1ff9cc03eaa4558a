//! GetHealthCheckCount.

use crate::health_check::HealthCheck;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHealthCheckCount;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetHealthCheckCountInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHealthCheckCountOutput {
    health_check_count: usize,
}

impl Query for GetHealthCheckCount {
    const NAME: &'static str = "GetHealthCheckCount";
    type Input = GetHealthCheckCountInput;
    type Output = GetHealthCheckCountOutput;

    fn run(_: &GetHealthCheckCountInput, cx: &Reader) -> Result<GetHealthCheckCountOutput, ServiceError> {
        Ok(GetHealthCheckCountOutput { health_check_count: cx.list::<HealthCheck>().count() })
    }
}
