//! An account that says what it is called and whom to write to, entered through the wire as clients do.

use crate::{SERVICE, accesses};
use controlplane_services_kernel::rehearsal::{self, Stage};
use controlplane_services_kernel::{Access, Changes};
use controlplane_services_native::{Region, region};
use serde_json::{Value, json};

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

#[test]
fn an_account_is_called_as_it_was_named() {
    let mut stage = Stage::new(&SERVICE);
    let shown =
        |name: &str| json!({"AccountId": "123456789012", "AccountName": name, "AccountState": "ACTIVE"});
    assert_eq!(stage.ok("GetAccountInformation", json!({})), shown("123456789012"));
    stage.ok("PutAccountName", json!({"AccountName": "Tea & Sons"}));
    assert_eq!(stage.ok("GetAccountInformation", json!({})), shown("Tea & Sons"));
    stage.account = "210987654321";
    assert_eq!(stage.ok("GetAccountInformation", json!({}))["AccountName"], "210987654321");
}

fn contact() -> Value {
    json!({
        "FullName": "Ada", "AddressLine1": "1 Street", "City": "Town", "PostalCode": "1", "CountryCode": "DE",
        "PhoneNumber": "+49 30 1", "CompanyName": null, "AddressLine2": null, "AddressLine3": null,
        "StateOrRegion": null, "DistrictOrCounty": null, "WebsiteUrl": "https://example.com",
    })
}

fn given(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[test]
fn a_contact_takes_the_place_of_the_one_before() {
    let mut stage = Stage::new(&SERVICE);
    let error = stage.call("GetContactInformation", json!({})).unwrap_err();
    assert_eq!((&*error.code, error.status), ("ResourceNotFoundException", 404));
    let mut first = contact();
    first["CompanyName"] = json!("Tea");
    for contact in [first, contact()] {
        stage.ok("PutContactInformation", json!({"ContactInformation": given(&contact)}));
        assert_eq!(stage.ok("GetContactInformation", json!({}))["ContactInformation"], contact);
    }
}

fn alternate(kind: &str, name: &str) -> Value {
    json!({
        "AlternateContactType": kind, "Name": name, "Title": "CFO", "EmailAddress": "a@example.com",
        "PhoneNumber": "+1 (555) 1",
    })
}

#[test]
fn each_kind_of_alternate_contact_is_its_own() {
    let mut stage = Stage::new(&SERVICE);
    let billing = json!({"AlternateContactType": "BILLING"});
    stage.ok("PutAlternateContact", alternate("BILLING", "Ada"));
    stage.ok("PutAlternateContact", alternate("SECURITY", "Eve"));
    stage.ok("PutAlternateContact", alternate("BILLING", "Bob"));
    assert_eq!(
        stage.ok("GetAlternateContact", billing.clone())["AlternateContact"],
        alternate("BILLING", "Bob")
    );
    stage.ok("DeleteAlternateContact", billing.clone());
    for action in ["GetAlternateContact", "DeleteAlternateContact"] {
        assert_eq!(stage.call(action, billing.clone()).unwrap_err().code, "ResourceNotFoundException");
    }
    let security = json!({"AlternateContactType": "SECURITY"});
    assert_eq!(stage.ok("GetAlternateContact", security)["AlternateContact"]["Name"], "Eve");
}

#[test]
fn regions_are_those_there_are() {
    let mut stage =
        Stage::with(SERVICE.kinds.iter().chain(controlplane_services_native::SERVICE.kinds), &SERVICE);
    let mut changes = Changes::default();
    for name in ["us-east-1", "eu-west-1"] {
        let name = name.into();
        let region = Region {
            zones: vec![region::Zone::of(&name, 'a')],
            public_addresses: Region::DEFAULT_PUBLIC_ADDRESSES,
            accounts: Vec::new(),
            is_further: name.as_str() != "us-east-1",
            name: name.clone(),
        };
        changes.put(Region::key(&name), region);
    }
    stage.view.apply(1, &changes);
    let names = |answer: &Value| {
        let regions = answer["Regions"].as_array().cloned().unwrap_or_default();
        regions.iter().map(|region| region["RegionName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&stage.ok("ListRegions", json!({}))), ["eu-west-1", "us-east-1"]);
    let first = stage.ok("ListRegions", json!({"MaxResults": 1}));
    let rest = stage.ok("ListRegions", json!({"NextToken": first["NextToken"]}));
    assert_eq!((names(&first), names(&rest)), (vec!["eu-west-1".to_owned()], vec!["us-east-1".to_owned()]));
    assert_eq!(stage.call("ListRegions", json!({"NextToken": "x"})).unwrap_err().code, "ValidationException");
    for (status, count) in [("DISABLED", 0), ("ENABLED_BY_DEFAULT", 2)] {
        let answer = stage.ok("ListRegions", json!({"RegionOptStatusContains": [status]}));
        assert_eq!(names(&answer).len(), count, "{status}");
    }
    let one = stage.ok("GetRegionOptStatus", json!({"RegionName": "eu-west-1"}));
    assert_eq!(one["RegionOptStatus"], "ENABLED_BY_DEFAULT");
    let error = stage.call("GetRegionOptStatus", json!({"RegionName": "mars-1"})).unwrap_err();
    assert_eq!((&*error.code, error.status), ("ValidationException", 400));
}

#[test]
fn what_is_wrong_is_named() {
    let mut stage = Stage::new(&SERVICE);
    let other = json!({"AccountId": "210987654321"});
    let mut abroad = contact();
    abroad["CountryCode"] = json!("Germany");
    for (action, input, message) in [
        ("GetAccountInformation", other, "AccountId is not supported"),
        ("PutAccountName", json!({"AccountName": ""}), "accountName"),
        ("PutAccountName", json!({"AccountName": "<b>"}), "accountName"),
        ("PutContactInformation", json!({"ContactInformation": {}}), "contactInformation.fullName"),
        (
            "PutContactInformation",
            json!({"ContactInformation": given(&abroad)}),
            "contactInformation.countryCode",
        ),
        ("PutAlternateContact", alternate("FRIEND", "Ada"), "alternateContactType"),
        ("PutAlternateContact", alternate("BILLING", ""), "name"),
        ("DeleteAlternateContact", json!({}), "alternateContactType"),
    ] {
        let error = stage.call(action, input).unwrap_err();
        assert!(error.code == "ValidationException" && error.message.contains(message), "{action}: {error}");
    }
}

#[test]
fn policies_are_asked_about_the_account() {
    let stage = Stage::new(&SERVICE);
    let account = || Access::to("arn:aws:account::123456789012:account");
    for (input, expected) in [
        (json!({}), account()),
        (
            json!({"AlternateContactType": "BILLING"}),
            account().with("account:AlternateContactTypes", "BILLING"),
        ),
        (json!({"RegionName": "eu-west-1"}), account().with("account:TargetRegion", "eu-west-1")),
    ] {
        assert_eq!(accesses::of("", &input, &stage.context()), [expected]);
    }
}
