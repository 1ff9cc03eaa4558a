//! The actions on internet gateways, and the shape in which they show one.

pub(crate) mod attach_internet_gateway;
pub(crate) mod create_internet_gateway;
pub(crate) mod delete_internet_gateway;
pub(crate) mod describe_internet_gateways;
pub(crate) mod detach_internet_gateway;

use super::InternetGateway;
use crate::filter::{Described, Field, one};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

/// An internet gateway as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InternetGatewayShape {
    pub(crate) internet_gateway_id: String,
    pub(crate) owner_id: String,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attachment {
    pub(crate) vpc_id: String,
    pub(crate) state: &'static str,
}

impl InternetGatewayShape {
    /// What the caller sees of a gateway. An attached one is `available`: AWS says so, whatever its model
    /// lists.
    pub(crate) fn of(id: &str, gateway: &InternetGateway, cx: &Reader) -> Self {
        let attachment = |vpc_id: &String| Attachment { vpc_id: vpc_id.clone(), state: "available" };
        Self {
            internet_gateway_id: id.to_owned(),
            owner_id: cx.caller.account.to_string(),
            attachments: gateway.vpc_id.iter().map(attachment).collect(),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for InternetGatewayShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("internet-gateway-id", |gateway| one(&gateway.internet_gateway_id)),
        ("owner-id", |gateway| one(&gateway.owner_id)),
        ("attachment.vpc-id", |gateway| {
            gateway.attachments.iter().map(|found| found.vpc_id.clone()).collect()
        }),
        ("attachment.state", |gateway| {
            gateway.attachments.iter().map(|found| found.state.to_owned()).collect()
        }),
    ];

    fn id(&self) -> &str {
        &self.internet_gateway_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
