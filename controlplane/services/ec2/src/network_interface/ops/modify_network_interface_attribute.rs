use crate::attribute::{AttributeBooleanValue, AttributeValue, NoOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::{NetworkInterface, groups};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html>
pub(crate) struct ModifyNetworkInterfaceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyNetworkInterfaceAttributeInput {
    pub(crate) network_interface_id: String,
    pub(crate) description: Option<AttributeValue>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) source_dest_check: Option<AttributeBooleanValue>,
    pub(crate) attachment: Option<AttachmentChanges>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyNetworkInterfaceAttributeInput);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachmentChanges {
    pub(crate) attachment_id: Option<String>,
    pub(crate) delete_on_termination: Option<bool>,
}

impl Operation for ModifyNetworkInterfaceAttribute {
    const NAME: &'static str = "ModifyNetworkInterfaceAttribute";
    type Input = ModifyNetworkInterfaceAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifyNetworkInterfaceAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.network_interface_id;
        let mut interface = require::<NetworkInterface>(id, cx)?.clone();
        one_attribute(input)?;
        change(&mut interface, input, cx)?;
        cx.put(id, interface);
        Ok(NoOutput {})
    }
}

fn one_attribute(input: &ModifyNetworkInterfaceAttributeInput) -> Result<(), ServiceError> {
    let given = [
        input.description.is_some(),
        input.groups.is_some(),
        input.source_dest_check.is_some(),
        input.attachment.is_some(),
    ];
    match given.iter().filter(|given| **given).count() {
        0 => Err(errors::missing_parameter("Description, Groups, SourceDestCheck or Attachment")),
        1 => Ok(()),
        _ => Err(errors::one_interface_attribute()),
    }
}

fn change(
    interface: &mut NetworkInterface,
    input: &ModifyNetworkInterfaceAttributeInput,
    cx: &Reader,
) -> Result<(), ServiceError> {
    if let Some(description) = &input.description {
        interface.description.clone_from(&description.value);
    }
    if let Some(ids) = &input.groups {
        if ids.is_empty() {
            return Err(errors::missing_parameter("Groups"));
        }
        interface.groups = groups(ids, &interface.vpc_id, &interface.subnet_id, cx)?;
    }
    if let Some(check) = input.source_dest_check {
        interface.source_dest_check = check.value;
    }
    if let Some(changes) = &input.attachment {
        change_attachment(interface, changes)?;
    }
    Ok(())
}

fn change_attachment(
    interface: &mut NetworkInterface,
    changes: &AttachmentChanges,
) -> Result<(), ServiceError> {
    let id = changes.attachment_id.as_deref().ok_or_else(|| errors::missing_parameter("AttachmentId"))?;
    let found = interface.attachment.as_mut().filter(|attachment| attachment.id == id);
    let attachment = found.ok_or_else(|| errors::attachment_not_found(id))?;
    let delete = changes.delete_on_termination;
    attachment.delete_on_termination =
        delete.ok_or_else(|| errors::missing_parameter("DeleteOnTermination"))?;
    Ok(())
}
