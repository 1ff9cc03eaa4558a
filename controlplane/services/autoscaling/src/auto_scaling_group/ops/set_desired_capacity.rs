//! SetDesiredCapacity.

use crate::auto_scaling_group::validate;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct SetDesiredCapacity;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SetDesiredCapacityInput {
    auto_scaling_group_name: String,
    desired_capacity: i64,
}

impl Operation for SetDesiredCapacity {
    const NAME: &'static str = "SetDesiredCapacity";
    type Input = SetDesiredCapacityInput;
    type Output = ();

    fn run(input: &SetDesiredCapacityInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = &input.auto_scaling_group_name;
        let mut group = validate::changeable(name, cx)?.clone();
        group.desired_capacity = validate::desired_capacity(input.desired_capacity, &group)?;
        cx.put(name, group);
        Ok(())
    }
}
