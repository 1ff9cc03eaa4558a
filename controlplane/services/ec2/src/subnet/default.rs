//! Default subnets: one /20 of the default VPC per zone, with public addresses for its instances.

use super::{Subnet, of_vpc};
use crate::errors;
use crate::resource::require;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_native::region::Zone;
use ipnet::Ipv4Net;

const LENGTH: u8 = 20;

/// Makes the default subnet of a zone in the first free /20 of the default VPC.
pub(crate) fn create(vpc_id: &str, zone: &Zone, cx: &mut Context) -> Result<String, ServiceError> {
    if of_vpc(vpc_id, cx).any(|subnet| subnet.default_for_az && subnet.zone == zone.name.0) {
        return Err(errors::default_subnet_already_exists(zone.name.as_str()));
    }
    let subnet = Subnet {
        vpc_id: vpc_id.to_owned(),
        cidr: free_block(vpc_id, cx)?,
        ipv6: None,
        zone: zone.name.0.clone(),
        zone_id: zone.id.clone(),
        default_for_az: true,
        map_public_ip_on_launch: true,
        assign_ipv6_address_on_creation: false,
    };
    let id = cx.new_id("subnet-");
    cx.put(&id, subnet);
    Ok(id)
}

fn free_block(vpc_id: &str, cx: &Reader) -> Result<Ipv4Net, ServiceError> {
    let vpc = require::<Vpc>(vpc_id, cx)?;
    let taken: Vec<Ipv4Net> = of_vpc(vpc_id, cx).map(|subnet| subnet.cidr).collect();
    let overlaps = |block: &Ipv4Net| taken.iter().any(|other| other.contains(block) || block.contains(other));
    let mut blocks = vpc.cidr.subnets(LENGTH).map_err(|_| errors::no_room_for_default_subnet(vpc.cidr))?;
    blocks.find(|block| !overlaps(block)).ok_or_else(|| errors::no_room_for_default_subnet(vpc.cidr))
}
