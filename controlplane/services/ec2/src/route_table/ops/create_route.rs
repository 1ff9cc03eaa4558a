use crate::attribute::{DONE, ReturnOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::validate::{self, RouteMembers};
use crate::route_table::{Route, RouteTable, check_weight};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html>
pub(crate) struct CreateRoute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateRouteInput {
    pub(crate) route_table_id: String,
    pub(crate) destination_cidr_block: Option<String>,
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    pub(crate) destination_prefix_list_id: Option<String>,
    pub(crate) gateway_id: Option<String>,
    pub(crate) network_interface_id: Option<String>,
    pub(crate) instance_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateRouteInput);

impl CreateRouteInput {
    pub(super) fn members(&self) -> RouteMembers<'_> {
        RouteMembers {
            destination_cidr_block: self.destination_cidr_block.as_deref(),
            destination_ipv6_cidr_block: self.destination_ipv6_cidr_block.as_deref(),
            destination_prefix_list_id: self.destination_prefix_list_id.as_deref(),
            gateway_id: self.gateway_id.as_deref(),
            network_interface_id: self.network_interface_id.as_deref(),
            instance_id: self.instance_id.as_deref(),
        }
    }
}

impl Operation for CreateRoute {
    const NAME: &'static str = "CreateRoute";
    type Input = CreateRouteInput;
    type Output = ReturnOutput;

    fn run(input: &CreateRouteInput, cx: &mut Context) -> Result<ReturnOutput, ServiceError> {
        let id = &input.route_table_id;
        let mut table = require::<RouteTable>(id, cx)?.clone();
        let destination = input.members().destination()?;
        let target = input.members().target(cx)?;
        if table.route(&destination).is_some() || validate::is_local(&destination, &table.vpc_id, cx) {
            return Err(errors::route_already_exists(destination));
        }
        validate::route(id, &table, &destination, &target, cx)?;
        table.routes.push(Route { destination, target });
        table.routes.sort_by(|a, b| a.destination.cmp(&b.destination));
        cx.put(id, table);
        check_weight(id, cx)?;
        Ok(DONE)
    }
}
