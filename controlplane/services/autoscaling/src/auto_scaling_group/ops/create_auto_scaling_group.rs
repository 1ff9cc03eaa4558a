//! CreateAutoScalingGroup.

use super::shown::TagShape;
use crate::auto_scaling_group::maintenance::MaintenancePolicyShape;
use crate::auto_scaling_group::{AutoScalingGroup, validate};
use crate::errors;
use crate::service_registry::ServiceRegistry;
use controlplane_services_ec2::launch_template::LaunchTemplateSpecification;
use controlplane_services_kernel::quota::AUTO_SCALING_GROUPS;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
pub struct CreateAutoScalingGroup;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateAutoScalingGroupInput {
    pub(crate) auto_scaling_group_name: String,
    pub(crate) launch_template: Option<LaunchTemplateSpecification>,
    pub(crate) min_size: i64,
    pub(crate) max_size: i64,
    pub(crate) desired_capacity: Option<i64>,
    pub(crate) availability_zones: Option<Vec<String>>,
    pub(crate) health_check_type: Option<String>,
    pub(crate) health_check_grace_period: Option<i64>,
    #[serde(rename = "VPCZoneIdentifier")]
    pub(crate) vpc_zone_identifier: Option<String>,
    pub(crate) instance_maintenance_policy: Option<MaintenancePolicyShape>,
    pub(crate) tags: Option<Vec<TagShape>>,
}

impl Operation for CreateAutoScalingGroup {
    const NAME: &'static str = "CreateAutoScalingGroup";
    type Input = CreateAutoScalingGroupInput;
    type Output = ();

    fn run(input: &CreateAutoScalingGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        create(input, None, cx)
    }
}

/// Creates a group, for either door.
pub(crate) fn create(
    input: &CreateAutoScalingGroupInput,
    service_registry: Option<ServiceRegistry>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let name = &input.auto_scaling_group_name;
    validate::name(name)?;
    if cx.get::<AutoScalingGroup>(name).is_some() {
        return Err(errors::already_exists(name));
    }
    let most = AUTO_SCALING_GROUPS.limit(cx);
    if cx.list::<AutoScalingGroup>().count() >= most {
        return Err(errors::limit_exceeded(most));
    }
    let (min_size, max_size, desired_capacity) =
        validate::sizes(input.min_size, input.max_size, input.desired_capacity)?;
    validate::health_check_type(input.health_check_type.as_deref())?;
    let policy =
        input.instance_maintenance_policy.as_ref().map(MaintenancePolicyShape::checked).transpose()?;
    let zones = input.availability_zones.as_deref();
    let group = AutoScalingGroup {
        min_size,
        max_size,
        desired_capacity,
        template: validate::template(input.launch_template.as_ref(), cx)?,
        subnet_ids: validate::subnets(input.vpc_zone_identifier.as_deref(), zones, cx)?,
        health_check_grace_seconds: validate::grace(input.health_check_grace_period.unwrap_or(0))?,
        tags: validate::tags(name, input.tags.as_deref().unwrap_or_default())?,
        service_registry,
        created_at: cx.now,
        deleting: false,
        unhealthy: BTreeMap::new(),
        retry: None,
        maintenance_policy: policy.flatten(),
    };
    cx.put(name, group);
    Ok(())
}
