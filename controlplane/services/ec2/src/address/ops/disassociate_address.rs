use crate::address::association::disassociate;
use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::with_association;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html>
pub(crate) struct DisassociateAddress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DisassociateAddressInput {
    pub(crate) association_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DisassociateAddressInput);

impl Operation for DisassociateAddress {
    const NAME: &'static str = "DisassociateAddress";
    type Input = DisassociateAddressInput;
    type Output = NoOutput;

    fn run(input: &DisassociateAddressInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = input.association_id.as_deref().ok_or_else(|| errors::missing_parameter("AssociationId"))?;
        let association = with_association(id, cx).ok_or_else(|| errors::association_not_found(id))?;
        let allocation_id = association.allocation_id.clone();
        disassociate(&allocation_id, cx)?;
        Ok(NoOutput {})
    }
}
