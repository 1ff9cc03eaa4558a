//! Which resources a call was about, found when somebody looks: by the form of ids, as EC2's say their kind, and by the names of
//! members that hold names.

use serde_json::Value;
use std::collections::BTreeSet;

/// More of one event are not named.
const MOST: usize = 50;

/// What ids begin with, and what they are ids of.
const IDS: [(&str, &str); 13] = [
    ("ami-", "AWS::EC2::Image"),
    ("dopt-", "AWS::EC2::DHCPOptions"),
    ("eipalloc-", "AWS::EC2::EIP"),
    ("eni-", "AWS::EC2::NetworkInterface"),
    ("i-", "AWS::EC2::Instance"),
    ("igw-", "AWS::EC2::InternetGateway"),
    ("key-", "AWS::EC2::KeyPair"),
    ("lt-", "AWS::EC2::LaunchTemplate"),
    ("pl-", "AWS::EC2::PrefixList"),
    ("rtb-", "AWS::EC2::RouteTable"),
    ("sg-", "AWS::EC2::SecurityGroup"),
    ("subnet-", "AWS::EC2::Subnet"),
    ("vpc-", "AWS::EC2::VPC"),
];

/// Members that hold a name, by service.
const NAMES: [(&str, &str, &str); 15] = [
    ("autoscaling", "autoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup"),
    ("ec2", "groupName", "AWS::EC2::SecurityGroup"),
    ("ec2", "keyName", "AWS::EC2::KeyPair"),
    ("ec2", "launchTemplateName", "AWS::EC2::LaunchTemplate"),
    ("iam", "accessKeyId", "AWS::IAM::AccessKey"),
    ("iam", "groupName", "AWS::IAM::Group"),
    ("iam", "instanceProfileName", "AWS::IAM::InstanceProfile"),
    ("iam", "policyArn", "AWS::IAM::Policy"),
    ("iam", "policyName", "AWS::IAM::Policy"),
    ("iam", "roleName", "AWS::IAM::Role"),
    ("iam", "userName", "AWS::IAM::User"),
    ("route53", "collectionId", "AWS::Route53::CidrCollection"),
    ("route53", "healthCheckId", "AWS::Route53::HealthCheck"),
    ("route53", "hostedZoneId", "AWS::Route53::HostedZone"),
    ("sts", "roleArn", "AWS::IAM::Role"),
];

/// Type and name of each, in order, from parameters and answer as they are shown.
pub(super) fn of(service: &str, parts: [&Value; 2]) -> BTreeSet<(&'static str, String)> {
    let mut found = BTreeSet::new();
    for part in parts {
        collect(service, "", part, &mut found);
    }
    found
}

fn collect(service: &str, member: &str, value: &Value, found: &mut BTreeSet<(&'static str, String)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(service, name, value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(service, member, item, found)),
        Value::String(text) if found.len() < MOST => {
            found.extend(kind(service, member, text).map(|kind| (kind, text.clone())));
        }
        _ => {}
    }
}

fn kind(service: &str, member: &str, text: &str) -> Option<&'static str> {
    let named = NAMES.iter().find(|(of, name, _)| *of == service && *name == member).map(|(.., kind)| *kind);
    named.or_else(|| IDS.iter().find(|(prefix, _)| is_id(text, prefix)).map(|(_, kind)| *kind))
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
