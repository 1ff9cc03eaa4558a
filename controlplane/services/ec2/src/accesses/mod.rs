//! Which resources an action is about, for all of EC2 at once: found in its input by the form of ids and by what members are
//! called, so that an action nobody wrote anything down for is still asked about everything it names.
//!
//! More resources than AWS asks about would only be stricter, and fewer would let a `Deny` be walked around; where AWS is known
//! to ask about fewer (the gateway of a route, the other group of a rule) those members are left out. `Describe*` is about no
//! resource in particular, as in AWS. An action that makes something is also about what it makes (`subnet/*`), with the tags it
//! gives; giving any is `ec2:CreateTags` besides.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>

mod named;
#[cfg(test)]
mod tests;

use crate::errors::{
    ADDRESS, DHCP_OPTIONS, INSTANCE, INTERNET_GATEWAY, KEY_PAIR, LAUNCH_TEMPLATE, NETWORK_INTERFACE, Noun,
    PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC,
};
use crate::instance_profile;
use crate::launch_template::LaunchTemplateData;
use crate::resource;
use crate::subnet::Subnet;
use crate::tag::TagSpecification;
use controlplane_services_kernel::{Access, Reader, access};
use named::Named;
use serde_json::Value;

/// See the module.
pub(crate) fn of(action: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    if action.starts_with("Describe") && !action.ends_with("Attribute") {
        return vec![in_region(Access::anything(), cx)];
    }
    let made = makes(action);
    let mut named = Named::new(made, cx);
    named.visit(action, input);
    let given = tags(&input["Tags"]);
    let mut accesses: Vec<Access> =
        named.accesses().into_iter().map(|access| with_tags(access, &given)).collect();
    if let Some(noun) = made {
        accesses.extend(creation(action, noun, input, cx));
    }
    if accesses.is_empty() {
        accesses.push(in_region(Access::anything(), cx));
    }
    accesses
}

/// What a launch is about: everything in what it comes to, whether the request says so or its template, and what it makes.
pub(crate) fn of_launch(
    template: Option<&str>,
    subnet: Option<&str>,
    data: &LaunchTemplateData,
    cx: &Reader,
) -> Vec<Access> {
    let mut named = Named::new(None, cx);
    subnet.iter().for_each(|id| named.add(&SUBNET, id));
    named.visit("RunInstances", &serde_json::to_value(data).unwrap_or_default());
    template.iter().for_each(|id| named.add(&LAUNCH_TEMPLATE, id));
    if !named.names(&SUBNET) && !named.names(&NETWORK_INTERFACE) {
        // It may come to lie in any of these, so a denial of one must not be got around by naming none.
        let zone = data.placement.as_ref().and_then(|placement| placement.availability_zone.as_deref());
        let defaults = cx.list::<Subnet>().filter(|subnet| subnet.record.default_for_az);
        let there = defaults.filter(|subnet| zone.is_none_or(|zone| subnet.record.zone == zone));
        there.for_each(|subnet| named.add(&SUBNET, subnet.key.id()));
    }
    let kind = data.instance_type.as_deref().unwrap_or(crate::instance_type::DEFAULT);
    let specifications = data.tag_specifications.as_deref().unwrap_or_default();
    let made = [&INSTANCE, &NETWORK_INTERFACE].into_iter().flat_map(|noun| {
        let made = making("RunInstances", noun, &specified(specifications, noun), cx);
        made.into_iter().map(|access| match noun.tag_type == INSTANCE.tag_type {
            true => access.with("ec2:InstanceType", kind),
            false => access,
        })
    });
    let passed = instance_profile::pass_role(data.iam_instance_profile.as_ref(), cx);
    named.accesses().into_iter().chain(made).chain(passed).collect()
}

/// What an action makes.
fn makes(action: &str) -> Option<&'static Noun> {
    Some(match action {
        "AllocateAddress" => &ADDRESS,
        "CreateDefaultSubnet" | "CreateSubnet" => &SUBNET,
        "CreateDefaultVpc" | "CreateVpc" => &VPC,
        "CreateDhcpOptions" => &DHCP_OPTIONS,
        "CreateInternetGateway" => &INTERNET_GATEWAY,
        "CreateKeyPair" | "ImportKeyPair" => &KEY_PAIR,
        "CreateLaunchTemplate" => &LAUNCH_TEMPLATE,
        "CreateManagedPrefixList" => &PREFIX_LIST,
        "CreateNetworkInterface" => &NETWORK_INTERFACE,
        "CreateRouteTable" => &ROUTE_TABLE,
        "CreateSecurityGroup" => &SECURITY_GROUP,
        "RunInstances" => &INSTANCE,
        _ => return None,
    })
}

fn creation(action: &str, noun: &'static Noun, input: &Value, cx: &Reader) -> Vec<Access> {
    let specifications: Vec<TagSpecification> =
        serde_json::from_value(input["TagSpecifications"].clone()).unwrap_or_default();
    making(action, noun, &specified(&specifications, noun), cx)
}

/// To make a `noun`, and to tag it where tags are given.
fn making(action: &str, noun: &Noun, tags: &[(String, String)], cx: &Reader) -> Vec<Access> {
    let make = with_tags(in_region(Access::to(resource::arn(noun.tag_type, "*", cx)), cx), tags);
    let tag = (!tags.is_empty()).then(|| make.clone().by("ec2:CreateTags").with("ec2:CreateAction", action));
    std::iter::once(make).chain(tag).collect()
}

fn specified(specifications: &[TagSpecification], noun: &Noun) -> Vec<(String, String)> {
    let of_noun = specifications.iter().filter(|one| one.resource_type == noun.tag_type);
    of_noun.flat_map(|one| one.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()))).collect()
}

/// The members of a list of tags.
fn tags(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}

fn with_tags(access: Access, tags: &[(String, String)]) -> Access {
    access::request_tags(access, tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

fn in_region(access: Access, cx: &Reader) -> Access {
    access.with("ec2:Region", cx.caller.region.as_str())
}
