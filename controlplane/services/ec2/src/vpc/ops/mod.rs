//! The actions on VPCs, and the shape in which they show one.

pub(crate) mod create_default_vpc;
pub(crate) mod create_vpc;
pub(crate) mod delete_vpc;
pub(crate) mod describe_vpc_attribute;
pub(crate) mod describe_vpcs;
pub(crate) mod modify_vpc_attribute;

use super::Vpc;
use crate::dhcp_options;
use crate::filter::{Described, Field, one};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

/// A VPC as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcShape {
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    pub(crate) state: &'static str,
    pub(crate) cidr_block: String,
    pub(crate) cidr_block_association_set: Vec<CidrAssociation>,
    pub(crate) ipv6_cidr_block_association_set: Vec<Ipv6CidrAssociation>,
    pub(crate) dhcp_options_id: String,
    pub(crate) instance_tenancy: &'static str,
    pub(crate) is_default: bool,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CidrAssociation {
    pub(crate) association_id: String,
    pub(crate) cidr_block: String,
    pub(crate) cidr_block_state: CidrState,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6CidrAssociation {
    pub(crate) association_id: String,
    pub(crate) ipv6_cidr_block: String,
    pub(crate) ipv6_cidr_block_state: CidrState,
    pub(crate) ipv6_pool: &'static str,
    pub(crate) ip_source: &'static str,
    pub(crate) ipv6_address_attribute: &'static str,
    pub(crate) network_border_group: String,
}

/// Blocks are associated at once and as long as their VPC or subnet lives.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CidrState {
    pub(crate) state: &'static str,
}

impl Default for CidrState {
    fn default() -> Self {
        Self { state: "associated" }
    }
}

impl VpcShape {
    /// What the caller sees of a VPC.
    pub(crate) fn of(id: &str, vpc: &Vpc, cx: &Reader) -> Self {
        let cidr_block = vpc.cidr.to_string();
        let association = CidrAssociation {
            association_id: vpc.cidr_association_id.clone(),
            cidr_block: cidr_block.clone(),
            cidr_block_state: CidrState::default(),
        };
        Self {
            vpc_id: id.to_owned(),
            owner_id: cx.caller.account.to_string(),
            state: "available",
            cidr_block,
            cidr_block_association_set: vec![association],
            ipv6_cidr_block_association_set: ipv6_associations(vpc, cx),
            dhcp_options_id: vpc.dhcp_options_id.clone().unwrap_or_else(|| dhcp_options::DEFAULT.to_owned()),
            instance_tenancy: "default",
            is_default: vpc.is_default,
            tags: tag::of(id, cx),
        }
    }
}

fn ipv6_associations(vpc: &Vpc, cx: &Reader) -> Vec<Ipv6CidrAssociation> {
    let shown = vpc.ipv6.iter().map(|block| Ipv6CidrAssociation {
        association_id: block.association_id.clone(),
        ipv6_cidr_block: block.cidr.to_string(),
        ipv6_cidr_block_state: CidrState::default(),
        ipv6_pool: "Amazon",
        ip_source: "amazon",
        ipv6_address_attribute: "private",
        network_border_group: cx.caller.region.to_string(),
    });
    shown.collect()
}

impl Described for VpcShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("vpc-id", |vpc| one(&vpc.vpc_id)),
        ("owner-id", |vpc| one(&vpc.owner_id)),
        ("state", |vpc| one(vpc.state)),
        ("cidr", |vpc| one(&vpc.cidr_block)),
        // Two older names that AWS takes and clients use, as with subnets.
        ("cidr-block", |vpc| one(&vpc.cidr_block)),
        ("cidrBlock", |vpc| one(&vpc.cidr_block)),
        ("cidr-block-association.cidr-block", |vpc| one(&vpc.cidr_block)),
        ("cidr-block-association.association-id", |vpc| {
            vpc.cidr_block_association_set.iter().map(|set| set.association_id.clone()).collect()
        }),
        ("cidr-block-association.state", |vpc| {
            vpc.cidr_block_association_set.iter().map(|set| set.cidr_block_state.state.to_owned()).collect()
        }),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |vpc| {
            vpc.ipv6_cidr_block_association_set.iter().map(|set| set.ipv6_cidr_block.clone()).collect()
        }),
        ("ipv6-cidr-block-association.ipv6-pool", |vpc| {
            vpc.ipv6_cidr_block_association_set.iter().map(|set| set.ipv6_pool.to_owned()).collect()
        }),
        ("ipv6-cidr-block-association.association-id", |vpc| {
            vpc.ipv6_cidr_block_association_set.iter().map(|set| set.association_id.clone()).collect()
        }),
        ("ipv6-cidr-block-association.state", |vpc| {
            vpc.ipv6_cidr_block_association_set
                .iter()
                .map(|set| set.ipv6_cidr_block_state.state.to_owned())
                .collect()
        }),
        ("dhcp-options-id", |vpc| one(&vpc.dhcp_options_id)),
        ("is-default", |vpc| one(vpc.is_default)),
        ("isDefault", |vpc| one(vpc.is_default)),
    ];

    fn id(&self) -> &str {
        &self.vpc_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
