use crate::address::Address;
use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::{self, require};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html>
///
/// One that is associated has to be disassociated first, as in every VPC.
pub(crate) struct ReleaseAddress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReleaseAddressInput {
    pub(crate) allocation_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ReleaseAddressInput);

impl Operation for ReleaseAddress {
    const NAME: &'static str = "ReleaseAddress";
    type Input = ReleaseAddressInput;
    type Output = NoOutput;

    fn run(input: &ReleaseAddressInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = input.allocation_id.as_deref().ok_or_else(|| errors::missing_parameter("AllocationId"))?;
        let address = require::<Address>(id, cx)?;
        if address.network_interface_id.is_some() {
            return Err(errors::address_in_use(address.public_ip.into()));
        }
        resource::delete::<Address>(id, cx);
        Ok(NoOutput {})
    }
}
