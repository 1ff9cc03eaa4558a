use super::AssociationState;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::{Association, RouteTable, with_association};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Moves a subnet to another table, or makes another table the main one.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html>
pub(crate) struct ReplaceRouteTableAssociation;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReplaceRouteTableAssociationInput {
    pub(crate) association_id: String,
    pub(crate) route_table_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ReplaceRouteTableAssociationInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplaceRouteTableAssociationOutput {
    pub(crate) new_association_id: String,
    pub(crate) association_state: AssociationState,
}

impl Operation for ReplaceRouteTableAssociation {
    const NAME: &'static str = "ReplaceRouteTableAssociation";
    type Input = ReplaceRouteTableAssociationInput;
    type Output = ReplaceRouteTableAssociationOutput;

    fn run(
        input: &ReplaceRouteTableAssociationInput,
        cx: &mut Context,
    ) -> Result<ReplaceRouteTableAssociationOutput, ServiceError> {
        let wanted_id = &input.route_table_id;
        let (id, mut table, association) = with_association(&input.association_id, cx)?;
        if require::<RouteTable>(wanted_id, cx)?.vpc_id != table.vpc_id {
            return Err(errors::different_networks(("route table", &id), ("route table", wanted_id)));
        }
        table.associations.retain(|other| other.id != association.id);
        cx.put(&id, table);
        let new_association_id = cx.new_id("rtbassoc-");
        let mut wanted = require::<RouteTable>(wanted_id, cx)?.clone();
        wanted
            .associations
            .push(Association { id: new_association_id.clone(), subnet_id: association.subnet_id });
        cx.put(wanted_id, wanted);
        Ok(ReplaceRouteTableAssociationOutput {
            new_association_id,
            association_state: AssociationState::default(),
        })
    }
}
