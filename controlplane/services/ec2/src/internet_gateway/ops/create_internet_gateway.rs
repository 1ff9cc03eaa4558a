use super::InternetGatewayShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::internet_gateway::InternetGateway;
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html>
pub(crate) struct CreateInternetGateway;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateInternetGatewayInput {
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateInternetGatewayInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateInternetGatewayOutput {
    pub(crate) internet_gateway: InternetGatewayShape,
}

impl Operation for CreateInternetGateway {
    const NAME: &'static str = "CreateInternetGateway";
    type Input = CreateInternetGatewayInput;
    type Output = CreateInternetGatewayOutput;

    fn run(
        input: &CreateInternetGatewayInput,
        cx: &mut Context,
    ) -> Result<CreateInternetGatewayOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::INTERNET_GATEWAY)?;
        let id = cx.new_id("igw-");
        let gateway = InternetGateway { vpc_id: None };
        cx.put(&id, gateway.clone());
        tag::add(&errors::INTERNET_GATEWAY, &id, &tags, cx)?;
        Ok(CreateInternetGatewayOutput { internet_gateway: InternetGatewayShape::of(&id, &gateway, cx) })
    }
}
