//! DescribeAutoScalingGroups.

use super::shown::GroupShown;
use crate::auto_scaling_group::AutoScalingGroup;
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DescribeAutoScalingGroups;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeAutoScalingGroupsInput {
    auto_scaling_group_names: Option<Vec<String>>,
    include_instances: Option<bool>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_records: Option<i64>,
}

/// A filter by tag.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub struct Filter {
    name: Option<String>,
    values: Option<Vec<String>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutoScalingGroupsOutput {
    auto_scaling_groups: Vec<GroupShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Filter {
    fn matches(&self, group: &AutoScalingGroup) -> Result<bool, ServiceError> {
        let values = self.values.as_deref().unwrap_or_default();
        let any = |text: &str| values.iter().any(|value| value == text);
        match self.name.as_deref().unwrap_or_default() {
            "tag-key" => Ok(group.tags.iter().any(|tag| any(&tag.key))),
            "tag-value" => Ok(group.tags.iter().any(|tag| any(&tag.value))),
            name => match name.strip_prefix("tag:") {
                Some(key) => Ok(group.tags.iter().any(|tag| tag.key == key && any(&tag.value))),
                None => Err(errors::validation(format!("Filters: {name:?} is not a filter of this action"))),
            },
        }
    }
}

impl Query for DescribeAutoScalingGroups {
    const NAME: &'static str = "DescribeAutoScalingGroups";
    type Input = DescribeAutoScalingGroupsInput;
    type Output = DescribeAutoScalingGroupsOutput;

    fn run(
        input: &DescribeAutoScalingGroupsInput,
        cx: &Reader,
    ) -> Result<DescribeAutoScalingGroupsOutput, ServiceError> {
        let mut found = Vec::new();
        for group in cx.list::<AutoScalingGroup>() {
            let name = group.key.id();
            let named = input.auto_scaling_group_names.as_ref().is_none_or(|names| {
                names.is_empty() || names.iter().any(|wanted| wanted == name)
            });
            let mut wanted = named;
            for filter in input.filters.iter().flatten() {
                wanted &= filter.matches(group.record)?;
            }
            if wanted {
                found.push((name.to_owned(), group.record));
            }
        }
        let size = page::size(input.max_records, 50, 100)?;
        let (groups, next_token) = page::cut(found, input.next_token.as_deref(), size)?;
        let with_instances = input.include_instances.unwrap_or(true);
        let shown = groups.iter().map(|(name, group)| GroupShown::of(name, group, with_instances, cx));
        Ok(DescribeAutoScalingGroupsOutput { auto_scaling_groups: shown.collect(), next_token })
    }
}
