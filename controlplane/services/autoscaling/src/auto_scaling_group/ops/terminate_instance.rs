//! TerminateInstanceInAutoScalingGroup.

use super::scale_group::terminate;
use crate::activity::{Activity, ActivityShown};
use crate::auto_scaling_group::controller::group_of;
use crate::auto_scaling_group::existing;
use crate::{errors, service_registry};
use controlplane_services_ec2::instance::Instance;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct TerminateInstanceInAutoScalingGroup;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TerminateInstanceInput {
    instance_id: String,
    should_decrement_desired_capacity: bool,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerminateInstanceOutput {
    activity: ActivityShown,
}

impl Operation for TerminateInstanceInAutoScalingGroup {
    const NAME: &'static str = "TerminateInstanceInAutoScalingGroup";
    type Input = TerminateInstanceInput;
    type Output = TerminateInstanceOutput;

    fn run(input: &TerminateInstanceInput, cx: &mut Context) -> Result<TerminateInstanceOutput, ServiceError> {
        let id = &input.instance_id;
        let key = group_of(&cx.view, &cx.key::<Instance>(id)).ok_or_else(|| errors::instance_not_found(id))?;
        let name = key.id();
        if input.should_decrement_desired_capacity {
            let mut group = existing(name, cx)?.clone();
            if group.desired_capacity <= group.min_size {
                return Err(errors::validation(format!(
                    "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate \
                     group's min size constraint.",
                    group.min_size
                )));
            }
            group.desired_capacity -= 1;
            cx.put(name, group);
        }
        let activity = terminate(name, id, "an instance was taken out of service in response to a user request", cx)?;
        service_registry::sync(name, cx)?;
        let record = cx.get::<Activity>(&activity).ok_or_else(|| ServiceError::internal("the activity is missing"))?;
        Ok(TerminateInstanceOutput { activity: record.shown(&activity, cx) })
    }
}
