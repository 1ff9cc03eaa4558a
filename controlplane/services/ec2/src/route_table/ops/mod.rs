//! The actions on route tables, and the shape in which they show one.

pub(crate) mod associate_route_table;
pub(crate) mod create_route;
pub(crate) mod create_route_table;
pub(crate) mod delete_route;
pub(crate) mod delete_route_table;
pub(crate) mod describe_route_tables;
pub(crate) mod disassociate_route_table;
pub(crate) mod replace_route;
pub(crate) mod replace_route_table_association;

use super::{Association, Destination, Route, RouteTable, Target, local_destinations, state_of};
use crate::filter::{Described, Field, one};
use crate::network_interface::NetworkInterface;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use ipnet::IpNet;
use serde::Serialize;

/// A route table as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTableShape {
    pub(crate) route_table_id: String,
    pub(crate) owner_id: String,
    pub(crate) vpc_id: String,
    pub(crate) routes: Vec<RouteShape>,
    pub(crate) associations: Vec<AssociationShape>,
    pub(crate) propagating_vgws: [String; 0],
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_interface_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_owner_id: Option<String>,
    pub(crate) origin: &'static str,
    pub(crate) state: &'static str,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociationShape {
    pub(crate) route_table_association_id: String,
    pub(crate) route_table_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet_id: Option<String>,
    pub(crate) main: bool,
    pub(crate) association_state: AssociationState,
}

/// Associations hold at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociationState {
    pub(crate) state: &'static str,
}

impl Default for AssociationState {
    fn default() -> Self {
        Self { state: "associated" }
    }
}

impl RouteTableShape {
    /// What the caller sees of a table.
    pub(crate) fn of(id: &str, table: &RouteTable, cx: &Reader) -> Self {
        let local = local_destinations(&table.vpc_id, cx).into_iter().map(RouteShape::local);
        let made = table.routes.iter().map(|route| RouteShape::of(route, &table.vpc_id, cx));
        Self {
            route_table_id: id.to_owned(),
            owner_id: cx.caller.account.to_string(),
            vpc_id: table.vpc_id.clone(),
            routes: local.chain(made).collect(),
            associations: table.associations.iter().map(|found| AssociationShape::of(id, found)).collect(),
            propagating_vgws: [],
            tags: tag::of(id, cx),
        }
    }
}

impl RouteShape {
    fn to(destination: &Destination) -> Self {
        let text = Some(destination.to_string());
        match destination {
            Destination::Block(IpNet::V4(_)) => Self { destination_cidr_block: text, ..Self::default() },
            Destination::Block(IpNet::V6(_)) => Self { destination_ipv6_cidr_block: text, ..Self::default() },
            Destination::PrefixList(_) => Self { destination_prefix_list_id: text, ..Self::default() },
        }
    }

    fn local(destination: IpNet) -> Self {
        let gateway_id = Some("local".to_owned());
        Self {
            gateway_id,
            origin: "CreateRouteTable",
            state: "active",
            ..Self::to(&Destination::Block(destination))
        }
    }

    fn of(route: &Route, vpc_id: &str, cx: &Reader) -> Self {
        let state = state_of(route, vpc_id, cx).as_str();
        let mut shown = Self { origin: "CreateRoute", state, ..Self::to(&route.destination) };
        match &route.target {
            Target::InternetGateway(id) => shown.gateway_id = Some(id.clone()),
            Target::NetworkInterface(id) => shown.lead_to_interface(id, cx),
        }
        shown
    }

    fn lead_to_interface(&mut self, id: &str, cx: &Reader) {
        self.network_interface_id = Some(id.to_owned());
        self.instance_id =
            cx.get::<NetworkInterface>(id).and_then(|found| found.instance_id()).map(str::to_owned);
        self.instance_owner_id = self.instance_id.is_some().then(|| cx.caller.account.to_string());
    }
}

impl AssociationShape {
    fn of(table_id: &str, association: &Association) -> Self {
        Self {
            route_table_association_id: association.id.clone(),
            route_table_id: table_id.to_owned(),
            subnet_id: association.subnet_id.clone(),
            main: association.subnet_id.is_none(),
            association_state: AssociationState::default(),
        }
    }
}

fn associations<T: ToString>(
    table: &RouteTableShape,
    value: fn(&AssociationShape) -> Option<T>,
) -> Vec<String> {
    table.associations.iter().filter_map(value).map(|value| value.to_string()).collect()
}

fn routes(table: &RouteTableShape, value: fn(&RouteShape) -> Option<&String>) -> Vec<String> {
    table.routes.iter().filter_map(value).cloned().collect()
}

/// Filters on targets that are not served are known and match nothing.
fn nothing(_: &RouteTableShape) -> Vec<String> {
    Vec::new()
}

impl Described for RouteTableShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("route-table-id", |table| one(&table.route_table_id)),
        ("owner-id", |table| one(&table.owner_id)),
        ("vpc-id", |table| one(&table.vpc_id)),
        ("association.route-table-association-id", |table| {
            associations(table, |found| Some(found.route_table_association_id.clone()))
        }),
        ("association.route-table-id", |table| {
            associations(table, |found| Some(found.route_table_id.clone()))
        }),
        ("association.subnet-id", |table| associations(table, |found| found.subnet_id.clone())),
        ("association.main", |table| associations(table, |found| Some(found.main))),
        ("association.gateway-id", nothing),
        ("route.destination-cidr-block", |table| {
            routes(table, |route| route.destination_cidr_block.as_ref())
        }),
        ("route.destination-ipv6-cidr-block", |table| {
            routes(table, |route| route.destination_ipv6_cidr_block.as_ref())
        }),
        ("route.gateway-id", |table| routes(table, |route| route.gateway_id.as_ref())),
        ("route.instance-id", |table| routes(table, |route| route.instance_id.as_ref())),
        ("route.origin", |table| table.routes.iter().map(|route| route.origin.to_owned()).collect()),
        ("route.state", |table| table.routes.iter().map(|route| route.state.to_owned()).collect()),
        ("route.destination-prefix-list-id", |table| {
            routes(table, |route| route.destination_prefix_list_id.as_ref())
        }),
        ("route.egress-only-internet-gateway-id", nothing),
        ("route.nat-gateway-id", nothing),
        ("route.transit-gateway-id", nothing),
        ("route.vpc-peering-connection-id", nothing),
    ];

    fn id(&self) -> &str {
        &self.route_table_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
