use super::AssociationState;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::{Association, RouteTable, of_subnet};
use crate::subnet::Subnet;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html>
pub(crate) struct AssociateRouteTable;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateRouteTableInput {
    pub(crate) route_table_id: String,
    pub(crate) subnet_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AssociateRouteTableInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateRouteTableOutput {
    pub(crate) association_id: String,
    pub(crate) association_state: AssociationState,
}

impl Operation for AssociateRouteTable {
    const NAME: &'static str = "AssociateRouteTable";
    type Input = AssociateRouteTableInput;
    type Output = AssociateRouteTableOutput;

    fn run(
        input: &AssociateRouteTableInput,
        cx: &mut Context,
    ) -> Result<AssociateRouteTableOutput, ServiceError> {
        let id = &input.route_table_id;
        let subnet_id = input.subnet_id.as_ref().ok_or_else(|| errors::missing_parameter("SubnetId"))?;
        let mut table = require::<RouteTable>(id, cx)?.clone();
        if require::<Subnet>(subnet_id, cx)?.vpc_id != table.vpc_id {
            return Err(errors::different_networks(("route table", id), ("subnet", subnet_id)));
        }
        if let Some(existing) = of_subnet(subnet_id, cx) {
            return same_again(id, existing.key.id(), existing.record, subnet_id);
        }
        let association_id = cx.new_id("rtbassoc-");
        let association = Association { id: association_id.clone(), subnet_id: Some(subnet_id.clone()) };
        table.associations.push(association);
        cx.put(id, table);
        Ok(AssociateRouteTableOutput { association_id, association_state: AssociationState::default() })
    }
}

/// A subnet that has an association keeps it: asked for again it is the answer, another table is an error.
fn same_again(
    wanted: &str,
    existing_id: &str,
    existing: &RouteTable,
    subnet_id: &str,
) -> Result<AssociateRouteTableOutput, ServiceError> {
    match existing.association_of(subnet_id) {
        Some(association) if wanted == existing_id => Ok(AssociateRouteTableOutput {
            association_id: association.id.clone(),
            association_state: AssociationState::default(),
        }),
        _ => Err(errors::already_associated(wanted, subnet_id)),
    }
}
