use super::SecurityGroupRuleShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html>
pub(crate) struct DescribeSecurityGroupRules;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSecurityGroupRulesInput {
    pub(crate) security_group_rule_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeSecurityGroupRulesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecurityGroupRulesOutput {
    pub(crate) security_group_rules: Vec<SecurityGroupRuleShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeSecurityGroupRules {
    const NAME: &'static str = "DescribeSecurityGroupRules";
    type Input = DescribeSecurityGroupRulesInput;
    type Output = DescribeSecurityGroupRulesOutput;

    fn run(
        input: &DescribeSecurityGroupRulesInput,
        cx: &Reader,
    ) -> Result<DescribeSecurityGroupRulesOutput, ServiceError> {
        let listing = Listing {
            ids: input.security_group_rule_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (security_group_rules, next_token) = listing.run(cx, SecurityGroupRuleShape::of)?;
        Ok(DescribeSecurityGroupRulesOutput { security_group_rules, next_token })
    }
}
