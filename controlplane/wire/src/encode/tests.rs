//! Exact documents.

use super::{EncodeError, Fragment, encode, encode_error};
use crate::error::ErrorReply;
use crate::model::by_name;
use crate::tests::call;
use serde::Serialize;
use std::sync::Arc;

fn body<T: Serialize>(service: &str, operation: &str, output: &T) -> String {
    let call = call(service, operation);
    let response = encode(call.service, call.operation, output, "req-1").unwrap();
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Vpc {
    vpc_id: &'static str,
    is_default: bool,
    cidr_block: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeVpcs<V> {
    vpcs: Vec<V>,
    next_token: Option<String>,
}

fn vpc() -> Vpc {
    let tag = Tag { key: "a".into(), value: "<&>\"'\r\n\u{1}\u{ffff}é".into() };
    Vpc { vpc_id: "vpc-1", is_default: true, cidr_block: None, tags: vec![tag] }
}

const VPC: &str = "<vpcId>vpc-1</vpcId><isDefault>true</isDefault><tagSet><item><key>a</key>\
    <value>&lt;&amp;&gt;&quot;'&#xD;\n\u{fffd}\u{fffd}é</value></item></tagSet>";

#[test]
fn ec2_lists() {
    let full = DescribeVpcs { vpcs: vec![vpc()], next_token: None };
    let root = "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>req-1</requestId>";
    let expected = format!("{DECLARATION}{root}<vpcSet><item>{VPC}</item></vpcSet></DescribeVpcsResponse>");
    assert_eq!(body("ec2", "DescribeVpcs", &full), expected);
    let empty = DescribeVpcs::<Vpc> { vpcs: vec![], next_token: Some("t".into()) };
    let expected = format!("{DECLARATION}{root}<vpcSet/><nextToken>t</nextToken></DescribeVpcsResponse>");
    assert_eq!(body("ec2", "DescribeVpcs", &empty), expected);
}

#[test]
fn fragments_stand_for_their_values() {
    let ec2 = by_name("ec2").unwrap();
    let fragment = Arc::new(Fragment::new(ec2, "Vpc", vpc()).unwrap());
    assert_eq!(fragment.size(), "Vpc\0".len() + VPC.len());
    assert_eq!(serde_json::to_value(&fragment).unwrap(), serde_json::to_value(vpc()).unwrap());
    let plain = DescribeVpcs { vpcs: vec![vpc(), vpc()], next_token: None };
    let cached = DescribeVpcs { vpcs: vec![fragment.clone(), fragment], next_token: None };
    assert_eq!(body("ec2", "DescribeVpcs", &cached), body("ec2", "DescribeVpcs", &plain));
    // The server names no Output type: it holds answers behind a trait object.
    let erased: Box<dyn erased_serde::Serialize + Send + Sync> = Box::new(cached);
    assert_eq!(body("ec2", "DescribeVpcs", &erased), body("ec2", "DescribeVpcs", &plain));
    let misplaced = Fragment::new(ec2, "Tag", Tag { key: "k".into(), value: "v".into() }).unwrap();
    let call = call("ec2", "DescribeVpcs");
    let output = DescribeVpcs { vpcs: vec![misplaced], next_token: None };
    assert!(encode(call.service, call.operation, &output, "req-1").is_err());
}

#[test]
fn ec2_operations_without_output_return_true() {
    let expected = format!(
        "{DECLARATION}<DeleteVpcResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>req-1</requestId>\
         <return>true</return></DeleteVpcResponse>"
    );
    assert_eq!(body("ec2", "DeleteVpc", &()), expected);
}

#[test]
fn query_results_are_wrapped() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Identity {
        account: &'static str,
    }
    let expected = format!(
        "{DECLARATION}<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>req-1</RequestId>\
         </ResponseMetadata></GetCallerIdentityResponse>"
    );
    assert_eq!(body("sts", "GetCallerIdentity", &Identity { account: "123456789012" }), expected);
    let expected = format!(
        "{DECLARATION}<DeleteAutoScalingGroupResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">\
         <ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></DeleteAutoScalingGroupResponse>"
    );
    assert_eq!(body("autoscaling", "DeleteAutoScalingGroup", &()), expected);
}

#[test]
fn created_resources_have_a_location() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct CreateHostedZone {
        change_info: ChangeInfo,
        location: &'static str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct ChangeInfo {
        id: &'static str,
        submitted_at: u64,
    }
    let change_info = ChangeInfo { id: "/change/C1", submitted_at: 1_700_000_000_123 };
    let call = call("route53", "CreateHostedZone");
    let output = CreateHostedZone { change_info, location: "https://localhost/2013-04-01/hostedzone/Z1" };
    let response = encode(call.service, call.operation, &output, "req-1").unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "https://localhost/2013-04-01/hostedzone/Z1");
    assert_eq!(response.headers()["x-amzn-requestid"], "req-1");
    let expected = format!(
        "{DECLARATION}<CreateHostedZoneResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeInfo>\
         <Id>/change/C1</Id><SubmittedAt>2023-11-14T22:13:20.123Z</SubmittedAt></ChangeInfo></CreateHostedZoneResponse>"
    );
    assert_eq!(response.body(), expected.as_bytes());
}

