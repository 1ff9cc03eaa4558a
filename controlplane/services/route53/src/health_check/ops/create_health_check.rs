//! CreateHealthCheck. The same reference with the settings of a check that exists answers that check, however often it was
//! updated in between.

use crate::caller_reference::{self, Of};
use crate::errors;
use crate::health_check::validate::{Intervals, children, read};
use crate::health_check::{HealthCheck, HealthCheckConfig, HealthCheckShown};
use controlplane_services_kernel::quota::HEALTH_CHECKS;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateHealthCheck;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHealthCheckInput {
    caller_reference: String,
    health_check_config: HealthCheckConfig,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHealthCheckOutput {
    health_check: HealthCheckShown,
    location: String,
}

impl Operation for CreateHealthCheck {
    const NAME: &'static str = "CreateHealthCheck";
    type Input = CreateHealthCheckInput;
    type Output = CreateHealthCheckOutput;

    fn run(
        input: &CreateHealthCheckInput,
        cx: &mut Context,
    ) -> Result<CreateHealthCheckOutput, ServiceError> {
        let check = read(&input.health_check_config, &input.caller_reference, Intervals::Aws)?;
        if caller_reference::is_used(Of::HealthCheck, &input.caller_reference, cx) {
            return Err(errors::health_check_already_exists(&input.caller_reference));
        }
        let id = store(check, cx)?;
        let stored = crate::health_check::existing(&id, cx)?;
        Ok(CreateHealthCheckOutput {
            health_check: HealthCheckShown::of(&id, stored),
            location: format!("/2013-04-01/healthcheck/{id}"),
        })
    }
}

/// Creates a check for Hearth's own use, with any interval from one second on; answers its id.
pub fn create(
    config: &HealthCheckConfig,
    caller_reference: &str,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    store(read(config, caller_reference, Intervals::Own)?, cx)
}

fn store(check: HealthCheck, cx: &mut Context) -> Result<String, ServiceError> {
    let reference = &check.caller_reference;
    let same = cx.list::<HealthCheck>().find(|other| other.caller_reference == *reference);
    if let Some(same) = same {
        let unchanged = HealthCheck { version: same.version, vpc: same.vpc.clone(), ..check.clone() };
        return if *same.record == unchanged {
            Ok(same.key.id().to_owned())
        } else {
            Err(errors::health_check_already_exists(reference))
        };
    }
    children(&check, None, cx)?;
    if cx.list::<HealthCheck>().count() >= HEALTH_CHECKS.limit(cx) {
        return Err(errors::too_many_health_checks(HEALTH_CHECKS.limit(cx)));
    }
    let id = cx.random().uuid();
    cx.put(&id, check);
    Ok(id)
}
