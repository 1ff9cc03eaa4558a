use crate::attribute::NoOutput;
use crate::dhcp_options::DhcpOptions;
use crate::dry_run::may_dry_run;
use crate::resource::{self, require};
use crate::{errors, vpc};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteDhcpOptions.html>
pub(crate) struct DeleteDhcpOptions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteDhcpOptionsInput {
    pub(crate) dhcp_options_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteDhcpOptionsInput);

impl Operation for DeleteDhcpOptions {
    const NAME: &'static str = "DeleteDhcpOptions";
    type Input = DeleteDhcpOptionsInput;
    type Output = NoOutput;

    fn run(input: &DeleteDhcpOptionsInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.dhcp_options_id;
        require::<DhcpOptions>(id, cx)?;
        if vpc::with_dhcp_options(id, cx).next().is_some() {
            return Err(errors::has_dependencies(&errors::DHCP_OPTIONS, id));
        }
        resource::delete::<DhcpOptions>(id, cx);
        Ok(NoOutput {})
    }
}
