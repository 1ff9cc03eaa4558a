//! DeleteHealthCheck. Allowed while record sets use it; they count as healthy then.

use crate::caller_reference::{self, Of};
use crate::health_check::{HealthCheck, existing};
use crate::tag::{self, ResourceType};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError, manifest};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteHealthCheck;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteHealthCheckInput {
    health_check_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteHealthCheckOutput {}

impl Operation for DeleteHealthCheck {
    const NAME: &'static str = "DeleteHealthCheck";
    type Input = DeleteHealthCheckInput;
    type Output = DeleteHealthCheckOutput;

    fn run(
        input: &DeleteHealthCheckInput,
        cx: &mut Context,
    ) -> Result<DeleteHealthCheckOutput, ServiceError> {
        let reference = existing(&input.health_check_id, cx)?.caller_reference.clone();
        delete(&input.health_check_id, cx)?;
        caller_reference::remember(Of::HealthCheck, &reference, cx);
        Ok(DeleteHealthCheckOutput {})
    }
}

/// Deletes a check with its tags.
pub fn delete(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    existing(id, cx)?;
    tag::forget(ResourceType::HealthCheck, id, cx);
    manifest::forget(HealthCheck::KIND, id, cx);
    cx.delete::<HealthCheck>(id);
    Ok(())
}
