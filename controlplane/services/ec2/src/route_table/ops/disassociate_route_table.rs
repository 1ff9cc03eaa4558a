use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::route_table::with_association;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html>
pub(crate) struct DisassociateRouteTable;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DisassociateRouteTableInput {
    pub(crate) association_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DisassociateRouteTableInput);

impl Operation for DisassociateRouteTable {
    const NAME: &'static str = "DisassociateRouteTable";
    type Input = DisassociateRouteTableInput;
    type Output = NoOutput;

    fn run(input: &DisassociateRouteTableInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let (id, mut table, association) = with_association(&input.association_id, cx)?;
        if association.subnet_id.is_none() {
            return Err(errors::main_association(&association.id));
        }
        table.associations.retain(|other| other.id != association.id);
        cx.put(&id, table);
        Ok(NoOutput {})
    }
}
