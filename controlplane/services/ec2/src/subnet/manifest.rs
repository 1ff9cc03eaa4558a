use super::Subnet;
use super::ops::create_subnet::{CreateSubnet, CreateSubnetInput};
use super::ops::delete_subnet::{DeleteSubnet, DeleteSubnetInput};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use crate::vpc::{canonical_ipv4, canonical_ipv6};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// A subnet as a manifest declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubnetSpec {
    vpc_id: String,
    cidr_block: String,
    ipv6_cidr_block: Option<String>,
    availability_zone: Option<String>,
    #[serde(default)]
    map_public_ip_on_launch: bool,
    #[serde(default)]
    assign_ipv6_address_on_creation: bool,
    #[serde(default)]
    tags: Tags,
}

impl Declarative for Subnet {
    type Spec = SubnetSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("vpcId", "vpc")];

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

    fn update(id: &str, old: SubnetSpec, new: SubnetSpec, cx: &mut Context) -> Result<(), ServiceError> {
        refuse_moves(require::<Subnet>(id, cx)?, &new)?;
        set_attributes(id, &new, cx)?;
        tag::redeclare(&errors::SUBNET, id, &old.tags, &new.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        DeleteSubnet::run(&DeleteSubnetInput { subnet_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

fn refuse_moves(subnet: &Subnet, new: &SubnetSpec) -> Result<(), ServiceError> {
    let ipv6 =
        new.ipv6_cidr_block.as_deref().map(|text| canonical_ipv6(text, "ipv6CidrBlock")).transpose()?;
    if new.vpc_id != subnet.vpc_id {
        return Err(errors::immutable("vpcId"));
    }
    if canonical_ipv4(&new.cidr_block, "cidrBlock")? != subnet.cidr {
        return Err(errors::immutable("cidrBlock"));
    }
    if ipv6 != subnet.ipv6.as_ref().map(|block| block.cidr) {
        return Err(errors::immutable("ipv6CidrBlock"));
    }
    if new.availability_zone.as_ref().is_some_and(|zone| *zone != subnet.zone) {
        return Err(errors::immutable("availabilityZone"));
    }
    Ok(())
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