#[test]
fn values_that_do_not_fit_the_model_are_errors() {
    #[derive(Serialize)]
    struct Unknown {
        colour: u8,
    }
    let call = call("ec2", "DescribeVpcs");
    let error = encode(call.service, call.operation, &Unknown { colour: 1 }, "req-1").unwrap_err();
    assert_eq!(error, EncodeError("structure DescribeVpcsResult has no member colour".into()));
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Wrong {
        next_token: u8,
    }
    let error = encode(call.service, call.operation, &Wrong { next_token: 1 }, "req-1").unwrap_err();
    assert_eq!(error, EncodeError("shape String cannot hold a number".into()));
}

#[test]
fn errors_have_the_form_of_their_protocol() {
    let error = ErrorReply::new("Some.Code", 400, "a < b");
    let text = |service| {
        let response = encode_error(by_name(service), &error, "req-1");
        assert_eq!(response.status(), 400);
        String::from_utf8(response.into_body().to_vec()).unwrap()
    };
    let ec2 = "<Response><Errors><Error><Code>Some.Code</Code><Message>a &lt; b</Message></Error></Errors>\
               <RequestID>req-1</RequestID></Response>";
    assert_eq!(text("ec2"), format!("{DECLARATION}{ec2}"));
    let query = |xmlns: &str| {
        format!(
            "{DECLARATION}<ErrorResponse{xmlns}><Error><Type>Sender</Type><Code>Some.Code</Code>\
             <Message>a &lt; b</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"
        )
    };
    assert_eq!(text("route53"), query(" xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""));
    assert_eq!(text("autoscaling"), query(" xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\""));
    assert_eq!(text("none"), query(""));
}

#[test]
fn who_asks_too_much_is_told_when_to_come_again() {
    let cases = [
        ("ec2", "RequestLimitExceeded", 503),
        ("autoscaling", "Throttling", 400),
        ("route53", "Throttling", 400),
        ("none", "RequestLimitExceeded", 503),
    ];
    for (service, code, status) in cases {
        let service = by_name(service);
        let response = encode_error(service, &ErrorReply::throttled(service, 2), "req-1");
        assert_eq!(response.status(), status, "{code}");
        assert_eq!(response.headers()["retry-after"], "2");
        assert!(String::from_utf8_lossy(response.body()).contains(&format!("<Code>{code}</Code>")));
    }
    let other = encode_error(by_name("ec2"), &ErrorReply::new("Some.Code", 503, "x"), "req-1");
    assert!(!other.headers().contains_key("retry-after"));
}
