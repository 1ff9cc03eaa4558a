//! Form requests that must not pass, and what is said about each.

use super::{call, form};
use crate::{ErrorReply, Rule, WireError, client, decode, identify};
use bytes::Bytes;
use http::request::Parts;
use serde::Deserialize;

const EC2: &str =
    "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00";

/// A member of each kind, and enough missing to tell served from unserved.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
struct RunInstances {
    image_id: String,
    min_count: u16,
    max_count: u16,
    instance_type: Option<String>,
    security_group_ids: Option<Vec<String>>,
    network_interfaces: Option<Vec<Interface>>,
    monitoring: Option<Monitoring>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
struct Interface {
    device_index: Option<i32>,
    subnet_id: Option<String>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
struct Monitoring {
    enabled: bool,
}

fn run_instances(parameters: &str) -> Result<RunInstances, WireError> {
    let (parts, body) = form(&format!("Action=RunInstances&Version=2016-11-15&{parameters}"));
    decode(&call("ec2", "RunInstances"), &parts, &body)
}

pub(super) fn reply(service: &str, error: &WireError) -> ErrorReply {
    error.reply(crate::model::by_name(service))
}

#[test]
fn a_served_request_passes() {
    let input = run_instances(
        "ImageId=ami-1&MaxCount=2&MinCount=1&DryRun=false&NetworkInterface.2.SubnetId=b&NetworkInterface.1.DeviceIndex=0&\
         NetworkInterface.10.SubnetId=j&InstanceType=hearth.tiny&Monitoring.Enabled=true&SecurityGroupId=",
    )
    .unwrap();
    let interfaces = input.network_interfaces.unwrap();
    assert_eq!((input.image_id.as_str(), input.min_count, input.max_count), ("ami-1", 1, 2));
    assert_eq!(
        interfaces.iter().map(|each| each.subnet_id.as_deref()).collect::<Vec<_>>(),
        [None, Some("b"), Some("j")]
    );
    assert_eq!(
        (input.security_group_ids, input.monitoring),
        (Some(vec![]), Some(Monitoring { enabled: true }))
    );
}

#[test]
fn bad_parameters_are_named() {
    let base = "ImageId=ami-1&MinCount=1&MaxCount=1";
    let cases = [
        ("Nonsense=1", "UnknownParameter", "The parameter Nonsense is not recognized"),
        ("imageId=x", "UnknownParameter", "imageId"),
        ("NetworkInterface.1.Nonsense=1", "UnknownParameter", "NetworkInterface.1.Nonsense"),
        ("NetworkInterface.0.SubnetId=a", "UnknownParameter", "NetworkInterface.0.SubnetId"),
        ("NetworkInterface.01.SubnetId=a", "UnknownParameter", "NetworkInterface.01.SubnetId"),
        ("NetworkInterface.-1.SubnetId=a", "UnknownParameter", "NetworkInterface.-1.SubnetId"),
        ("NetworkInterface.SubnetId=a", "UnknownParameter", "NetworkInterface.SubnetId"),
        ("ImageId.1=x", "UnknownParameter", "ImageId.1"),
        ("KernelId=k", "UnsupportedOperation", "KernelId"),
        ("DryRun=true", "UnsupportedOperation", "DryRun"),
        (
            "NetworkInterface.1.PrivateIpAddresses.1.Primary=true",
            "UnsupportedOperation",
            "NetworkInterface.1.PrivateIpAddresses",
        ),
        ("ImageId=ami-2", "InvalidParameterCombination", "ImageId"),
        ("NetworkInterface=x", "InvalidParameterValue", "NetworkInterface"),
        ("Monitoring=true", "InvalidParameterValue", "Monitoring"),
        ("Monitoring.Enabled=True", "InvalidParameterValue", "Monitoring.Enabled"),
        ("Monitoring.Enabled=", "InvalidParameterValue", "Monitoring.Enabled"),
        (
            "NetworkInterface.1.DeviceIndex=2147483648",
            "InvalidParameterValue",
            "NetworkInterface.1.DeviceIndex",
        ),
        ("NetworkInterface.1.DeviceIndex=%201", "InvalidParameterValue", "NetworkInterface.1.DeviceIndex"),
        ("NetworkInterface.1.DeviceIndex=%2B1", "InvalidParameterValue", "NetworkInterface.1.DeviceIndex"),
        ("NetworkInterface.1.DeviceIndex=0x10", "InvalidParameterValue", "NetworkInterface.1.DeviceIndex"),
        ("InstanceInitiatedShutdownBehavior=explode", "InvalidParameterValue", "[stop, terminate]"),
    ];
    for (parameter, code, message) in cases {
        let error = run_instances(&format!("{base}&{parameter}")).expect_err(parameter);
        let reply = reply("ec2", &error);
        assert_eq!((reply.code.as_str(), reply.status), (code, 400), "{parameter}: {error}");
        assert!(reply.message.contains(message), "{parameter}: {}", reply.message);
    }
}

#[test]
fn numbers_that_do_not_fit_our_type_are_refused_by_name() {
    let error = run_instances("ImageId=ami-1&MinCount=1&MaxCount=70000").unwrap_err();
    let reply = reply("ec2", &error);
    assert_eq!(reply.code, "InvalidParameterValue");
    assert!(reply.message.contains("'MaxCount'"), "{}", reply.message);
}

#[test]
fn missing_parameters_are_all_named() {
    let reply = reply("ec2", &run_instances("ImageId=ami-1").unwrap_err());
    assert_eq!(reply.code, "MissingParameter");
    assert!(reply.message.contains("MaxCount") && reply.message.contains("MinCount"), "{}", reply.message);
}

#[test]
fn forms_are_bounded() {
    let many = (0..10_001).map(|_| "a=b").collect::<Vec<_>>().join("&");
    let deep = format!("{}=x", vec!["NetworkInterface"; 33].join("."));
    for (parameters, code) in [
        (many.as_str(), "RequestEntityTooLarge"),
        (&deep, "RequestEntityTooLarge"),
        ("NetworkInterface.1001.SubnetId=a", "RequestEntityTooLarge"),
        ("NetworkInterface.99999999999999999999.SubnetId=a", "UnknownParameter"),
        ("ImageId=%zz", "MalformedQueryString"),
        ("ImageId=%ff", "MalformedQueryString"),
        ("ImageId=%4", "MalformedQueryString"),
    ] {
        let error = run_instances(parameters).unwrap_err();
        assert_eq!(reply("ec2", &error).code, code, "{error}");
    }
    let (parts, _) = form("");
    let error = identify(&parts, &vec![b'a'; crate::limits::BODY + 1]).unwrap_err();
    assert!(matches!(error, WireError::UnknownService(_)), "{error}");
    let error =
        decode::<RunInstances>(&call("ec2", "RunInstances"), &parts, &vec![b'a'; crate::limits::BODY + 1]);
    assert!(matches!(error, Err(WireError::Limit { .. })));
}

fn signed_for_ec2(request: http::request::Builder, body: &str) -> (Parts, Bytes) {
    let request = request.header("authorization", EC2).body(Bytes::copy_from_slice(body.as_bytes()));
    request.unwrap().into_parts()
}

#[test]
fn actions_that_are_not_served_are_named() {
    let post = || http::Request::post("/");
    let get = |query: &str| http::Request::get(format!("/?{query}"));
    let cases = [
        (post(), "Version=2016-11-15", "MissingAction", ""),
        (post(), "Action=Frobnicate&Version=2016-11-15", "InvalidAction", "Frobnicate"),
        (post(), "Action=CreateNatGateway&Version=2016-11-15", "UnsupportedOperation", "CreateNatGateway"),
        (post(), "Action=CreateVpc&Version=2010-01-01", "NoSuchVersion", "2010-01-01"),
        (post(), "Action=CreateVpc", "NoSuchVersion", "2016-11-15"),
        (
            post(),
            "Action=CreateVpc&Action=DeleteVpc&Version=2016-11-15",
            "InvalidParameterCombination",
            "Action",
        ),
        (http::Request::post("/x"), "Action=CreateVpc&Version=2016-11-15", "MalformedQueryString", "path"),
        (http::Request::put("/"), "Action=CreateVpc&Version=2016-11-15", "MalformedQueryString", "PUT"),
        (
            http::Request::post("/?Action=DeleteVpc"),
            "Action=CreateVpc&Version=2016-11-15",
            "MalformedQueryString",
            "body only",
        ),
        (get("Action=CreateVpc&Version=2016-11-15"), "Action=DeleteVpc", "MalformedQueryString", "GET"),
        (
            post().header("content-type", "application/json"),
            "{}",
            "MalformedQueryString",
            "x-www-form-urlencoded",
        ),
    ];
    for (builder, body, code, message) in cases {
        let (parts, bytes) = signed_for_ec2(builder, body);
        let error = identify(&parts, &bytes).expect_err(body);
        let reply = reply("ec2", &error);
        assert_eq!((reply.code.as_str(), reply.status), (code, 400), "{body}: {error}");
        assert!(reply.message.contains(message), "{body}: {}", reply.message);
    }
    let (parts, bytes) = signed_for_ec2(get("Action=DescribeVpcs&Version=2016-11-15"), "");
    assert_eq!(&*identify(&parts, &bytes).unwrap().operation.name, "DescribeVpcs");
}

#[test]
fn without_credentials_the_service_is_still_found() {
    let cases = [
        ("/2013-04-01/hostedzone", "localhost", "", "route53"),
        ("/", "sts.us-east-1.localhost:4566", "", "sts"),
        ("/", "localhost", "Action=DescribeVpcs&Version=2016-11-15", "ec2"),
        ("/", "localhost", "Action=DescribeAutoScalingGroups&Version=2011-01-01", "autoscaling"),
    ];
    for (path, host, body, service) in cases {
        let request = http::Request::post(path).header("host", host).body(()).unwrap();
        let (parts, ()) = request.into_parts();
        assert_eq!(crate::service(&parts, body.as_bytes()).unwrap().name(), service);
    }
    let (parts, ()) = http::Request::post("/").header("host", "localhost").body(()).unwrap().into_parts();
    let error = crate::service(&parts, b"").unwrap_err();
    assert_eq!(error.reply(None).code, "UnknownService");
}

#[test]
fn query_services_count_their_violations() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[allow(dead_code)]
    struct Create {
        auto_scaling_group_name: String,
        min_size: i32,
        max_size: i32,
    }
    let (parts, body) = form(
        "Action=CreateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=&MinSize=1&MaxSize=1&\
         Tags.member.1.Value=x&ClientToken=%20",
    );
    let error = decode::<Create>(&call("autoscaling", "CreateAutoScalingGroup"), &parts, &body).unwrap_err();
    let reply = reply("autoscaling", &error);
    assert_eq!((reply.code.as_str(), reply.status), ("ValidationError", 400));
    assert!(reply.message.starts_with("4 validation errors detected: "), "{}", reply.message);
    assert!(reply.message.contains("Value '' at 'autoScalingGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1"), "{}", reply.message);
    assert!(reply.message.contains("Value null at 'tags.member.1.key'"), "{}", reply.message);
}

#[test]
fn types_that_contradict_the_model_are_our_defect() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[allow(dead_code)]
    struct Typo {
        cidr_blok: Option<String>,
    }
    let (parts, body) = form("Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16");
    let error = decode::<Typo>(&call("ec2", "CreateVpc"), &parts, &body).unwrap_err();
    assert!(matches!(&error, WireError::Internal(text) if text.contains("CidrBlok")), "{error}");
    let flattened =
        decode::<std::collections::BTreeMap<String, String>>(&call("ec2", "CreateVpc"), &parts, &body);
    assert!(matches!(flattened, Err(WireError::Internal(_))));
}

