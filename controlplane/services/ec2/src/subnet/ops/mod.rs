//! The actions on subnets, and the shape in which they show one.

pub(crate) mod create_default_subnet;
pub(crate) mod create_subnet;
pub(crate) mod delete_subnet;
pub(crate) mod describe_subnets;
pub(crate) mod modify_subnet_attribute;

use super::{Subnet, available_addresses};
use crate::filter::{Described, Field, one};
use crate::resource::arn;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

/// A subnet as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SubnetShape {
    pub(crate) subnet_id: String,
    pub(crate) subnet_arn: String,
    pub(crate) owner_id: String,
    pub(crate) vpc_id: String,
    pub(crate) state: &'static str,
    pub(crate) cidr_block: String,
    pub(crate) available_ip_address_count: i32,
    pub(crate) availability_zone: String,
    pub(crate) availability_zone_id: String,
    pub(crate) default_for_az: bool,
    pub(crate) map_public_ip_on_launch: bool,
    pub(crate) map_customer_owned_ip_on_launch: bool,
    pub(crate) assign_ipv6_address_on_creation: bool,
    pub(crate) ipv6_cidr_block_association_set: Vec<Ipv6Association>,
    pub(crate) ipv6_native: bool,
    pub(crate) enable_dns64: bool,
    pub(crate) private_dns_name_options_on_launch: PrivateDnsNameOptions,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6Association {
    pub(crate) association_id: String,
    pub(crate) ipv6_cidr_block: String,
    pub(crate) ipv6_cidr_block_state: CidrState,
    pub(crate) ipv6_address_attribute: &'static str,
    pub(crate) ip_source: &'static str,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CidrState {
    pub(crate) state: &'static str,
}

/// Instances are named after their address and no name of theirs is in any zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrivateDnsNameOptions {
    pub(crate) hostname_type: &'static str,
    pub(crate) enable_resource_name_dns_a_record: bool,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub(crate) enable_resource_name_dns_aaaa_record: bool,
}

impl Default for PrivateDnsNameOptions {
    fn default() -> Self {
        Self {
            hostname_type: "ip-name",
            enable_resource_name_dns_a_record: false,
            enable_resource_name_dns_aaaa_record: false,
        }
    }
}

impl SubnetShape {
    /// What the caller sees of a subnet.
    pub(crate) fn of(id: &str, subnet: &Subnet, cx: &Reader) -> Self {
        Self {
            subnet_id: id.to_owned(),
            subnet_arn: arn("subnet", id, cx),
            owner_id: cx.caller.account.to_string(),
            vpc_id: subnet.vpc_id.clone(),
            state: "available",
            cidr_block: subnet.cidr.to_string(),
            available_ip_address_count: i32::try_from(available_addresses(id, subnet, cx))
                .unwrap_or(i32::MAX),
            availability_zone: subnet.zone.clone(),
            availability_zone_id: subnet.zone_id.clone(),
            default_for_az: subnet.default_for_az,
            map_public_ip_on_launch: subnet.map_public_ip_on_launch,
            assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation,
            ipv6_cidr_block_association_set: ipv6_associations(subnet),
            tags: tag::of(id, cx),
            ..Self::default()
        }
    }
}

fn ipv6_associations(subnet: &Subnet) -> Vec<Ipv6Association> {
    let shown = subnet.ipv6.iter().map(|block| Ipv6Association {
        association_id: block.association_id.clone(),
        ipv6_cidr_block: block.cidr.to_string(),
        ipv6_cidr_block_state: CidrState { state: "associated" },
        ipv6_address_attribute: "private",
        ip_source: "amazon",
    });
    shown.collect()
}

impl Described for SubnetShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("private-dns-name-options-on-launch.enable-resource-name-dns-a-record", |subnet| {
            one(subnet.private_dns_name_options_on_launch.enable_resource_name_dns_a_record)
        }),
        ("private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record", |subnet| {
            one(subnet.private_dns_name_options_on_launch.enable_resource_name_dns_aaaa_record)
        }),
        ("subnet-id", |subnet| one(&subnet.subnet_id)),
        ("subnet-arn", |subnet| one(&subnet.subnet_arn)),
        ("owner-id", |subnet| one(&subnet.owner_id)),
        ("vpc-id", |subnet| one(&subnet.vpc_id)),
        ("state", |subnet| one(subnet.state)),
        ("cidr-block", |subnet| one(&subnet.cidr_block)),
        ("cidr", |subnet| one(&subnet.cidr_block)),
        ("cidrBlock", |subnet| one(&subnet.cidr_block)),
        ("available-ip-address-count", |subnet| one(subnet.available_ip_address_count)),
        ("availability-zone", |subnet| one(&subnet.availability_zone)),
        ("availabilityZone", |subnet| one(&subnet.availability_zone)),
        ("availability-zone-id", |subnet| one(&subnet.availability_zone_id)),
        ("availabilityZoneId", |subnet| one(&subnet.availability_zone_id)),
        ("default-for-az", |subnet| one(subnet.default_for_az)),
        ("defaultForAz", |subnet| one(subnet.default_for_az)),
        ("map-public-ip-on-launch", |subnet| one(subnet.map_public_ip_on_launch)),
        ("map-customer-owned-ip-on-launch", |subnet| one(subnet.map_customer_owned_ip_on_launch)),
        ("ipv6-native", |subnet| one(subnet.ipv6_native)),
        ("enable-dns64", |subnet| one(subnet.enable_dns64)),
        ("private-dns-name-options-on-launch.hostname-type", |subnet| {
            one(subnet.private_dns_name_options_on_launch.hostname_type)
        }),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |subnet| {
            subnet.ipv6_cidr_block_association_set.iter().map(|set| set.ipv6_cidr_block.clone()).collect()
        }),
        ("ipv6-cidr-block-association.association-id", |subnet| {
            subnet.ipv6_cidr_block_association_set.iter().map(|set| set.association_id.clone()).collect()
        }),
        ("ipv6-cidr-block-association.state", |subnet| {
            subnet
                .ipv6_cidr_block_association_set
                .iter()
                .map(|set| set.ipv6_cidr_block_state.state.to_owned())
                .collect()
        }),
    ];

    const ABSENT: &'static [&'static str] =
        &["customer-owned-ipv4-pool", "enable-lni-at-device-index", "outpost-arn"];

    fn id(&self) -> &str {
        &self.subnet_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
