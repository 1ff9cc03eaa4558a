use super::SubnetShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::subnet::{self, Subnet, validate};
use crate::tag::{self, TagSpecification};
use crate::vpc::Vpc;
use controlplane_services_kernel::quota::VPC_SUBNETS;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html>
pub(crate) struct CreateSubnet;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateSubnetInput {
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: Option<String>,
    pub(crate) ipv6_cidr_block: Option<String>,
    pub(crate) availability_zone: Option<String>,
    pub(crate) availability_zone_id: Option<String>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateSubnetInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSubnetOutput {
    pub(crate) subnet: SubnetShape,
}

impl Operation for CreateSubnet {
    const NAME: &'static str = "CreateSubnet";
    type Input = CreateSubnetInput;
    type Output = CreateSubnetOutput;

    fn run(input: &CreateSubnetInput, cx: &mut Context) -> Result<CreateSubnetOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::SUBNET)?;
        let subnet = read(input, cx)?;
        let id = cx.new_id("subnet-");
        cx.put(&id, subnet.clone());
        tag::add(&errors::SUBNET, &id, &tags, cx)?;
        Ok(CreateSubnetOutput { subnet: SubnetShape::of(&id, &subnet, cx) })
    }
}

fn read(input: &CreateSubnetInput, cx: &mut Context) -> Result<Subnet, ServiceError> {
    let vpc_id = &input.vpc_id;
    let vpc = require::<Vpc>(vpc_id, cx)?.clone();
    if subnet::of_vpc(vpc_id, cx).count() >= VPC_SUBNETS.limit(cx) {
        return Err(errors::subnet_limit_exceeded(vpc_id));
    }
    let cidr = input.cidr_block.as_deref().ok_or_else(|| errors::missing_parameter("CidrBlock"))?;
    let cidr = validate::cidr(cidr, vpc_id, &vpc, cx)?;
    let ipv6 = input.ipv6_cidr_block.as_deref().map(|text| validate::ipv6_block(text, vpc_id, &vpc, cx));
    let zone =
        validate::zone(input.availability_zone.as_deref(), input.availability_zone_id.as_deref(), vpc_id, cx);
    let (ipv6, zone) = (ipv6.transpose()?, zone?);
    Ok(Subnet {
        vpc_id: vpc_id.clone(),
        cidr,
        ipv6,
        zone: zone.name.0,
        zone_id: zone.id,
        default_for_az: false,
        map_public_ip_on_launch: false,
        assign_ipv6_address_on_creation: false,
    })
}
