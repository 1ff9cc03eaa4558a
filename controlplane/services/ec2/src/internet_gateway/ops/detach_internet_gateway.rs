use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::internet_gateway::InternetGateway;
use crate::resource::require;
use crate::vpc::Vpc;
use crate::{errors, network_interface};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html>
pub(crate) struct DetachInternetGateway;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DetachInternetGatewayInput {
    pub(crate) internet_gateway_id: String,
    pub(crate) vpc_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DetachInternetGatewayInput);

impl Operation for DetachInternetGateway {
    const NAME: &'static str = "DetachInternetGateway";
    type Input = DetachInternetGatewayInput;
    type Output = NoOutput;

    fn run(input: &DetachInternetGatewayInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let (id, vpc_id) = (&input.internet_gateway_id, &input.vpc_id);
        let gateway = require::<InternetGateway>(id, cx)?;
        require::<Vpc>(vpc_id, cx)?;
        if gateway.vpc_id.as_ref() != Some(vpc_id) {
            return Err(errors::gateway_not_attached(id, vpc_id));
        }
        if network_interface::of_vpc(vpc_id, cx)
            .any(|interface| interface.public_addresses().next().is_some())
        {
            return Err(errors::mapped_public_addresses(vpc_id));
        }
        cx.put(id, InternetGateway { vpc_id: None });
        Ok(NoOutput {})
    }
}
