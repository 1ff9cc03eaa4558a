use super::Vpc;
use super::canonical_ipv4;
use super::ops::create_vpc::{CreateVpc, CreateVpcInput};
use super::ops::delete_vpc::{DeleteVpc, DeleteVpcInput};
use crate::dhcp_options;
use crate::dhcp_options::ops::associate_dhcp_options::{AssociateDhcpOptions, AssociateDhcpOptionsInput};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network of its own: instances of different VPCs never meet, even where their addresses are the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VpcSpec {
    /// The IPv4 addresses of the network, such as `10.0.0.0/16`: from a /16 to a /28. Subnets are cut out of it.
    cidr_block: String,
    /// Whether the network also gets an IPv6 block, a /56 that the region chooses.
    #[serde(default)]
    amazon_provided_ipv6_cidr_block: bool,
    /// Whether the VPC's resolver answers (at the address ending in .2 and at 169.254.169.253).
    #[serde(default = "yes")]
    enable_dns_support: bool,
    /// Whether instances with a public address get a DNS name for it. Needs `enableDnsSupport`.
    #[serde(default)]
    enable_dns_hostnames: bool,
    /// The DHCP option set of its instances. Absent: none, which AWS calls `default`.
    dhcp_options_id: Option<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

fn yes() -> bool {
    true
}

impl Declarative for Vpc {
    type Spec = VpcSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("dhcpOptionsId", "dhcp_options")];
    const IMMUTABLE: &'static [&'static str] = &["cidrBlock", "amazonProvidedIpv6CidrBlock"];

    fn canonical(spec: VpcSpec) -> Result<VpcSpec, ServiceError> {
        Ok(VpcSpec { cidr_block: canonical_ipv4(&spec.cidr_block, "cidrBlock")?.to_string(), ..spec })
    }

    fn create(_: &str, spec: VpcSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateVpcInput {
            cidr_block: Some(spec.cidr_block.clone()),
            amazon_provided_ipv6_cidr_block: Some(spec.amazon_provided_ipv6_cidr_block),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::VPC),
            dry_run: None,
        };
        let id = CreateVpc::run(&input, cx)?.vpc.vpc_id;
        set_dns(&id, &spec, cx)?;
        set_dhcp_options(&id, &spec, cx)?;
        Ok(id)
    }

    fn update(id: &str, live: VpcSpec, wanted: VpcSpec, cx: &mut Context) -> Result<(), ServiceError> {
        set_dns(id, &wanted, cx)?;
        set_dhcp_options(id, &wanted, cx)?;
        tag::redeclare(&errors::VPC, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        DeleteVpc::run(&DeleteVpcInput { vpc_id: id.to_owned(), dry_run: None }, cx)?;
        Ok(Deletion::Done)
    }
}

fn set_dhcp_options(id: &str, spec: &VpcSpec, cx: &mut Context) -> Result<(), ServiceError> {
    let input = AssociateDhcpOptionsInput {
        dhcp_options_id: spec.dhcp_options_id.clone().unwrap_or_else(|| dhcp_options::DEFAULT.to_owned()),
        vpc_id: id.to_owned(),
        dry_run: None,
    };
    AssociateDhcpOptions::run(&input, cx).map(|_| ())
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
