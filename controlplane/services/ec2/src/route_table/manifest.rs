use super::ops::associate_route_table::{AssociateRouteTable, AssociateRouteTableInput};
use super::ops::create_route::{CreateRoute, CreateRouteInput};
use super::ops::create_route_table::{CreateRouteTable, CreateRouteTableInput};
use super::ops::delete_route::{DeleteRoute, DeleteRouteInput};
use super::ops::delete_route_table::{DeleteRouteTable, DeleteRouteTableInput};
use super::ops::disassociate_route_table::{DisassociateRouteTable, DisassociateRouteTableInput};
use super::ops::replace_route::ReplaceRoute;
use super::validate::RouteMembers;
use super::{Destination, RouteTable, of_subnet};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where packets of subnets go. Routes and associations that others added stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteTableSpec {
    /// The network it belongs to.
    vpc_id: String,
    /// Routes beside the local one, each destination once, up to 500. Of several that fit a packet the longest prefix counts.
    #[serde(default)]
    routes: Vec<RouteSpec>,
    /// Subnets that follow the table. A subnet that follows none follows the main table of its VPC.
    #[serde(default)]
    subnet_ids: Vec<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

/// A route: one destination and one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteSpec {
    /// IPv4 block the route is for, such as `0.0.0.0/0`; this, `destinationIpv6CidrBlock` or `destinationPrefixListId`.
    destination_cidr_block: Option<String>,
    /// IPv6 block the route is for, such as `::/0`; this or `destinationCidrBlock`.
    destination_ipv6_cidr_block: Option<String>,
    /// Prefix list the route is for, in place of a block: it counts for as many routes as the list has room for.
    destination_prefix_list_id: Option<String>,
    /// Target: the internet gateway of the VPC.
    gateway_id: Option<String>,
    /// Target: a network interface in the VPC.
    network_interface_id: Option<String>,
    /// Target: the first interface of an instance in the VPC.
    instance_id: Option<String>,
}

impl RouteSpec {
    fn destination(&self) -> Result<Destination, ServiceError> {
        let members = RouteMembers {
            destination_cidr_block: self.destination_cidr_block.as_deref(),
            destination_ipv6_cidr_block: self.destination_ipv6_cidr_block.as_deref(),
            destination_prefix_list_id: self.destination_prefix_list_id.as_deref(),
            ..RouteMembers::default()
        };
        members.destination()
    }

    fn canonical(self) -> Result<Self, ServiceError> {
        let destination = self.destination()?;
        let text = Some(destination.to_string());
        Ok(match destination {
            Destination::Block(IpNet::V4(_)) => Self { destination_cidr_block: text, ..self },
            Destination::Block(IpNet::V6(_)) => Self { destination_ipv6_cidr_block: text, ..self },
            Destination::PrefixList(_) => self,
        })
    }

    fn input(&self, id: &str) -> CreateRouteInput {
        CreateRouteInput {
            route_table_id: id.to_owned(),
            destination_cidr_block: self.destination_cidr_block.clone(),
            destination_ipv6_cidr_block: self.destination_ipv6_cidr_block.clone(),
            destination_prefix_list_id: self.destination_prefix_list_id.clone(),
            gateway_id: self.gateway_id.clone(),
            network_interface_id: self.network_interface_id.clone(),
            instance_id: self.instance_id.clone(),
            dry_run: None,
        }
    }
}

impl Declarative for RouteTable {
    type Spec = RouteTableSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("vpcId", "vpc"),
        Reference::new("routes[].gatewayId", "internet_gateway"),
        Reference::new("routes[].destinationPrefixListId", "prefix_list"),
        Reference::new("subnetIds[]", "subnet"),
    ];
    const IMMUTABLE: &'static [&'static str] = &["vpcId"];
    const JOINS: &'static [Join] = &[
        Join::items(
            "routes",
            &["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
        ),
        Join::items("subnetIds", &[]),
    ];

    fn canonical(spec: RouteTableSpec) -> Result<RouteTableSpec, ServiceError> {
        let routes = spec.routes.into_iter().map(RouteSpec::canonical).collect::<Result<_, _>>()?;
        Ok(RouteTableSpec { routes, ..spec })
    }

    fn create(_: &str, spec: RouteTableSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateRouteTableInput {
            vpc_id: spec.vpc_id.clone(),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::ROUTE_TABLE),
            ..Default::default()
        };
        let id = CreateRouteTable::run(&input, cx)?.route_table.route_table_id;
        for route in &spec.routes {
            CreateRoute::run(&route.input(&id), cx)?;
        }
        for subnet_id in &spec.subnet_ids {
            associate(&id, subnet_id, cx)?;
        }
        Ok(id)
    }

    fn update(
        id: &str,
        live: RouteTableSpec,
        wanted: RouteTableSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        update_routes(id, &live.routes, &wanted.routes, cx)?;
        for subnet_id in live.subnet_ids.iter().filter(|subnet_id| !wanted.subnet_ids.contains(subnet_id)) {
            disassociate(id, subnet_id, cx)?;
        }
        for subnet_id in wanted.subnet_ids.iter().filter(|subnet_id| !live.subnet_ids.contains(subnet_id)) {
            associate(id, subnet_id, cx)?;
        }
        tag::redeclare(&errors::ROUTE_TABLE, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        for subnet_id in require::<RouteTable>(id, cx)?.subnet_ids() {
            disassociate(id, &subnet_id, cx)?;
        }
        DeleteRouteTable::run(&DeleteRouteTableInput { route_table_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

/// A route that is to stay is not looked at: its target may be gone, which is nobody's mistake now.
fn update_routes(
    id: &str,
    live: &[RouteSpec],
    wanted: &[RouteSpec],
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let destinations = wanted.iter().map(RouteSpec::destination).collect::<Result<Vec<_>, _>>()?;
    for (index, destination) in destinations.iter().enumerate() {
        if destinations[..index].contains(destination) {
            return Err(errors::route_already_exists(destination));
        }
    }
    for route in live {
        if !destinations.contains(&route.destination()?) {
            let input = DeleteRouteInput {
                route_table_id: id.to_owned(),
                destination_cidr_block: route.destination_cidr_block.clone(),
                destination_ipv6_cidr_block: route.destination_ipv6_cidr_block.clone(),
                destination_prefix_list_id: route.destination_prefix_list_id.clone(),
                dry_run: None,
            };
            DeleteRoute::run(&input, cx)?;
        }
    }
    for route in wanted.iter().filter(|route| !live.contains(route)) {
        if require::<RouteTable>(id, cx)?.route(&route.destination()?).is_some() {
            ReplaceRoute::run(&route.input(id), cx)?;
        } else {
            CreateRoute::run(&route.input(id), cx)?;
        }
    }
    Ok(())
}

fn associate(id: &str, subnet_id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let input = AssociateRouteTableInput {
        route_table_id: id.to_owned(),
        subnet_id: Some(subnet_id.to_owned()),
        dry_run: None,
    };
    AssociateRouteTable::run(&input, cx).map(|_| ())
}

fn disassociate(id: &str, subnet_id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let table = of_subnet(subnet_id, cx).filter(|table| table.key.id() == id);
    let association = table.and_then(|table| table.association_of(subnet_id).cloned());
    let Some(association) = association else { return Ok(()) };
    DisassociateRouteTable::run(
        &DisassociateRouteTableInput { association_id: association.id, dry_run: None },
        cx,
    )?;
    Ok(())
}
