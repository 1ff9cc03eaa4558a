use super::Subnet;
use super::ops::create_subnet::{CreateSubnet, CreateSubnetInput};
use super::ops::delete_subnet::{DeleteSubnet, DeleteSubnetInput};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use crate::vpc::{canonical_ipv4, canonical_ipv6};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a VPC in one availability zone. It is public if its route table leads to an internet gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubnetSpec {
    /// The network it is a part of.
    vpc_id: String,
    /// Its IPv4 addresses, a /16 to a /28 within the VPC's block that no other subnet has. The first four and the last
    /// belong to the network itself.
    cidr_block: String,
    /// Its IPv6 addresses, a /64 within the VPC's IPv6 block. Absent: none.
    ipv6_cidr_block: Option<String>,
    /// Name of the zone its instances run in, such as `us-east-1a`. Absent: the region chooses.
    availability_zone: Option<String>,
    /// Whether interfaces made here by a launch get a public IPv4 address unless the launch says otherwise.
    #[serde(default)]
    map_public_ip_on_launch: bool,
    /// Whether new interfaces get an IPv6 address. Needs `ipv6CidrBlock`.
    #[serde(default)]
    assign_ipv6_address_on_creation: bool,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

impl Declarative for Subnet {
    type Spec = SubnetSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("vpcId", "vpc")];
    const IMMUTABLE: &'static [&'static str] = &["vpcId", "cidrBlock", "ipv6CidrBlock", "availabilityZone"];

    fn canonical(spec: SubnetSpec) -> Result<SubnetSpec, ServiceError> {
        let ipv6 =
            spec.ipv6_cidr_block.as_deref().map(|text| canonical_ipv6(text, "ipv6CidrBlock")).transpose()?;
        let cidr_block = canonical_ipv4(&spec.cidr_block, "cidrBlock")?.to_string();
        Ok(SubnetSpec { cidr_block, ipv6_cidr_block: ipv6.map(|net| net.to_string()), ..spec })
    }

    fn create(_: &str, spec: SubnetSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateSubnetInput {
            vpc_id: spec.vpc_id.clone(),
            cidr_block: Some(spec.cidr_block.clone()),
            ipv6_cidr_block: spec.ipv6_cidr_block.clone(),
            availability_zone: spec.availability_zone.clone(),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::SUBNET),
            ..Default::default()
        };
        let id = CreateSubnet::run(&input, cx)?.subnet.subnet_id;
        set_attributes(&id, &spec, cx)?;
        Ok(id)
    }

    fn update(id: &str, live: SubnetSpec, wanted: SubnetSpec, cx: &mut Context) -> Result<(), ServiceError> {
        set_attributes(id, &wanted, cx)?;
        tag::redeclare(&errors::SUBNET, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        DeleteSubnet::run(&DeleteSubnetInput { subnet_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

fn set_attributes(id: &str, spec: &SubnetSpec, cx: &mut Context) -> Result<(), ServiceError> {
    let mut subnet = require::<Subnet>(id, cx)?.clone();
    if spec.assign_ipv6_address_on_creation && subnet.ipv6.is_none() {
        return Err(errors::subnet_without_ipv6(id));
    }
    subnet.map_public_ip_on_launch = spec.map_public_ip_on_launch;
    subnet.assign_ipv6_address_on_creation = spec.assign_ipv6_address_on_creation;
    cx.put(id, subnet);
    Ok(())
}
