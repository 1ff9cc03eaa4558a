use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::{self, Instance, MAX_INTERFACES, State};
use crate::network_interface::{Attach, NetworkInterface, attach, of_instance};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachNetworkInterface.html>
///
/// A running instance has the interface, with its addresses set, within a moment.
pub(crate) struct AttachNetworkInterface;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachNetworkInterfaceInput {
    pub(crate) device_index: i32,
    pub(crate) instance_id: String,
    pub(crate) network_interface_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AttachNetworkInterfaceInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachNetworkInterfaceOutput {
    pub(crate) attachment_id: String,
    pub(crate) network_card_index: u32,
}

impl Operation for AttachNetworkInterface {
    const NAME: &'static str = "AttachNetworkInterface";
    type Input = AttachNetworkInterfaceInput;
    type Output = AttachNetworkInterfaceOutput;

    fn run(
        input: &AttachNetworkInterfaceInput,
        cx: &mut Context,
    ) -> Result<AttachNetworkInterfaceOutput, ServiceError> {
        check(input, cx)?;
        let to = Attach {
            instance_id: input.instance_id.clone(),
            device_index: device_index(input.device_index)?,
            delete_on_termination: false,
        };
        let attachment_id = attach(cx, &input.network_interface_id, to)?;
        instance::note_interfaces(&input.instance_id, cx);
        Ok(AttachNetworkInterfaceOutput { attachment_id, network_card_index: 0 })
    }
}

fn check(input: &AttachNetworkInterfaceInput, cx: &Reader) -> Result<(), ServiceError> {
    let instance = require::<Instance>(&input.instance_id, cx)?;
    let interface = require::<NetworkInterface>(&input.network_interface_id, cx)?;
    if !matches!(instance.state, State::Running | State::Stopped) {
        return Err(errors::not_running_or_stopped(&input.instance_id));
    }
    if interface.vpc_id != instance.vpc_id || interface.zone != instance.zone {
        return Err(errors::interfaces_apart(&interface.subnet_id));
    }
    if of_instance(&input.instance_id, cx).len() >= MAX_INTERFACES {
        return Err(errors::too_many_interfaces(MAX_INTERFACES));
    }
    Ok(())
}

fn device_index(index: i32) -> Result<u32, ServiceError> {
    let found = u32::try_from(index).ok().filter(|index| (*index as usize) < MAX_INTERFACES);
    found.ok_or_else(|| errors::device_index_range(index, MAX_INTERFACES))
}
