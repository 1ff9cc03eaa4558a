use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::internet_gateway::InternetGateway;
use crate::resource::{self, require};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html>
pub(crate) struct DeleteInternetGateway;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteInternetGatewayInput {
    pub(crate) internet_gateway_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteInternetGatewayInput);

impl Operation for DeleteInternetGateway {
    const NAME: &'static str = "DeleteInternetGateway";
    type Input = DeleteInternetGatewayInput;
    type Output = NoOutput;

    fn run(input: &DeleteInternetGatewayInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.internet_gateway_id;
        if require::<InternetGateway>(id, cx)?.vpc_id.is_some() {
            return Err(errors::has_dependencies(&errors::INTERNET_GATEWAY, id));
        }
        resource::delete::<InternetGateway>(id, cx);
        Ok(NoOutput {})
    }
}
