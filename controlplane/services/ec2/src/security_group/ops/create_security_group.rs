use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::{arn, require};
use crate::security_group::{SecurityGroup, allow_all_out, named, validate};
use crate::tag::{self, Tag, TagSpecification};
use crate::vpc::{Vpc, require_default};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
pub(crate) struct CreateSecurityGroup;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateSecurityGroupInput {
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) vpc_id: Option<String>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateSecurityGroupInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSecurityGroupOutput {
    pub(crate) group_id: String,
    pub(crate) security_group_arn: String,
    pub(crate) tags: Vec<Tag>,
}

impl Operation for CreateSecurityGroup {
    const NAME: &'static str = "CreateSecurityGroup";
    type Input = CreateSecurityGroupInput;
    type Output = CreateSecurityGroupOutput;

    fn run(
        input: &CreateSecurityGroupInput,
        cx: &mut Context,
    ) -> Result<CreateSecurityGroupOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::SECURITY_GROUP)?;
        let group = group(input, cx)?;
        let vpc_id = group.vpc_id.clone();
        let group_id = cx.new_id("sg-");
        cx.put(&group_id, group);
        allow_all_out(&group_id, &vpc_id, cx);
        tag::add(&errors::SECURITY_GROUP, &group_id, &tags, cx)?;
        let security_group_arn = arn("security-group", &group_id, cx);
        let tags = tag::of(&group_id, cx);
        Ok(CreateSecurityGroupOutput { group_id, security_group_arn, tags })
    }
}

fn group(input: &CreateSecurityGroupInput, cx: &Context) -> Result<SecurityGroup, ServiceError> {
    validate::group_name(&input.group_name)?;
    validate::group_description(&input.description)?;
    let vpc_id = match &input.vpc_id {
        Some(id) => require::<Vpc>(id, cx).map(|_| id.clone())?,
        None => require_default(cx)?,
    };
    if named(&input.group_name, &vpc_id, cx).is_some() {
        return Err(errors::group_name_in_use(&input.group_name, &vpc_id));
    }
    Ok(SecurityGroup { vpc_id, name: input.group_name.clone(), description: input.description.clone() })
}
