//! SetInstanceHealth. A member declared unhealthy is replaced, unless told otherwise after its grace.

use crate::auto_scaling_group::{Declared, existing, validate};
use crate::errors;
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
        let (name, _) = validate::managed(id, cx)?;
        let mut group = existing(&name, cx)?.clone();
        let declared = if input.should_respect_grace_period == Some(false) {
            Declared::AtOnce
        } else {
            Declared::AfterGrace
        };
        match input.health_status.as_str() {
            "Healthy" => group.unhealthy.remove(id),
            "Unhealthy" => group.unhealthy.insert(id.clone(), declared),
            other => {
                return Err(errors::validation(format!(
                    "HealthStatus: {other:?} is neither Healthy nor Unhealthy"
                )));
            }
        };
        cx.put(&name, group);
        Ok(())
    }
}
