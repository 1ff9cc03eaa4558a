use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::RouteTable;
use crate::route_table::validate::{self, RouteMembers};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html>
pub(crate) struct DeleteRoute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteRouteInput {
    pub(crate) route_table_id: String,
    pub(crate) destination_cidr_block: Option<String>,
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    pub(crate) destination_prefix_list_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteRouteInput);

impl Operation for DeleteRoute {
    const NAME: &'static str = "DeleteRoute";
    type Input = DeleteRouteInput;
    type Output = NoOutput;

    fn run(input: &DeleteRouteInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.route_table_id;
        let mut table = require::<RouteTable>(id, cx)?.clone();
        let members = RouteMembers {
            destination_cidr_block: input.destination_cidr_block.as_deref(),
            destination_ipv6_cidr_block: input.destination_ipv6_cidr_block.as_deref(),
            destination_prefix_list_id: input.destination_prefix_list_id.as_deref(),
            ..RouteMembers::default()
        };
        let destination = members.destination()?;
        if validate::is_local(&destination, &table.vpc_id, cx) {
            return Err(errors::local_route(destination));
        }
        if table.route(&destination).is_none() {
            return Err(errors::route_not_found(id, destination));
        }
        table.routes.retain(|route| route.destination != destination);
        cx.put(id, table);
        Ok(NoOutput {})
    }
}
