use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::resource::{self, require};
use crate::subnet::Subnet;
use crate::{errors, network_interface, route_table};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html>
pub(crate) struct DeleteSubnet;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteSubnetInput {
    pub(crate) subnet_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteSubnetInput);

impl Operation for DeleteSubnet {
    const NAME: &'static str = "DeleteSubnet";
    type Input = DeleteSubnetInput;
    type Output = NoOutput;

    fn run(input: &DeleteSubnetInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.subnet_id;
        require::<Subnet>(id, cx)?;
        if network_interface::of_subnet(id, cx).next().is_some() {
            return Err(errors::has_dependencies(&errors::SUBNET, id));
        }
        route_table::forget_subnet(id, cx);
        resource::delete::<Subnet>(id, cx);
        Ok(NoOutput {})
    }
}
