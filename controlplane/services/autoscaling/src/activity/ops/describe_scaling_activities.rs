//! DescribeScalingActivities: newest first.

use crate::activity::{Activity, ActivityShown};
use crate::auto_scaling_group::existing;
use crate::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

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
                && input.activity_ids.as_ref().is_none_or(|ids| ids.iter().any(|wanted| id.ends_with(&format!("/{wanted}"))))
        };
        let mut found: Vec<(String, &Activity)> = cx
            .list::<Activity>()
            .filter(|activity| wanted(activity.record, activity.key.id()))
            .map(|activity| (activity.key.id().to_owned(), activity.record))
            .collect();
        found.sort_by(|a, b| (b.1.started_at, &b.0).cmp(&(a.1.started_at, &a.0)));
        let size = page::size(input.max_records, 100, 100)?;
        let (activities, next_token) = page::cut(found, input.next_token.as_deref(), size)?;
        let activities = activities.iter().map(|(id, activity)| activity.shown(id, cx)).collect();
        Ok(DescribeScalingActivitiesOutput { activities, next_token })
    }
}
