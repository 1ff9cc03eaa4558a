use super::VpcShape;
use super::create_vpc::CreateVpcOutput;
use crate::dry_run::may_dry_run;
use crate::resource::require;
use crate::vpc::{Vpc, default};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html>
pub(crate) struct CreateDefaultVpc;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateDefaultVpcInput {
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateDefaultVpcInput);

impl Operation for CreateDefaultVpc {
    const NAME: &'static str = "CreateDefaultVpc";
    type Input = CreateDefaultVpcInput;
    type Output = CreateVpcOutput;

    fn run(_: &CreateDefaultVpcInput, cx: &mut Context) -> Result<CreateVpcOutput, ServiceError> {
        let id = default::create(cx)?;
        let vpc = VpcShape::of(&id, require::<Vpc>(&id, cx)?, cx);
        Ok(CreateVpcOutput { vpc })
    }
}
