//! SetInstanceHealth.

use crate::auto_scaling_group::controller::group_of;
use crate::auto_scaling_group::existing;
use crate::errors;
use controlplane_services_ec2::instance::Instance;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct SetInstanceHealth;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SetInstanceHealthInput {
    instance_id: String,
    health_status: String,
    should_respect_grace_period: Option<bool>,
}

impl Operation for SetInstanceHealth {
    const NAME: &'static str = "SetInstanceHealth";
    type Input = SetInstanceHealthInput;
    type Output = ();

    fn run(input: &SetInstanceHealthInput, cx: &mut Context) -> Result<(), ServiceError> {
        let id = &input.instance_id;
        let name = group_of(&cx.view, &cx.key::<Instance>(id)).ok_or_else(|| errors::instance_not_found(id))?;
        let mut group = existing(name.id(), cx)?.clone();
        match input.health_status.as_str() {
            "Healthy" => group.unhealthy.remove(id),
            "Unhealthy" => group.unhealthy.insert(id.clone()),
            other => {
                return Err(errors::validation(format!("HealthStatus: {other:?} is neither Healthy nor Unhealthy")));
            }
        };
        if input.should_respect_grace_period == Some(false) && group.health_check_grace_seconds > 0 {
            return Err(errors::validation(
                "ShouldRespectGracePeriod: false is not served yet for a group with a grace period",
            ));
        }
        cx.put(name.id(), group);
        Ok(())
    }
}
