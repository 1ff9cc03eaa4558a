use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::resource::require;
use crate::vpc::Vpc;
use crate::{errors, internet_gateway, network_interface, resource, route_table, security_group, subnet};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html>
pub(crate) struct DeleteVpc;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteVpcInput {
    pub(crate) vpc_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteVpcInput);

impl Operation for DeleteVpc {
    const NAME: &'static str = "DeleteVpc";
    type Input = DeleteVpcInput;
    type Output = NoOutput;

    fn run(input: &DeleteVpcInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.vpc_id;
        require::<Vpc>(id, cx)?;
        if has_content(id, cx) {
            return Err(errors::has_dependencies(&errors::VPC, id));
        }
        route_table::delete_all_of(id, cx);
        security_group::delete_all_of(id, cx);
        resource::delete::<Vpc>(id, cx);
        Ok(NoOutput {})
    }
}

/// Whether anything is in the VPC that did not come with it.
fn has_content(id: &str, cx: &Reader) -> bool {
    subnet::of_vpc(id, cx).next().is_some()
        || internet_gateway::of_vpc(id, cx).is_some()
        || network_interface::of_vpc(id, cx).next().is_some()
        || route_table::of_vpc(id, cx).any(|table| !table.is_main())
        || security_group::of_vpc(id, cx).any(|group| !group.is_default())
}
