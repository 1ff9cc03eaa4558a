//! Strings to types, field by field; an error names the field and the rule.

use super::super::names::{self, Mac};
use super::{Gateway, Interface, Neighbor, Subnet, Target, Topology, Vpc};
use crate::backend::AttachedInterface;
use controlplane_proto::agent as proto;
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

const VNI_MAX: u32 = 0xff_ffff;

/// What only one interface of the machine can have.
#[derive(Default)]
pub(super) struct Taken {
    /// Public addresses, which all VPCs share.
    public: BTreeSet<IpAddr>,
    slots: BTreeSet<(String, u32)>,
}

pub(super) fn add_vpc(topology: &mut Topology, id: &str, vpc: &proto::Vpc) -> Result<(), String> {
    plain("id", id)?;
    if vpc.vni == 0 || vpc.vni > VNI_MAX {
        return Err(format!("vni: {} is not between 1 and {VNI_MAX}", vpc.vni));
    }
    let cidrs = networks("cidrs", &vpc.cidrs)?;
    let gateway = vpc.internet_gateway.then(|| gateway(&vpc.public_cidr)).transpose()?;
    let parsed = Vpc { vni: vpc.vni, cidrs, gateway, ..Vpc::default() };
    topology.vpcs.insert(id.to_owned(), parsed);
    Ok(())
}

fn gateway(public_cidr: &str) -> Result<Gateway, String> {
    let public: Ipv4Net =
        public_cidr.parse().map_err(|_| format!("public_cidr: {public_cidr:?} is not an IPv4 network"))?;
    match public.prefix_len() {
        ..=30 => Ok(Gateway { public }),
        _ => Err(format!("public_cidr: {public} has no room for addresses (/30 at most)")),
    }
}

pub(super) fn add_subnet(topology: &mut Topology, id: &str, subnet: &proto::Subnet) -> Result<(), String> {
    let parsed = Subnet {
        cidrs: networks("cidrs", &subnet.cidrs)?,
        routes: subnet.routes.iter().map(route).collect::<Result<_, _>>()?,
    };
    topology.vpc(&subnet.vpc_id)?.subnets.insert(id.to_owned(), parsed);
    Ok(())
}

fn route(route: &proto::Route) -> Result<(IpNet, Target), String> {
    let target = match route.target() {
        proto::route::Target::Local => Target::Local,
        proto::route::Target::InternetGateway => Target::InternetGateway,
        proto::route::Target::NetworkInterface => Target::Interface(route.network_interface_id.clone()),
        proto::route::Target::Blackhole => Target::Blackhole,
    };
    Ok((network("routes.destination", &route.destination)?, target))
}

pub(super) fn add_interface(
    topology: &mut Topology,
    id: &str,
    attached: &AttachedInterface,
    taken: &mut Taken,
) -> Result<(), String> {
    let vpc = topology.vpc(&attached.interface.vpc_id)?;
    let mut interface = interface(id, attached)?;
    let subnet = vpc
        .subnets
        .get(&interface.subnet_id)
        .ok_or_else(|| format!("subnet_id: {} is not known to this node", interface.subnet_id))?;
    check_addresses(vpc, subnet, &interface)?;
    check_groups(vpc, &interface)?;
    check_slot(taken, &interface)?;
    if !vpc.has_way_out(&interface.subnet_id, false) {
        interface.public.clear();
    }
    claim_public(taken, vpc, &interface)?;
    vpc.interfaces.insert(id.to_owned(), interface);
    Ok(())
}

fn interface(id: &str, attached: &AttachedInterface) -> Result<Interface, String> {
    let wanted = &attached.interface;
    plain("instance_id", &attached.instance_id)?;
    let private = addresses("private_addresses", &wanted.private_addresses)?;
    let ipv6 = addresses("ipv6_addresses", &wanted.ipv6_addresses)?;
    Ok(Interface {
        link: names::router_link(id),
        mac: mac("mac_address", &wanted.mac_address)?,
        subnet_id: wanted.subnet_id.clone(),
        addresses: private.into_iter().chain(ipv6).collect(),
        groups: wanted.security_group_ids.clone(),
        checked: wanted.source_dest_check,
        public: public_addresses(&wanted.public_addresses)?,
        instance_id: attached.instance_id.clone(),
        device_index: attached.device_index,
    })
}

