//! An account that asks for more, entered through the wire as clients do.

use crate::SERVICE;
use controlplane_services_kernel::quota::{GrantedQuota, QUOTAS, VPCS};
use controlplane_services_kernel::rehearsal::{self, Stage};
use serde_json::{Value, json};

fn vpcs(value: Option<f64>) -> Value {
    let mut input = json!({"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"});
    if let Some(value) = value {
        input["DesiredValue"] = json!(value);
    }
    input
}

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

#[test]
fn what_is_granted_holds_and_only_for_who_asked() {
    let mut world = Stage::new(&SERVICE);
    assert_eq!(world.ok("GetServiceQuota", vpcs(None))["Quota"]["Value"], 100.0);
    let answer = world.ok("RequestServiceQuotaIncrease", vpcs(Some(150.0)));
    let request = &answer["RequestedQuota"];
    assert_eq!((&request["Status"], &request["DesiredValue"]), (&json!("APPROVED"), &json!(150.0)));
    assert_eq!(VPCS.limit(&world.context()), 150);
    assert_eq!(world.ok("GetServiceQuota", vpcs(None))["Quota"]["Value"], 150.0);
    assert_eq!(world.ok("GetAWSDefaultServiceQuota", vpcs(None))["Quota"]["Value"], 100.0);
    let again = world.ok("GetRequestedServiceQuotaChange", json!({"RequestId": request["Id"]}));
    assert_eq!(again["RequestedQuota"], *request);
    world.account = "210987654321";
    assert_eq!(VPCS.limit(&world.context()), 100);
    assert_eq!(world.ok("ListRequestedServiceQuotaChangeHistory", json!({}))["RequestedQuotas"], json!([]));
}

#[test]
fn what_cannot_be_granted_changes_nothing() {
    let mut world = Stage::new(&SERVICE);
    world.ok("RequestServiceQuotaIncrease", vpcs(Some(150.0)));
    let fixed = json!({"ServiceCode": "iam", "QuotaCode": "L-F55AF5E4", "DesiredValue": 5001.0});
    for (input, code) in [
        (vpcs(Some(150.0)), "IllegalArgumentException"),
        (vpcs(Some(120.0)), "IllegalArgumentException"),
        (vpcs(Some(150.5)), "IllegalArgumentException"),
        (vpcs(Some(10_001.0)), "IllegalArgumentException"),
        (vpcs(Some(-1.0)), "ValidationException"),
        (vpcs(None), "ValidationException"),
        (fixed, "IllegalArgumentException"),
        (json!({"ServiceCode": "vpc", "QuotaCode": "L-0", "DesiredValue": 1.0}), "ValidationException"),
        (
            json!({"ServiceCode": "vpc", "QuotaCode": "L-00000000", "DesiredValue": 1.0}),
            "NoSuchResourceException",
        ),
        (
            json!({"ServiceCode": "s3", "QuotaCode": "L-F678F1CE", "DesiredValue": 1.0}),
            "NoSuchResourceException",
        ),
    ] {
        let error = world.call("RequestServiceQuotaIncrease", input.clone()).expect_err("refused");
        let expected = if input["QuotaCode"] == "L-0" { "NoSuchResourceException" } else { code };
        assert_eq!(error.code, expected, "{input}: {error}");
    }
    assert_eq!(world.view.all::<GrantedQuota>().count(), 1);
    assert_eq!(VPCS.limit(&world.context()), 150);
}

#[test]
fn lists_are_paged_and_whole() {
    let mut world = Stage::new(&SERVICE);
    let services = world.ok("ListServices", json!({}));
    let mut all = 0;
    for service in services["Services"].as_array().expect("a list") {
        let mut token = Value::Null;
        loop {
            let mut input = json!({"ServiceCode": service["ServiceCode"], "MaxResults": 3});
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = world.ok("ListServiceQuotas", input);
            all += page["Quotas"].as_array().expect("a list").len();
            token = page["NextToken"].clone();
            if token.is_null() {
                break;
            }
        }
    }
    assert_eq!(all, QUOTAS.len());
    let one = world.ok("ListServiceQuotas", vpcs(None));
    assert_eq!(one["Quotas"][0]["QuotaName"], "VPCs per Region");
    for value in [200.0, 300.0] {
        world.ok("RequestServiceQuotaIncrease", vpcs(Some(value)));
    }
    let history = world.ok("ListRequestedServiceQuotaChangeHistory", json!({"ServiceCode": "vpc"}));
    let values: Vec<&Value> = history["RequestedQuotas"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["DesiredValue"])
        .collect();
    assert_eq!(values, [&json!(200.0), &json!(300.0)]);
    let none = world.ok("ListRequestedServiceQuotaChangeHistory", json!({"Status": "PENDING"}));
    assert_eq!(none["RequestedQuotas"], json!([]));
    let error = world.call("ListServices", json!({"NextToken": "abc"})).expect_err("no token");
    assert_eq!(error.code, "InvalidPaginationTokenException");
}
