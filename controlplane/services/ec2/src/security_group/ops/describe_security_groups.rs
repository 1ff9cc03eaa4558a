use super::SecurityGroupShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use crate::security_group::permission::by_name_in_default_vpc;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html>
pub(crate) struct DescribeSecurityGroups;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSecurityGroupsInput {
    pub(crate) group_ids: Option<Vec<String>>,
    pub(crate) group_names: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeSecurityGroupsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecurityGroupsOutput {
    pub(crate) security_groups: Vec<SecurityGroupShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeSecurityGroups {
    const NAME: &'static str = "DescribeSecurityGroups";
    type Input = DescribeSecurityGroupsInput;
    type Output = DescribeSecurityGroupsOutput;

    fn run(
        input: &DescribeSecurityGroupsInput,
        cx: &Reader,
    ) -> Result<DescribeSecurityGroupsOutput, ServiceError> {
        let mut ids = input.group_ids.clone().unwrap_or_default();
        for name in input.group_names.iter().flatten() {
            ids.push(by_name_in_default_vpc(name, cx)?);
        }
        let listing = Listing {
            ids: Some(&ids),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (security_groups, next_token) = listing.run(cx, SecurityGroupShape::of)?;
        Ok(DescribeSecurityGroupsOutput { security_groups, next_token })
    }
}
