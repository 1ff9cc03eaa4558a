//! TerminateInstanceInAutoScalingGroup.

use super::scale_group::terminate;
use crate::activity::{Activity, ActivityShown};
use crate::auto_scaling_group::{existing, validate};
use crate::{errors, service_registry};
use controlplane_services_ec2::instance::State;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct TerminateInstanceInAutoScalingGroup;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TerminateInstanceInAutoScalingGroupInput {
    instance_id: String,
    should_decrement_desired_capacity: bool,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerminateInstanceInAutoScalingGroupOutput {
    activity: ActivityShown,
}

impl Operation for TerminateInstanceInAutoScalingGroup {
    const NAME: &'static str = "TerminateInstanceInAutoScalingGroup";
    type Input = TerminateInstanceInAutoScalingGroupInput;
    type Output = TerminateInstanceInAutoScalingGroupOutput;

    fn run(
        input: &TerminateInstanceInAutoScalingGroupInput,
        cx: &mut Context,
    ) -> Result<TerminateInstanceInAutoScalingGroupOutput, ServiceError> {
        let id = &input.instance_id;
        let (name, instance) = validate::managed(id, cx)?;
        // Terminating twice must not decrement twice.
        if instance.state == State::ShuttingDown {
            return Err(errors::instance_leaving(id));
        }
        if input.should_decrement_desired_capacity {
            let mut group = existing(&name, cx)?.clone();
            if group.desired_capacity <= group.min_size {
                return Err(errors::below_min_size(group.min_size));
            }
            group.desired_capacity -= 1;
            cx.put(&name, group);
        }
        let cause = "an instance was taken out of service in response to a user request";
        let activity = terminate(&name, id, cause, cx)?;
        service_registry::sync_along(&name, cx);
        let record =
            cx.get::<Activity>(&activity).ok_or_else(|| ServiceError::internal("the activity is missing"))?;
        Ok(TerminateInstanceInAutoScalingGroupOutput { activity: record.shown(&activity, cx) })
    }
}
