//! DescribeAutoScalingGroups.

use super::shown::GroupShown;
use crate::auto_scaling_group::AutoScalingGroup;
use crate::errors;
use crate::page::{self, Listing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

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
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
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

impl DescribeAutoScalingGroupsInput {
    /// Whether a name is asked for; no names ask for all.
    fn names(&self, name: &str) -> bool {
        let names = self.auto_scaling_group_names.as_deref().unwrap_or_default();
        names.is_empty() || names.iter().any(|wanted| wanted == name)
    }
}

impl Filter {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Result<(), ServiceError> {
        match self.name() {
            "tag-key" | "tag-value" => Ok(()),
            name if name.starts_with("tag:") => Ok(()),
            name => Err(errors::validation(format!("Filters: {name:?} is not a filter of this action"))),
        }
    }

    fn matches(&self, group: &AutoScalingGroup) -> bool {
        let values = self.values.as_deref().unwrap_or_default();
        let any = |text: &String| values.contains(text);
        let tag_key = self.name().strip_prefix("tag:");
        group.tags.iter().any(|tag| match self.name() {
            "tag-key" => any(&tag.key),
            "tag-value" => any(&tag.value),
            _ => tag_key == Some(&tag.key) && any(&tag.value),
        })
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
        let filters = input.filters.as_deref().unwrap_or_default();
        filters.iter().try_for_each(Filter::check)?;
        let found = cx.list::<AutoScalingGroup>().filter(|group| {
            input.names(group.key.id()) && filters.iter().all(|filter| filter.matches(group.record))
        });
        let items = found.map(|group| (group.key.id().to_owned(), group)).collect();
        let size = page::size(input.max_records, 50, 100)?;
        let listing = Listing::new("groups", Ordering::Greater, items);
        let (groups, next_token) = listing.cut(input.next_token.as_deref(), size)?;
        let with_instances = input.include_instances.unwrap_or(true);
        let shown =
            groups.iter().map(|group| GroupShown::of(group.key.id(), group.record, with_instances, cx));
        Ok(DescribeAutoScalingGroupsOutput { auto_scaling_groups: shown.collect(), next_token })
    }
}