fn public_addresses(pairs: &BTreeMap<String, String>) -> Result<BTreeMap<Ipv4Addr, Ipv4Addr>, String> {
    pairs.iter().map(|(private, public)| Ok((ipv4(private)?, ipv4(public)?))).collect()
}

fn ipv4(text: &str) -> Result<Ipv4Addr, String> {
    text.parse().map_err(|_| format!("public_addresses: {text:?} is not an IPv4 address"))
}

fn check_addresses(vpc: &Vpc, subnet: &Subnet, interface: &Interface) -> Result<(), String> {
    if interface.addresses.is_empty() {
        return Err("private_addresses: an interface needs an address".to_owned());
    }
    for address in &interface.addresses {
        if !subnet.cidrs.iter().any(|cidr| cidr.contains(address)) {
            return Err(format!("private_addresses: {address} is outside {}", interface.subnet_id));
        }
        if subnet.router().map(IpAddr::V4) == Some(*address) {
            return Err(format!("private_addresses: {address} is the router's"));
        }
        if vpc.interfaces.values().any(|other| other.addresses.contains(address)) {
            return Err(format!("private_addresses: {address} is in use by another interface of the VPC"));
        }
    }
    let strange =
        interface.public.keys().find(|private| !interface.addresses.contains(&IpAddr::V4(**private)));
    strange.map_or(Ok(()), |private| {
        Err(format!("public_addresses: {private} is not an address of the interface"))
    })
}

fn check_groups(vpc: &Vpc, interface: &Interface) -> Result<(), String> {
    let unknown = interface.groups.iter().find(|group| !vpc.groups.contains_key(*group));
    unknown.map_or(Ok(()), |group| Err(format!("security_group_ids: {group} is not known to this node")))
}

fn check_slot(taken: &mut Taken, interface: &Interface) -> Result<(), String> {
    if taken.slots.insert((interface.instance_id.clone(), interface.device_index)) {
        return Ok(());
    }
    Err(format!(
        "device_index: {} already has an interface {}",
        interface.instance_id, interface.device_index
    ))
}

fn claim_public(taken: &mut Taken, vpc: &Vpc, interface: &Interface) -> Result<(), String> {
    let public = interface.public.values().copied().map(IpAddr::V4).chain(vpc.open_ipv6(interface));
    for address in public.collect::<Vec<_>>() {
        if !taken.public.insert(address) {
            return Err(format!("public_addresses: {address} belongs to another interface of this node"));
        }
    }
    Ok(())
}

pub(super) fn add_neighbor(
    topology: &mut Topology,
    id: &str,
    neighbor: &proto::Neighbor,
    own: Option<IpAddr>,
) -> Result<(), String> {
    let own = own.ok_or("underlay_address: this node has none, so it cannot reach others")?;
    let underlay = address("underlay_address", &neighbor.underlay_address)?;
    if underlay.is_ipv4() != own.is_ipv4() {
        return Err(format!("underlay_address: {underlay} is of another family than this node's {own}"));
    }
    let parsed = Neighbor { addresses: addresses("addresses", &neighbor.addresses)?, underlay };
    topology.vpc(&neighbor.vpc_id)?.neighbors.insert(id.to_owned(), parsed);
    Ok(())
}

fn plain(field: &str, id: &str) -> Result<(), String> {
    if names::is_plain(id) {
        return Ok(());
    }
    Err(format!("{field}: {id:?} is not 1 to 64 letters, digits and hyphens"))
}

pub(super) fn network(field: &str, text: &str) -> Result<IpNet, String> {
    let network: IpNet = text.parse().map_err(|_| format!("{field}: {text:?} is not a CIDR block"))?;
    Ok(network.trunc())
}

fn networks(field: &str, texts: &[String]) -> Result<Vec<IpNet>, String> {
    texts.iter().map(|text| network(field, text)).collect()
}

fn address(field: &str, text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{field}: {text:?} is not an IP address"))
}

pub(super) fn addresses(field: &str, texts: &[String]) -> Result<Vec<IpAddr>, String> {
    texts.iter().map(|text| address(field, text)).collect()
}

fn mac(field: &str, text: &str) -> Result<Mac, String> {
    let mac = names::parse_mac(text).ok_or_else(|| format!("{field}: {text:?} is not a MAC address"))?;
    let group_bit = mac[0] & 1;
    if group_bit == 1 { Err(format!("{field}: {text} is a group address")) } else { Ok(mac) }
}
