use crate::dry_run::may_dry_run;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::page::Listing;
use crate::resource::require;
use crate::security_group::{SecurityGroup, of_vpc};
use crate::tag::{self, Tag};
use crate::vpc::Vpc;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSecurityGroupsForVpc.html>
///
/// The groups that interfaces of a VPC can have. Groups are not shared between VPCs, so these are its own.
pub(crate) struct GetSecurityGroupsForVpc;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetSecurityGroupsForVpcInput {
    pub(crate) vpc_id: String,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(GetSecurityGroupsForVpcInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSecurityGroupsForVpcOutput {
    pub(crate) security_group_for_vpcs: Vec<SecurityGroupForVpc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroupForVpc {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) owner_id: String,
    pub(crate) primary_vpc_id: String,
    pub(crate) tags: Vec<Tag>,
}

impl SecurityGroupForVpc {
    fn of(id: &str, group: &SecurityGroup, cx: &Reader) -> Self {
        Self {
            group_id: id.to_owned(),
            group_name: group.name.clone(),
            description: group.description.clone(),
            owner_id: cx.caller.account.to_string(),
            primary_vpc_id: group.vpc_id.clone(),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for SecurityGroupForVpc {
    const FILTERS: &'static [Field<Self>] = &[
        ("group-id", |group| one(&group.group_id)),
        ("description", |group| one(&group.description)),
        ("group-name", |group| one(&group.group_name)),
        ("owner-id", |group| one(&group.owner_id)),
        ("primary-vpc-id", |group| one(&group.primary_vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.group_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Query for GetSecurityGroupsForVpc {
    const NAME: &'static str = "GetSecurityGroupsForVpc";
    type Input = GetSecurityGroupsForVpcInput;
    type Output = GetSecurityGroupsForVpcOutput;

    fn run(
        input: &GetSecurityGroupsForVpcInput,
        cx: &Reader,
    ) -> Result<GetSecurityGroupsForVpcOutput, ServiceError> {
        require::<Vpc>(&input.vpc_id, cx)?;
        let filters = Filters::<SecurityGroupForVpc>::read(input.filters.as_deref())?;
        let groups = of_vpc(&input.vpc_id, cx);
        let shown = groups.map(|group| SecurityGroupForVpc::of(group.key.id(), group.record, cx));
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let accepted = shown.filter(|shown| filters.accept(shown));
        let (security_group_for_vpcs, next_token) =
            listing.cut("security_groups_for_vpc", accepted, |shown| shown.group_id.clone())?;
        Ok(GetSecurityGroupsForVpcOutput { security_group_for_vpcs, next_token })
    }
}
