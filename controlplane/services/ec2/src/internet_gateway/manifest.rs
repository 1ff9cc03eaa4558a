use super::InternetGateway;
use super::ops::attach_internet_gateway::{AttachInternetGateway, AttachInternetGatewayInput};
use super::ops::create_internet_gateway::{CreateInternetGateway, CreateInternetGatewayInput};
use super::ops::delete_internet_gateway::{DeleteInternetGateway, DeleteInternetGatewayInput};
use super::ops::detach_internet_gateway::{DetachInternetGateway, DetachInternetGatewayInput};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A VPC's way to the outside: what has a public address and a route to the gateway is reachable and reaches out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InternetGatewaySpec {
    /// The network it is attached to, which has no other gateway. Absent: it is attached to none.
    vpc_id: Option<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

impl Declarative for InternetGateway {
    type Spec = InternetGatewaySpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("vpcId", "vpc")];

    fn create(_: &str, spec: InternetGatewaySpec, cx: &mut Context) -> Result<String, ServiceError> {
        let tags = tag::from_manifest(&spec.tags, &errors::INTERNET_GATEWAY);
        let input = CreateInternetGatewayInput { tag_specifications: tags, dry_run: None };
        let id = CreateInternetGateway::run(&input, cx)?.internet_gateway.internet_gateway_id;
        attach(&id, spec.vpc_id, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        live: InternetGatewaySpec,
        wanted: InternetGatewaySpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        attach(id, wanted.vpc_id, cx)?;
        tag::redeclare(&errors::INTERNET_GATEWAY, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        attach(id, None, cx)?;
        DeleteInternetGateway::run(
            &DeleteInternetGatewayInput { internet_gateway_id: id.to_owned(), dry_run: None },
            cx,
        )?;
        Ok(Deletion::Done)
    }
}

/// Attaches the gateway to `wanted`, or to nothing.
fn attach(id: &str, wanted: Option<String>, cx: &mut Context) -> Result<(), ServiceError> {
    let attached = require::<InternetGateway>(id, cx)?.vpc_id.clone();
    if attached == wanted {
        return Ok(());
    }
    let internet_gateway_id = id.to_owned();
    if let Some(vpc_id) = attached {
        let input = DetachInternetGatewayInput {
            internet_gateway_id: internet_gateway_id.clone(),
            vpc_id,
            dry_run: None,
        };
        DetachInternetGateway::run(&input, cx)?;
    }
    if let Some(vpc_id) = wanted {
        let input = AttachInternetGatewayInput { internet_gateway_id, vpc_id, dry_run: None };
        AttachInternetGateway::run(&input, cx)?;
    }
    Ok(())
}
