use crate::errors;
use crate::vpc::{Ipv6Block, Vpc, canonical_ipv4, canonical_ipv6};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_native::Region;
use controlplane_services_native::region::Zone;
use ipnet::{IpNet, Ipv4Net};

/// The block of a new subnet: in its VPC and clear of its siblings.
pub(super) fn cidr(text: &str, vpc_id: &str, vpc: &Vpc, cx: &Reader) -> Result<Ipv4Net, ServiceError> {
    let cidr = canonical_ipv4(text, "cidrBlock")?;
    if !(16..=28).contains(&cidr.prefix_len()) || !vpc.cidr.contains(&cidr) {
        return Err(errors::subnet_range(cidr));
    }
    free(IpNet::V4(cidr), vpc_id, cx)?;
    Ok(cidr)
}

/// The /64 of a new subnet: in its VPC and clear of its siblings.
pub(super) fn ipv6_block(
    text: &str,
    vpc_id: &str,
    vpc: &Vpc,
    cx: &mut Context,
) -> Result<Ipv6Block, ServiceError> {
    const LENGTH: u8 = 64;
    let cidr = canonical_ipv6(text, "ipv6CidrBlock")?;
    let inside = vpc.ipv6.as_ref().is_some_and(|block| block.cidr.contains(&cidr));
    if cidr.prefix_len() != LENGTH || !inside {
        return Err(errors::subnet_range_ipv6(cidr));
    }
    free(IpNet::V6(cidr), vpc_id, cx)?;
    Ok(Ipv6Block { cidr, association_id: cx.new_id("subnet-cidr-assoc-") })
}

fn free(cidr: IpNet, vpc_id: &str, cx: &Reader) -> Result<(), ServiceError> {
    let overlaps = |other: &IpNet| other.contains(&cidr) || cidr.contains(other);
    if super::of_vpc(vpc_id, cx).any(|sibling| sibling.cidrs().iter().any(overlaps)) {
        return Err(errors::subnet_conflict(cidr));
    }
    Ok(())
}

/// The zone a subnet is to be in: the one named, or the one with the fewest subnets of the VPC.
pub(super) fn zone(
    name: Option<&str>,
    id: Option<&str>,
    vpc_id: &str,
    cx: &Reader,
) -> Result<Zone, ServiceError> {
    let region = Region::current(cx)?;
    let unknown = |parameter, text: &str| {
        let names: Vec<&str> = region.zones.iter().map(|zone| zone.name.as_str()).collect();
        errors::unknown_zone(parameter, text, &names.join(", "))
    };
    match (name, id) {
        (Some(_), Some(_)) => Err(errors::zone_given_twice()),
        (Some(name), None) => region.zone(name).cloned().ok_or_else(|| unknown("availabilityZone", name)),
        (None, Some(id)) => region.zone_by_id(id).cloned().ok_or_else(|| unknown("availabilityZoneId", id)),
        (None, None) => emptiest(region, vpc_id, cx),
    }
}

fn emptiest(region: &Region, vpc_id: &str, cx: &Reader) -> Result<Zone, ServiceError> {
    let subnets_in =
        |zone: &&Zone| super::of_vpc(vpc_id, cx).filter(|subnet| subnet.zone == zone.name.0).count();
    let zone = region.zones.iter().min_by_key(subnets_in);
    zone.cloned().ok_or_else(|| ServiceError::internal("the region has no zone"))
}
