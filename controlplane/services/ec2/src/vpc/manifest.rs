use super::Vpc;
use super::ops::create_vpc::{CreateVpc, CreateVpcInput};
use super::ops::delete_vpc::{DeleteVpc, DeleteVpcInput};
use super::validate;
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// A VPC as a manifest declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VpcSpec {
    cidr_block: String,
    #[serde(default)]
    amazon_provided_ipv6_cidr_block: bool,
    #[serde(default = "yes")]
    enable_dns_support: bool,
    #[serde(default)]
    enable_dns_hostnames: bool,
    #[serde(default)]
    tags: Tags,
}

fn yes() -> bool {
    true
}

impl Declarative for Vpc {
    type Spec = VpcSpec;

    fn create(_: &str, spec: VpcSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateVpcInput {
            cidr_block: Some(spec.cidr_block.clone()),
            amazon_provided_ipv6_cidr_block: Some(spec.amazon_provided_ipv6_cidr_block),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::VPC),
            dry_run: None,
        };
        let id = CreateVpc::run(&input, cx)?.vpc.vpc_id;
        set_dns(&id, &spec, cx)?;
        Ok(id)
    }

    fn update(id: &str, old: VpcSpec, new: VpcSpec, cx: &mut Context) -> Result<(), ServiceError> {
        if validate::vpc_cidr(&new.cidr_block)? != require::<Vpc>(id, cx)?.cidr {
            return Err(errors::immutable("cidrBlock"));
        }
        if new.amazon_provided_ipv6_cidr_block != old.amazon_provided_ipv6_cidr_block {
            return Err(errors::immutable("amazonProvidedIpv6CidrBlock"));
        }
        set_dns(id, &new, cx)?;
        tag::redeclare(&errors::VPC, id, &old.tags, &new.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        DeleteVpc::run(&DeleteVpcInput { vpc_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

/// Both at once: the action that changes one at a time would refuse orders that are fine in the end.
fn set_dns(id: &str, spec: &VpcSpec, cx: &mut Context) -> Result<(), ServiceError> {
    if spec.enable_dns_hostnames && !spec.enable_dns_support {
        return Err(errors::dns_hostnames_need_support());
    }
    let mut vpc = require::<Vpc>(id, cx)?.clone();
    vpc.dns_support = spec.enable_dns_support;
    vpc.dns_hostnames = spec.enable_dns_hostnames;
    cx.put(id, vpc);
    Ok(())
}
