use crate::attribute::{DONE, ReturnOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::validate::{self, RouteMembers};
use crate::route_table::{Route, RouteTable, local_destinations};
use controlplane_services_kernel::quota::ROUTES;
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
        if table.route(&destination).is_some() || local_destinations(&table.vpc_id, cx).contains(&destination)
        {
            return Err(errors::route_already_exists(destination));
        }
        validate::route(id, &table, &destination, &target, cx)?;
        let most = ROUTES.limit(cx);
        if table.routes.len() >= most {
            return Err(errors::route_limit_exceeded(most));
        }
        table.routes.push(Route { destination, target });
        table.routes.sort_by_key(|route| route.destination);
        cx.put(id, table);
        Ok(DONE)
    }
}
