//! UpdateAutoScalingGroup. What is not given stays; a new bound pulls the desired capacity along.

use crate::auto_scaling_group::maintenance::MaintenancePolicyShape;
use crate::auto_scaling_group::{AutoScalingGroup, validate};
use controlplane_services_ec2::launch_template::LaunchTemplateSpecification;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateAutoScalingGroup;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateAutoScalingGroupInput {
    pub(crate) auto_scaling_group_name: String,
    pub(crate) launch_template: Option<LaunchTemplateSpecification>,
    pub(crate) min_size: Option<i64>,
    pub(crate) max_size: Option<i64>,
    pub(crate) desired_capacity: Option<i64>,
    pub(crate) availability_zones: Option<Vec<String>>,
    pub(crate) health_check_type: Option<String>,
    pub(crate) health_check_grace_period: Option<i64>,
    #[serde(rename = "VPCZoneIdentifier")]
    pub(crate) vpc_zone_identifier: Option<String>,
    pub(crate) instance_maintenance_policy: Option<MaintenancePolicyShape>,
}

impl Operation for UpdateAutoScalingGroup {
    const NAME: &'static str = "UpdateAutoScalingGroup";
    type Input = UpdateAutoScalingGroupInput;
    type Output = ();

    fn run(input: &UpdateAutoScalingGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = &input.auto_scaling_group_name;
        let group = updated(validate::changeable(name, cx)?.clone(), input, cx)?;
        cx.put(name, group);
        Ok(())
    }
}

/// The group with what the request says.
pub(crate) fn updated(
    mut group: AutoScalingGroup,
    input: &UpdateAutoScalingGroupInput,
    cx: &Context,
) -> Result<AutoScalingGroup, ServiceError> {
    let min = input.min_size.unwrap_or(group.min_size.into());
    let max = input.max_size.unwrap_or(group.max_size.into());
    let current = i64::from(group.desired_capacity);
    let desired = input.desired_capacity.unwrap_or_else(|| current.max(min).min(max.max(min)));
    (group.min_size, group.max_size, group.desired_capacity) = validate::sizes(min, max, Some(desired))?;
    validate::health_check_type(input.health_check_type.as_deref())?;
    if input.launch_template.is_some() {
        group.template = validate::template(input.launch_template.as_ref(), cx)?;
    }
    if input.vpc_zone_identifier.is_some() || input.availability_zones.is_some() {
        let zones = input.availability_zones.as_deref();
        group.subnet_ids = validate::subnets(input.vpc_zone_identifier.as_deref(), zones, cx)?;
    }
    if let Some(seconds) = input.health_check_grace_period {
        group.health_check_grace_seconds = validate::grace(seconds)?;
    }
    if let Some(policy) = &input.instance_maintenance_policy {
        group.maintenance_policy = policy.checked()?;
    }
    // Something about the group changed: what failed before may work now.
    group.retry = None;
    Ok(group)
}
