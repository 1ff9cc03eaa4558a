use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::NetworkInterface;
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResetNetworkInterfaceAttribute.html>
pub(crate) struct ResetNetworkInterfaceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ResetNetworkInterfaceAttributeInput {
    pub(crate) network_interface_id: String,
    pub(crate) source_dest_check: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ResetNetworkInterfaceAttributeInput);

impl Operation for ResetNetworkInterfaceAttribute {
    const NAME: &'static str = "ResetNetworkInterfaceAttribute";
    type Input = ResetNetworkInterfaceAttributeInput;
    type Output = NoOutput;

    fn run(input: &ResetNetworkInterfaceAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.network_interface_id;
        let mut interface = require::<NetworkInterface>(id, cx)?.clone();
        // The only attribute there is to reset; AWS takes its name as its value, and other texts as well.
        if input.source_dest_check.is_none() {
            return Err(errors::missing_parameter("SourceDestCheck"));
        }
        interface.source_dest_check = true;
        cx.put(id, interface);
        Ok(NoOutput {})
    }
}
