//! The resources an input names, by id or by name.

use crate::address::{self, Address};
use crate::errors::{
    ADDRESS, DHCP_OPTIONS, IMAGE, INSTANCE, INTERNET_GATEWAY, KEY_PAIR, LAUNCH_TEMPLATE, NETWORK_INTERFACE,
    Noun, PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP, SECURITY_GROUP_RULE, SUBNET, VPC,
};
use crate::instance::Instance;
use crate::key_pair::{self, KeyPair};
use crate::network_interface;
use crate::security_group::SecurityGroup;
use crate::{launch_template, resource, route_table, tag};
use controlplane_services_kernel::{Access, Reader};
use serde_json::Value;
use std::collections::BTreeSet;

const NOUNS: [&Noun; 14] = [
    &VPC,
    &DHCP_OPTIONS,
    &PREFIX_LIST,
    &SUBNET,
    &INTERNET_GATEWAY,
    &ROUTE_TABLE,
    &SECURITY_GROUP,
    &SECURITY_GROUP_RULE,
    &NETWORK_INTERFACE,
    &ADDRESS,
    &INSTANCE,
    &IMAGE,
    &KEY_PAIR,
    &LAUNCH_TEMPLATE,
];

/// Members that hold people's text, or what AWS does not ask about.
const PASSED_OVER: [&str; 16] = [
    "ClientToken",
    "Description",
    "DhcpConfigurations",
    "Filters",
    "GatewayId",
    "IpPermissions",
    "NextToken",
    "PrefixListName",
    "SecurityGroupRules",
    "SecurityGroupRuleDescriptions",
    "TagSpecifications",
    "Tags",
    "UserData",
    "UserIds",
    "VersionDescription",
    "LaunchTemplateData",
];

/// The resources named so far.
pub(super) struct Named<'r> {
    cx: &'r Reader,
    /// What the action makes: its name is new and means nothing that is there.
    made: Option<&'static Noun>,
    found: BTreeSet<(&'static str, String)>,
}

impl<'r> Named<'r> {
    pub(super) fn new(made: Option<&'static Noun>, cx: &'r Reader) -> Self {
        Self { cx, made, found: BTreeSet::new() }
    }

    /// Takes in what a member names. A route's own actions are about its table only.
    pub(super) fn visit(&mut self, member: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(member, text),
            Value::Array(items) => items.iter().for_each(|item| self.visit(member, item)),
            Value::Object(members) => {
                let is_route = matches!(member, "CreateRoute" | "ReplaceRoute" | "DeleteRoute");
                for (name, value) in members {
                    let passed_over =
                        PASSED_OVER.contains(&name.as_str()) || (is_route && name != "RouteTableId");
                    if !passed_over {
                        self.visit(name, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, member: &str, text: &str) {
        let is_id = |noun: &&&Noun| resource::check_id(noun, text).is_ok();
        match NOUNS.iter().find(is_id) {
            Some(noun) => self.add(noun, text),
            None => self.indirect(member, text),
        }
    }

    /// Adds a resource by its id.
    pub(super) fn add(&mut self, noun: &Noun, id: &str) {
        let known = NOUNS.iter().find(|known| known.prefix == noun.prefix);
        if let Some(known) = known {
            self.found.insert((known.tag_type, id.to_owned()));
        }
    }

    /// Whether any resource of this kind is named.
    pub(super) fn names(&self, noun: &Noun) -> bool {
        self.found.iter().any(|(tag_type, _)| *tag_type == noun.tag_type)
    }

    /// What is named by something else than its id.
    fn indirect(&mut self, member: &str, text: &str) {
        let cx = self.cx;
        let is_new = |noun: &Noun| self.made.is_some_and(|made| made == noun);
        let found = match member {
            "KeyName" => Some((&KEY_PAIR, key_id(text, cx))),
            "LaunchTemplateName" if !is_new(&LAUNCH_TEMPLATE) => launch_template::find_by_name(text, cx)
                .map(|found| (&LAUNCH_TEMPLATE, found.key.id().to_owned())),
            "GroupName" | "SecurityGroups" if !is_new(&SECURITY_GROUP) => {
                let mut groups = cx.list::<SecurityGroup>();
                groups
                    .find(|group| group.record.name == text)
                    .map(|group| (&SECURITY_GROUP, group.key.id().to_owned()))
            }
            "PublicIp" => address_of(text, cx).map(|id| (&ADDRESS, id)),
            "AssociationId" => association(text, cx),
            "AttachmentId" => network_interface::with_attachment(text, cx)
                .map(|found| (&NETWORK_INTERFACE, found.key.id().to_owned())),
            _ => None,
        };
        if let Some((noun, id)) = found {
            self.add(noun, &id);
        }
    }

    /// One access each.
    pub(super) fn accesses(self) -> Vec<Access> {
        let cx = self.cx;
        self.found.iter().map(|(tag_type, id)| to(tag_type, id, cx)).collect()
    }
}

/// A key pair's id; the name itself where there is no such pair yet.
fn key_id(name: &str, cx: &Reader) -> String {
    key_pair::find_by_name(name, cx).map_or_else(|| name.to_owned(), |found| found.key.id().to_owned())
}

fn association(id: &str, cx: &Reader) -> Option<(&'static Noun, String)> {
    let table = || route_table::with_association(id, cx).ok().map(|(id, ..)| (&ROUTE_TABLE, id));
    let address = || Some((&ADDRESS, network_interface::with_association(id, cx)?.allocation_id.clone()));
    table().or_else(address)
}

/// Allocation of one of the caller's public addresses.
fn address_of(text: &str, cx: &Reader) -> Option<String> {
    let found = address::with_public_ip(text.parse().ok()?, cx)?;
    cx.get::<Address>(found.key.id())?;
    Some(found.key.id().to_owned())
}

/// The resource's ARN, and what conditions may ask about it.
fn to(tag_type: &str, id: &str, cx: &Reader) -> Access {
    let region = &cx.caller.region;
    let arn = match tag_type {
        // Images are of no account; key pairs go by their names.
        "image" => format!("arn:aws:ec2:{region}::image/{id}"),
        "key-pair" => {
            resource::arn(tag_type, cx.get::<KeyPair>(id).map_or(id, |pair| pair.name.as_str()), cx)
        }
        _ => resource::arn(tag_type, id, cx),
    };
    let mut access = super::in_region(Access::to(arn), cx);
    for tag in tag::of(id, cx) {
        access = access
            .with(format!("aws:ResourceTag/{}", tag.key), tag.value.clone())
            .with(format!("ec2:ResourceTag/{}", tag.key), tag.value);
    }
    match cx.get::<Instance>(id) {
        Some(instance) => access.with("ec2:InstanceType", instance.instance_type.clone()),
        None => access,
    }
}
