use super::VpcShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::tag::{self, TagSpecification};
use crate::vpc::types::{BY_IPV6, BY_VNI};
use crate::vpc::{Ipv6Block, Vpc, validate};
use crate::{route_table, security_group};
use controlplane_services_kernel::quota::VPCS;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>
pub(crate) struct CreateVpc;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateVpcInput {
    pub(crate) cidr_block: Option<String>,
    pub(crate) amazon_provided_ipv6_cidr_block: Option<bool>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateVpcInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateVpcOutput {
    pub(crate) vpc: VpcShape,
}

impl Operation for CreateVpc {
    const NAME: &'static str = "CreateVpc";
    type Input = CreateVpcInput;
    type Output = CreateVpcOutput;

    fn run(input: &CreateVpcInput, cx: &mut Context) -> Result<CreateVpcOutput, ServiceError> {
        let cidr = input.cidr_block.as_deref().ok_or_else(|| errors::missing_parameter("CidrBlock"))?;
        let cidr = validate::vpc_cidr(cidr)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::VPC)?;
        let amazon_ipv6 = input.amazon_provided_ipv6_cidr_block.unwrap_or(false);
        let id = create_vpc(NewVpc { cidr, is_default: false, amazon_ipv6 }, cx)?;
        tag::add(&errors::VPC, &id, &tags, cx)?;
        let vpc = VpcShape::of(&id, require::<Vpc>(&id, cx)?, cx);
        Ok(CreateVpcOutput { vpc })
    }
}

/// What distinguishes a new VPC.
pub(crate) struct NewVpc {
    pub(crate) cidr: Ipv4Net,
    pub(crate) is_default: bool,
    pub(crate) amazon_ipv6: bool,
}

/// Makes a VPC with its main route table and its default security group.
pub(crate) fn create_vpc(new: NewVpc, cx: &mut Context) -> Result<String, ServiceError> {
    if cx.list::<Vpc>().count() >= VPCS.limit(cx) {
        return Err(errors::vpc_limit_exceeded());
    }
    let id = cx.new_id("vpc-");
    let ipv6 = if new.amazon_ipv6 { Some(free_ipv6_block(cx)) } else { None };
    let vpc = Vpc {
        cidr: new.cidr,
        cidr_association_id: cx.new_id("vpc-cidr-assoc-"),
        ipv6,
        vni: free_vni(cx)?,
        is_default: new.is_default,
        dns_support: true,
        dns_hostnames: new.is_default,
        dhcp_options_id: None,
    };
    cx.put(&id, vpc);
    route_table::create_main(&id, cx);
    security_group::create_default(&id, cx);
    Ok(id)
}

/// Network identifiers are drawn and not counted up, so that the one of a deleted VPC is not met again soon
/// on machines that still clear away the old network.
fn free_vni(cx: &mut Context) -> Result<u32, ServiceError> {
    const TRIES: usize = 64;
    for _ in 0..TRIES {
        let vni = 1 + u32::try_from(cx.random().below(0xff_ffff - 1)).unwrap_or(0);
        if cx.view.find::<Vpc>(BY_VNI, &vni.to_string()).next().is_none() {
            return Ok(vni);
        }
    }
    Err(errors::vpc_limit_exceeded())
}

/// A /56 out of fd00::/8. 48 random bits: a clash is drawn again.
fn free_ipv6_block(cx: &mut Context) -> Ipv6Block {
    loop {
        let mut octets = [0u8; 16];
        cx.random().fill(&mut octets[..7]);
        octets[0] = 0xfd;
        let cidr = Ipv6Net::new_assert(Ipv6Addr::from(octets), 56);
        if cx.view.find::<Vpc>(BY_IPV6, &cidr.to_string()).next().is_none() {
            return Ipv6Block { cidr, association_id: cx.new_id("vpc-cidr-assoc-") };
        }
    }
}
