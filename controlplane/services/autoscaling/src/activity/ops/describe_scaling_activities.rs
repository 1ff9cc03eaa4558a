//! DescribeScalingActivities: newest first.

use crate::activity::{Activity, ActivityShown};
use crate::auto_scaling_group::existing;
use crate::page::{self, Listing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// See the module.
pub struct DescribeScalingActivities;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeScalingActivitiesInput {
    activity_ids: Option<Vec<String>>,
    auto_scaling_group_name: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeScalingActivitiesOutput {
    activities: Vec<ActivityShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Query for DescribeScalingActivities {
    const NAME: &'static str = "DescribeScalingActivities";
    type Input = DescribeScalingActivitiesInput;
    type Output = DescribeScalingActivitiesOutput;

    fn run(
        input: &DescribeScalingActivitiesInput,
        cx: &Reader,
    ) -> Result<DescribeScalingActivitiesOutput, ServiceError> {
        if let Some(name) = &input.auto_scaling_group_name {
            existing(name, cx)?;
        }
        let wanted = |activity: &Activity, id: &str| {
            input.auto_scaling_group_name.as_ref().is_none_or(|name| activity.group == *name)
                && input
                    .activity_ids
                    .as_ref()
                    .is_none_or(|ids| ids.iter().any(|wanted| wanted == Activity::bare_id(id)))
        };
        let found = cx.list::<Activity>().filter(|activity| wanted(activity.record, activity.key.id()));
        let positions = found.map(|activity| {
            let position = format!("{:013} {}", activity.started_at.as_millis(), activity.key.id());
            (position, activity)
        });
        let size = page::size(input.max_records, 100, 100)?;
        let listing = Listing::new("activities", Ordering::Less, positions.collect());
        let (activities, next_token) = listing.cut(input.next_token.as_deref(), size)?;
        let activities = activities.iter().map(|activity| activity.shown(activity.key.id(), cx)).collect();
        Ok(DescribeScalingActivitiesOutput { activities, next_token })
    }
}
