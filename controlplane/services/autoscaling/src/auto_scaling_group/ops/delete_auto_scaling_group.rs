//! DeleteAutoScalingGroup. With `ForceDelete` the instances go first and the group after them.

use crate::activity;
use crate::auto_scaling_group::{AutoScalingGroup, existing, members};
use crate::{errors, service_registry};
use controlplane_services_kernel::manifest::{self, Deletion};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteAutoScalingGroup;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeleteAutoScalingGroupInput {
    auto_scaling_group_name: String,
    force_delete: Option<bool>,
}

impl Operation for DeleteAutoScalingGroup {
    const NAME: &'static str = "DeleteAutoScalingGroup";
    type Input = DeleteAutoScalingGroupInput;
    type Output = ();

    fn run(input: &DeleteAutoScalingGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        delete(&input.auto_scaling_group_name, input.force_delete == Some(true), cx).map(|_| ())
    }
}

/// Deletes a group, or begins to.
pub(crate) fn delete(name: &str, force: bool, cx: &mut Context) -> Result<Deletion, ServiceError> {
    let group = existing(name, cx)?.clone();
    let empty = members(&cx.view, &cx.key::<AutoScalingGroup>(name), &group, cx.now).is_empty();
    if empty {
        forget(name, cx)?;
        return Ok(Deletion::Done);
    }
    if !force {
        return Err(errors::resource_in_use());
    }
    cx.put(name, AutoScalingGroup { min_size: 0, desired_capacity: 0, deleting: true, ..group });
    Ok(Deletion::Begun)
}

/// Removes a group without instances, with all that was kept about it.
pub(super) fn forget(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    service_registry::clear(name, cx)?;
    activity::forget(name, cx);
    manifest::forget(AutoScalingGroup::KIND, name, cx);
    cx.delete::<AutoScalingGroup>(name);
    Ok(())
}
