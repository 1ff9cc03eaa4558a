use super::RouteTableShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::route_table::RouteTable;
use crate::tag::{self, TagSpecification};
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html>
pub(crate) struct CreateRouteTable;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateRouteTableInput {
    pub(crate) vpc_id: String,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) client_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateRouteTableInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRouteTableOutput {
    pub(crate) route_table: RouteTableShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
}

impl Operation for CreateRouteTable {
    const NAME: &'static str = "CreateRouteTable";
    type Input = CreateRouteTableInput;
    type Output = CreateRouteTableOutput;

    fn run(input: &CreateRouteTableInput, cx: &mut Context) -> Result<CreateRouteTableOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::ROUTE_TABLE)?;
        require::<Vpc>(&input.vpc_id, cx)?;
        let id = cx.new_id("rtb-");
        let table = RouteTable { vpc_id: input.vpc_id.clone(), routes: Vec::new(), associations: Vec::new() };
        cx.put(&id, table.clone());
        tag::add(&errors::ROUTE_TABLE, &id, &tags, cx)?;
        let route_table = RouteTableShape::of(&id, &table, cx);
        Ok(CreateRouteTableOutput { route_table, client_token: input.client_token.clone() })
    }

    fn client_token(input: &CreateRouteTableInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}
