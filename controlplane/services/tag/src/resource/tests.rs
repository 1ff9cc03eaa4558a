//! Resources of several services in one account, tagged by ARN, entered through the wire as clients do.

use crate::SERVICE;
use controlplane_services_kernel::{Caller, Context, Service, ServiceError, View, rehearsal};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

const SERVICES: [&Service; 3] = [
    &controlplane_services_ec2::SERVICE,
    &controlplane_services_iam::SERVICE,
    &controlplane_services_route53::SERVICE,
];

struct World {
    view: View,
    calls: u64,
}

impl World {
    fn new() -> Self {
        Self { view: View::new(SERVICES.iter().flat_map(|service| service.kinds)), calls: 0 }
    }

    fn call(&mut self, service: &Service, action: &str, input: Value) -> Result<Value, ServiceError> {
        self.calls += 1;
        let caller = Caller {
            client: None,
            account: "123456789012".into(),
            region: "us-east-1".into(),
            principal: "arn:aws:iam::123456789012:root".into(),
            access_key_id: String::new(),
            request_id: String::new(),
        };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.calls.to_le_bytes());
        let mut cx = Context::new(self.view.clone(), caller, Timestamp::from_millis(1_000), seed);
        let answer = rehearsal::call(service, action, &input, &mut cx)?;
        self.view.apply(self.calls, &cx.into_changes());
        Ok(answer)
    }

    #[track_caller]
    fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(&SERVICE, action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// A VPC, a hosted zone and an instance profile, by ARN.
    fn three(&mut self) -> [String; 3] {
        let [ec2, iam, route53] = SERVICES;
        let vpc = self.call(ec2, "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"})).expect("a VPC");
        let zone = json!({"Name": "example.com", "CallerReference": "r"});
        let zone = self.call(route53, "CreateHostedZone", zone).expect("a zone");
        let profile = json!({"InstanceProfileName": "app", "Path": "/web/"});
        let profile = self.call(iam, "CreateInstanceProfile", profile).expect("a profile");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        [
            format!("arn:aws:ec2:us-east-1:123456789012:vpc/{}", text(&vpc["Vpc"]["VpcId"])),
            format!("arn:aws:route53:::{}", text(&zone["HostedZone"]["Id"]).trim_start_matches('/')),
            text(&profile["InstanceProfile"]["Arn"]),
        ]
    }

    fn arns(&mut self, input: Value) -> Vec<String> {
        let found = self.ok("GetResources", input);
        let list = found["ResourceTagMappingList"].as_array().expect("a list");
        list.iter().map(|one| one["ResourceARN"].as_str().expect("an ARN").to_owned()).collect()
    }
}

fn entries(tags: &[(&str, &str)]) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

#[test]
fn whatever_has_an_arn_is_tagged_and_found() {
    let mut world = World::new();
    let arns = world.three();
    assert_eq!(world.arns(json!({})), [""; 0], "what has no tags is not found");
    let tags = entries(&[("env", "test"), ("team", "a")]);
    let answer = world.ok("TagResources", json!({"ResourceARNList": arns, "Tags": tags}));
    assert_eq!(answer["FailedResourcesMap"], json!([]));
    let mut sorted = arns.to_vec();
    sorted.sort();
    assert_eq!(world.arns(json!({})), sorted);
    let vpc_id = arns[0].rsplit('/').next().expect("an id");
    let shown = world.call(SERVICES[0], "DescribeVpcs", json!({"VpcIds": [vpc_id]})).expect("the VPC");
    assert_eq!(shown["Vpcs"][0]["Tags"][0], json!({"Key": "env", "Value": "test"}), "it is EC2's own tag");
    let filter = |key: &str, values: Value| json!({"TagFilters": [{"Key": key, "Values": values}]});
    world.ok("TagResources", json!({"ResourceARNList": [arns[1]], "Tags": entries(&[("env", "live")])}));
    for (input, expected) in [
        (filter("env", json!(["live"])), vec![&arns[1]]),
        (filter("env", json!(["test", "live"])), sorted.iter().collect()),
        (filter("env", json!([])), sorted.iter().collect()),
        (filter("none", json!([])), vec![]),
        (json!({"ResourceTypeFilters": ["ec2:vpc"]}), vec![&arns[0]]),
        (json!({"ResourceTypeFilters": ["iam"]}), vec![&arns[2]]),
        (json!({"ResourceTypeFilters": ["ec2:subnet"]}), vec![]),
        (json!({"ResourceARNList": [arns[1], "arn:aws:ec2:::x"]}), vec![&arns[1]]),
    ] {
        assert_eq!(world.arns(input.clone()).iter().collect::<Vec<_>>(), expected, "{input}");
    }
    assert_eq!(world.ok("GetTagKeys", json!({}))["TagKeys"], json!(["env", "team"]));
    assert_eq!(world.ok("GetTagValues", json!({"Key": "env"}))["TagValues"], json!(["live", "test"]));
    let answer = world.ok("UntagResources", json!({"ResourceARNList": arns, "TagKeys": ["env", "team"]}));
    assert_eq!(answer["FailedResourcesMap"], json!([]));
    assert_eq!(world.arns(json!({})), [""; 0]);
}

#[test]
fn each_resource_fails_by_itself() {
    let mut world = World::new();
    let [vpc, ..] = world.three();
    let wrong = [
        "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-0",
        "arn:aws:ec2:us-east-1:210987654321:vpc/vpc-1",
        "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:s3:::bucket",
        "vpc-1",
        &vpc.replace(":vpc/", ":subnet/"),
    ];
    let all: Vec<&str> = wrong.into_iter().chain([vpc.as_str()]).collect();
    let answer = world.ok("TagResources", json!({"ResourceARNList": all, "Tags": entries(&[("k", "v")])}));
    let failed = answer["FailedResourcesMap"].as_array().expect("a map");
    assert_eq!(failed.len(), wrong.len(), "{answer}");
    assert!(failed.iter().all(|entry| entry["value"]["ErrorCode"] == "InvalidParameterException"));
    assert_eq!(world.arns(json!({})), [vpc.as_str()]);
    let answer =
        world.ok("TagResources", json!({"ResourceARNList": [vpc], "Tags": entries(&[("aws:k", "v")])}));
    assert_eq!(
        answer["FailedResourcesMap"].as_array().map(Vec::len),
        Some(1),
        "the service's own rules hold"
    );
}

#[test]
fn pages_follow_each_other() {
    let mut world = World::new();
    let arns = world.three();
    world.ok("TagResources", json!({"ResourceARNList": arns, "Tags": entries(&[("k", "v")])}));
    let mut found = Vec::new();
    let mut token = json!("");
    loop {
        let page = world.ok("GetResources", json!({"ResourcesPerPage": 2, "PaginationToken": token}));
        found.push(page["ResourceTagMappingList"].as_array().expect("a list").len());
        token = page["PaginationToken"].clone();
        if token == "" {
            break;
        }
    }
    assert_eq!(found, [2, 1]);
    for (input, code) in [
        (json!({"ResourcesPerPage": 0}), "InvalidParameterException"),
        (json!({"ResourcesPerPage": 101}), "InvalidParameterException"),
        (json!({"PaginationToken": "x"}), "PaginationTokenExpiredException"),
        (json!({"TagFilters": [{"Values": ["a"]}]}), "InvalidParameterException"),
        (json!({"ResourceARNList": [arns[0]], "ResourceTypeFilters": ["ec2"]}), "InvalidParameterException"),
    ] {
        let error = world.call(&SERVICE, "GetResources", input.clone()).expect_err("refused");
        assert_eq!(error.code, code, "{input}");
    }
}
