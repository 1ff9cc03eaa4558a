use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::{NetworkInterface, delete};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html>
pub(crate) struct DeleteNetworkInterface;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteNetworkInterfaceInput {
    pub(crate) network_interface_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteNetworkInterfaceInput);

impl Operation for DeleteNetworkInterface {
    const NAME: &'static str = "DeleteNetworkInterface";
    type Input = DeleteNetworkInterfaceInput;
    type Output = NoOutput;

    fn run(input: &DeleteNetworkInterfaceInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.network_interface_id;
        if require::<NetworkInterface>(id, cx)?.attachment.is_some() {
            return Err(errors::interface_in_use(id));
        }
        delete(cx, id);
        Ok(NoOutput {})
    }
}
