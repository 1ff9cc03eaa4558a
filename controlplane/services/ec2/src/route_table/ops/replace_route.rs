use super::create_route::CreateRouteInput;
use crate::attribute::NoOutput;
use crate::errors;
use crate::resource::require;
use crate::route_table::{RouteTable, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html>
pub(crate) struct ReplaceRoute;

impl Operation for ReplaceRoute {
    const NAME: &'static str = "ReplaceRoute";
    type Input = CreateRouteInput;
    type Output = NoOutput;

    fn run(input: &CreateRouteInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.route_table_id;
        let mut table = require::<RouteTable>(id, cx)?.clone();
        let destination = input.members().destination()?;
        if validate::is_local(&destination, &table.vpc_id, cx) {
            return Err(errors::local_route(destination));
        }
        let target = input.members().target(cx)?;
        validate::route(id, &table, &destination, &target, cx)?;
        let route = table.routes.iter_mut().find(|route| route.destination == destination);
        route.ok_or_else(|| errors::route_not_found(id, destination))?.target = target;
        cx.put(id, table);
        Ok(NoOutput {})
    }
}
