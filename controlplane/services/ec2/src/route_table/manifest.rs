use super::ops::associate_route_table::{AssociateRouteTable, AssociateRouteTableInput};
use super::ops::create_route::{CreateRoute, CreateRouteInput};
use super::ops::create_route_table::{CreateRouteTable, CreateRouteTableInput};
use super::ops::delete_route::{DeleteRoute, DeleteRouteInput};
use super::ops::delete_route_table::{DeleteRouteTable, DeleteRouteTableInput};
use super::ops::disassociate_route_table::{DisassociateRouteTable, DisassociateRouteTableInput};
use super::ops::replace_route::ReplaceRoute;
use super::validate::RouteMembers;
use super::{RouteTable, of_subnet};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A route table as a manifest declares it. Routes and associations that others added stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteTableSpec {
    vpc_id: String,
    #[serde(default)]
    routes: Vec<RouteSpec>,
    #[serde(default)]
    subnet_ids: Vec<String>,
    #[serde(default)]
    tags: Tags,
}

/// A route as a manifest declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteSpec {
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    gateway_id: Option<String>,
    network_interface_id: Option<String>,
    instance_id: Option<String>,
}

impl RouteSpec {
    fn destination(&self) -> Result<IpNet, ServiceError> {
        let members = RouteMembers {
            destination_cidr_block: self.destination_cidr_block.as_deref(),
            destination_ipv6_cidr_block: self.destination_ipv6_cidr_block.as_deref(),
            ..RouteMembers::default()
        };
        members.destination()
    }

    fn input(&self, id: &str) -> CreateRouteInput {
        CreateRouteInput {
            route_table_id: id.to_owned(),
            destination_cidr_block: self.destination_cidr_block.clone(),
            destination_ipv6_cidr_block: self.destination_ipv6_cidr_block.clone(),
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
        Reference::new("subnetIds[]", "subnet"),
    ];

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
        old: RouteTableSpec,
        new: RouteTableSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        if new.vpc_id != require::<RouteTable>(id, cx)?.vpc_id {
            return Err(errors::immutable("vpcId"));
        }
        update_routes(id, &old.routes, &new.routes, cx)?;
        for subnet_id in old.subnet_ids.iter().filter(|subnet_id| !new.subnet_ids.contains(subnet_id)) {
            disassociate(id, subnet_id, cx)?;
        }
        for subnet_id in &new.subnet_ids {
            associate(id, subnet_id, cx)?;
        }
        tag::redeclare(&errors::ROUTE_TABLE, id, &old.tags, &new.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        for subnet_id in require::<RouteTable>(id, cx)?.subnet_ids() {
            disassociate(id, &subnet_id, cx)?;
        }
        DeleteRouteTable::run(&DeleteRouteTableInput { route_table_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

fn update_routes(
    id: &str,
    old: &[RouteSpec],
    new: &[RouteSpec],
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let wanted = new.iter().map(RouteSpec::destination).collect::<Result<Vec<_>, _>>()?;
    for (index, destination) in wanted.iter().enumerate() {
        if wanted[..index].contains(destination) {
            return Err(errors::route_already_exists(destination));
        }
    }
    for route in old {
        let gone = !wanted.contains(&route.destination()?);
        if gone && require::<RouteTable>(id, cx)?.route(&route.destination()?).is_some() {
            let input = DeleteRouteInput {
                route_table_id: id.to_owned(),
                destination_cidr_block: route.destination_cidr_block.clone(),
                destination_ipv6_cidr_block: route.destination_ipv6_cidr_block.clone(),
                dry_run: None,
            };
            DeleteRoute::run(&input, cx)?;
        }
    }
    for route in new {
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
