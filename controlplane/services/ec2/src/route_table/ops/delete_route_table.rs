use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::{self, require};
use crate::route_table::RouteTable;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html>
pub(crate) struct DeleteRouteTable;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteRouteTableInput {
    pub(crate) route_table_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteRouteTableInput);

impl Operation for DeleteRouteTable {
    const NAME: &'static str = "DeleteRouteTable";
    type Input = DeleteRouteTableInput;
    type Output = NoOutput;

    fn run(input: &DeleteRouteTableInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let id = &input.route_table_id;
        if !require::<RouteTable>(id, cx)?.associations.is_empty() {
            return Err(errors::has_dependencies(&errors::ROUTE_TABLE, id));
        }
        resource::delete::<RouteTable>(id, cx);
        Ok(NoOutput {})
    }
}
