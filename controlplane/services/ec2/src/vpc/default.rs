//! The default VPC: what an account finds in a region it has never used.
//!
//! 172.31.0.0/16 with an internet gateway, a main route table that leads there, and in every zone a /20
//! subnet that gives its instances public addresses. So `RunInstances` without any network parameter works.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html>

use super::ops::create_vpc::{NewVpc, create_vpc};
use super::{Vpc, default_of};
use crate::internet_gateway::{attach_internet_gateway, create_internet_gateway};
use crate::route_table::{self, ops::create_route};
use crate::{errors, subnet};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use controlplane_services_native::Region;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

const CIDR: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16);

/// Makes the caller's default VPC with all that belongs to it and answers its id. An account that has one
/// keeps it and gets `DefaultVpcAlreadyExists`.
pub fn create(cx: &mut Context) -> Result<String, ServiceError> {
    if default_of(cx).is_some() {
        return Err(errors::default_vpc_already_exists());
    }
    let id = create_vpc(NewVpc { cidr: CIDR, is_default: true, amazon_ipv6: false }, cx)?;
    lead_to_the_internet(&id, cx)?;
    let zones = Region::current(cx)?.zones.clone();
    for zone in &zones {
        subnet::default::create(&id, zone, cx)?;
    }
    Ok(id)
}

fn lead_to_the_internet(vpc_id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let input = create_internet_gateway::CreateInternetGatewayInput::default();
    let output = create_internet_gateway::CreateInternetGateway::run(&input, cx)?;
    let gateway = output.internet_gateway.internet_gateway_id;
    let input = attach_internet_gateway::AttachInternetGatewayInput {
        internet_gateway_id: gateway.clone(),
        vpc_id: vpc_id.to_owned(),
        ..Default::default()
    };
    attach_internet_gateway::AttachInternetGateway::run(&input, cx)?;
    let input = create_route::CreateRouteInput {
        route_table_id: route_table::main_of(vpc_id, cx)?,
        destination_cidr_block: Some("0.0.0.0/0".to_owned()),
        gateway_id: Some(gateway),
        ..Default::default()
    };
    create_route::CreateRoute::run(&input, cx).map(|_| ())
}

/// Whether a VPC is the caller's default one.
pub(crate) fn is_default(id: &str, cx: &Reader) -> bool {
    cx.get::<Vpc>(id).is_some_and(|vpc| vpc.is_default)
}
