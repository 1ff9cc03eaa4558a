//! DescribeAutoScalingInstances.

use super::shown::TemplateShown;
use crate::auto_scaling_group::{AutoScalingGroup, Member, members};
use crate::page::{self, Listing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// See the module.
pub struct DescribeAutoScalingInstances;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeAutoScalingInstancesInput {
    instance_ids: Option<Vec<String>>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutoScalingInstancesOutput {
    auto_scaling_instances: Vec<InstanceDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A member by itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceDetails {
    instance_id: String,
    instance_type: String,
    auto_scaling_group_name: String,
    availability_zone: String,
    lifecycle_state: String,
    health_status: String,
    launch_template: TemplateShown,
    image_id: String,
    protected_from_scale_in: bool,
}

impl InstanceDetails {
    fn of(name: &str, group: &AutoScalingGroup, member: &Member<'_>, reader: &Reader) -> Self {
        Self {
            instance_id: member.id.to_owned(),
            instance_type: member.instance.instance_type.clone(),
            auto_scaling_group_name: name.to_owned(),
            availability_zone: member.instance.zone.clone(),
            lifecycle_state: member.lifecycle_state().to_owned(),
            health_status: member.health_status().to_ascii_uppercase(),
            launch_template: TemplateShown::of_member(member, group, reader),
            image_id: member.instance.image_id.clone(),
            protected_from_scale_in: false,
        }
    }
}

impl Query for DescribeAutoScalingInstances {
    const NAME: &'static str = "DescribeAutoScalingInstances";
    type Input = DescribeAutoScalingInstancesInput;
    type Output = DescribeAutoScalingInstancesOutput;

    fn run(
        input: &DescribeAutoScalingInstancesInput,
        cx: &Reader,
    ) -> Result<DescribeAutoScalingInstancesOutput, ServiceError> {
        let ids = input.instance_ids.as_deref().unwrap_or_default();
        let wanted = |member: &Member<'_>| ids.is_empty() || ids.iter().any(|id| id == member.id);
        let mut found = Vec::new();
        for group in cx.list::<AutoScalingGroup>() {
            let members = members(&cx.view, group.key, group.record, cx.now).into_iter().filter(wanted);
            found.extend(members.map(|member| (member.id.to_owned(), (group.clone(), member))));
        }
        let size = page::size(input.max_records, 50, 50)?;
        let listing = Listing::new("instances", Ordering::Greater, found);
        let (instances, next_token) = listing.cut(input.next_token.as_deref(), size)?;
        let shown =
            instances.iter().map(|(group, member)| InstanceDetails::of(group.key.id(), group, member, cx));
        Ok(DescribeAutoScalingInstancesOutput { auto_scaling_instances: shown.collect(), next_token })
    }
}