#[test]
fn answers_do_not_repeat_what_was_sent_at_length() {
    let long = "x".repeat(100_000);
    let parameters = format!("ImageId=ami-1&MinCount={long}&MaxCount=1&{long}=1");
    let error = run_instances(&parameters).unwrap_err();
    assert!(reply("ec2", &error).message.len() < 2_000);
    let (parts, bytes) =
        signed_for_ec2(http::Request::post("/"), &format!("Action={long}&Version=2016-11-15"));
    assert!(identify(&parts, &bytes).unwrap_err().to_string().len() < 2_000);
}

#[test]
fn a_misspelt_field_is_found_at_any_depth() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[allow(dead_code)]
    struct Input {
        network_interfaces: Vec<Misspelt>,
    }
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[allow(dead_code)]
    struct Misspelt {
        subnet_idd: String,
    }
    let call = call("ec2", "RunInstances");
    let (parts, body) = client::complete_request(call.service, call.operation).unwrap().into_parts();
    assert!(matches!(decode::<RunInstances>(&call, &parts, &body), Err(WireError::Invalid(_))));
    let error = decode::<Input>(&call, &parts, &body).unwrap_err();
    assert!(matches!(&error, WireError::Internal(text) if text.contains("SubnetIdd")), "{error}");
}

/// Complete requests hold values of the right types and nothing unknown, for every operation.
#[test]
fn complete_requests_can_be_read() {
    for service in crate::model::services() {
        for operation in service.operations() {
            let (parts, body) = client::complete_request(service, operation).unwrap().into_parts();
            let found = decode::<super::value::Value>(&crate::Call { service, operation }, &parts, &body);
            if let Err(WireError::Invalid(violations)) = &found {
                let shape = |rule: &Rule| matches!(rule, Rule::Constraint { .. });
                assert!(
                    violations.iter().all(|each| shape(&each.rule)),
                    "{}: {violations:?}",
                    operation.name
                );
            } else {
                assert!(found.is_ok(), "{}: {found:?}", operation.name);
            }
        }
    }
}
