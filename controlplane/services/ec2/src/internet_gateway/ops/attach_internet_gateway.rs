use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::internet_gateway::{InternetGateway, of_vpc};
use crate::resource::require;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html>
pub(crate) struct AttachInternetGateway;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachInternetGatewayInput {
    pub(crate) internet_gateway_id: String,
    pub(crate) vpc_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AttachInternetGatewayInput);

impl Operation for AttachInternetGateway {
    const NAME: &'static str = "AttachInternetGateway";
    type Input = AttachInternetGatewayInput;
    type Output = NoOutput;

    fn run(input: &AttachInternetGatewayInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let (id, vpc_id) = (&input.internet_gateway_id, &input.vpc_id);
        let gateway = require::<InternetGateway>(id, cx)?;
        require::<Vpc>(vpc_id, cx)?;
        if let Some(attached) = &gateway.vpc_id {
            return Err(errors::gateway_already_attached(id, attached));
        }
        if of_vpc(vpc_id, cx).is_some() {
            return Err(errors::vpc_has_gateway(vpc_id));
        }
        cx.put(id, InternetGateway { vpc_id: Some(vpc_id.clone()) });
        Ok(NoOutput {})
    }
}
