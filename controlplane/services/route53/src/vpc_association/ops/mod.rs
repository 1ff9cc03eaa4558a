//! Actions on associations of VPCs with private zones.

pub mod associate_vpc_with_hosted_zone;
pub mod create_vpc_association_authorization;
pub mod delete_vpc_association_authorization;
pub mod disassociate_vpc_from_hosted_zone;
pub mod list_hosted_zones_by_vpc;
pub mod list_vpc_association_authorizations;

pub(crate) use associate_vpc_with_hosted_zone::associate;
pub(crate) use disassociate_vpc_from_hosted_zone::disassociate;
