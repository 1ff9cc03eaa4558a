use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance;
use crate::network_interface::{NetworkInterface, with_attachment};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachNetworkInterface.html>
///
/// Nothing here waits for the instance to agree, so every detachment is what AWS calls a forced one; `Force` may be said.
pub(crate) struct DetachNetworkInterface;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DetachNetworkInterfaceInput {
    pub(crate) attachment_id: String,
    pub(crate) force: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DetachNetworkInterfaceInput);

impl Operation for DetachNetworkInterface {
    const NAME: &'static str = "DetachNetworkInterface";
    type Input = DetachNetworkInterfaceInput;
    type Output = NoOutput;

    fn run(input: &DetachNetworkInterfaceInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let found = with_attachment(&input.attachment_id, cx);
        let found = found.ok_or_else(|| errors::attachment_not_found(&input.attachment_id))?;
        if found.device_index() == Some(0) {
            return Err(errors::first_interface_stays());
        }
        let (id, holder) = (found.key.id().to_owned(), found.instance_id().unwrap_or_default().to_owned());
        let free = NetworkInterface {
            attachment: None,
            public_address: None,
            regains_public_address: false,
            ..found.record.clone()
        };
        cx.put(&id, free);
        instance::note_interfaces(&holder, cx);
        Ok(NoOutput {})
    }
}
