use super::*;
use crate::record_set::{Location, Place};
use serde_json::{Value, json};

fn with_rule(version: &str, rule: Value) -> Value {
    json!({
        "AWSPolicyFormatVersion": version, "RecordType": "A", "StartRule": "rule",
        "Endpoints": {
            "one": {"Type": "value", "Value": "192.0.2.1"}, "two": {"Type": "value", "Value": "192.0.2.2"},
        },
        "Rules": {"rule": rule},
    })
}

fn policies(version: &str, rule: Value) -> Vec<Policy> {
    let text = with_rule(version, rule).to_string();
    let document = read(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    document.rules["rule"].iter().map(|branch| branch.policy.clone()).collect()
}

#[test]
fn every_rule_is_a_routing_policy() {
    let to = |mut item: Value| {
        item["EndpointReference"] = json!("one");
        item
    };
    let place = |place| Policy::Geoproximity { place, bias: None };
    let at = |location| Policy::Geolocation { location };
    let both = ["2015-10-01", "2023-05-09"];
    for version in both {
        let primary = to(json!({"EvaluateTargetHealth": "true", "HealthCheck": "check"}));
        let failover = json!({"RuleType": "failover", "Primary": primary, "Secondary": to(json!({}))});
        let pair = [Policy::Failover { primary: true }, Policy::Failover { primary: false }];
        assert_eq!(policies(version, failover), pair);
        let items = [to(json!({"Weight": "10"})), to(json!({"Weight": 0}))];
        let weighted = json!({"RuleType": "weighted", "Items": items});
        assert_eq!(policies(version, weighted), [10, 0].map(|weight| Policy::Weighted { weight }));
        let items = [to(json!({})), to(json!({"HealthCheck": ""}))];
        assert_eq!(
            policies(version, json!({"RuleType": "multivalue", "Items": items})),
            [Policy::Multivalue, Policy::Multivalue]
        );
        let regions = [to(json!({"Region": "eu-west-1"}))];
        let latency = json!({"RuleType": "latency", "Regions": regions});
        assert_eq!(policies(version, latency), [Policy::Latency { region: "eu-west-1".into() }]);
        let locations = [
            to(json!({"IsDefault": "true"})),
            to(json!({"Continent": "EU", "IsDefault": false})),
            to(json!({"Country": "DE"})),
            to(json!({"Country": "US", "Subdivision": "CA"})),
        ];
        assert_eq!(
            policies(version, json!({"RuleType": "geo", "Locations": locations})),
            [
                at(Location::Default),
                at(Location::Continent("EU".into())),
                at(Location::Country("DE".into())),
                at(Location::Subdivision("US".into(), "CA".into()))
            ]
        );
    }
    let expected =
        [place(Place::Region("eu-west-1".into())), place(Place::Coordinates("49.22".into(), "-74".into()))];
    let old =
        [to(json!({"Region": "aws:route53:eu-west-1"})), to(json!({"Latitude": "49.22", "Longitude": -74}))];
    let rule = |items: Value| json!({"RuleType": "geoproximity", "GeoproximityLocations": items});
    assert_eq!(policies(both[0], rule(json!(old))), expected);
    let new = [
        to(json!({"Location": {"Type": "Region", "LocationName": "aws:route53:eu-west-1"}})),
        to(json!({"Location": {"Type": "Coordinate", "Latitude": 49.22, "Longitude": "-74"}})),
    ];
    assert_eq!(policies(both[1], rule(json!(new))), expected);
    let zone = [to(
        json!({"Location": {"Type": "LocalZone", "LocationName": "aws:route53:us-west-2-lax-1"}, "Bias": "-5"}),
    )];
    let expected =
        Policy::Geoproximity { place: Place::LocalZoneGroup("us-west-2-lax-1".into()), bias: Some(-5) };
    assert_eq!(policies(both[1], rule(json!(zone))), [expected]);
}

#[test]
fn what_is_no_document() {
    let weighted = |items: Value| json!({"RuleType": "weighted", "Items": items});
    let item = |more: Value| {
        let mut item = json!({"Weight": 1, "EndpointReference": "one"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let with = |more: Value| {
        let mut document = with_rule("2015-10-01", weighted(json!([item(json!({}))])));
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    let rule = |rule: Value| with_rule("2015-10-01", rule);
    let to_rule = |name: &str| json!({"Weight": 1, "RuleReference": name});
    for (document, expected) in [
        (json!([]), "not an object"),
        (with(json!({"AWSPolicyFormatVersion": "2020-01-01"})), "2020-01-01"),
        (with(json!({"RecordType": "NS"})), "RecordType cannot be NS"),
        (with(json!({"RecordType": null})), "RecordType is missing"),
        (with(json!({"Comment": "x"})), "Comment has no meaning here"),
        (with(json!({"StartEndpoint": "one"})), "exactly one of StartRule and StartEndpoint"),
        (with(json!({"StartRule": "none"})), "there is no rule none"),
        (with(json!({"Endpoints": {}})), "there is no endpoint one"),
        (
            with(json!({"Endpoints": {"one": {"Type": "cloudfront", "Value": "x"}}})),
            "type cloudfront are not served",
        ),
        (
            with(json!({"Endpoints": {"one": {"Type": "value", "Value": "nonsense"}}})),
            "ARRDATAIllegalIPv4Address",
        ),
        (
            with(json!({"Endpoints": {"one": {"Type": "value", "Value": "192.0.2.1", "Region": "x"}}})),
            "Region has no meaning",
        ),
        (with(json!({"Rules": {"": {}}})), "a name has 1 to 256"),
        (rule(weighted(json!([]))), "Items must be a list"),
        (rule(weighted(json!([item(json!({"Weight": 256}))]))), "Weight cannot be 256"),
        (rule(weighted(json!([item(json!({"RuleReference": "rule"}))]))), "Items[0]: exactly one of"),
        (rule(weighted(json!([item(json!({"Colour": "red"}))]))), "Colour has no meaning"),
        (rule(weighted(json!([item(json!({"EvaluateTargetHealth": "maybe"}))]))), "not true or false"),
        (rule(weighted(json!([to_rule("rule")]))), "leads back to itself"),
        (rule(json!({"RuleType": "magic"})), "magic is not known"),
        (
            rule(json!({"RuleType": "failover", "Primary": {"EndpointReference": "one"}})),
            "Secondary is missing",
        ),
        (
            rule(json!({"RuleType": "multivalue", "Items": [{"RuleReference": "rule"}]})),
            "EndpointReference is missing",
        ),
        (
            rule(json!({"RuleType": "geo", "Locations": [{"Country": "BV", "EndpointReference": "one"}]})),
            "there is no BV",
        ),
        (
            rule(json!({"RuleType": "geo", "Locations": [
                {"IsDefault": true, "EndpointReference": "one"}, {"IsDefault": true, "EndpointReference": "two"},
            ]})),
            "location * exists",
        ),
        (
            rule(json!({"RuleType": "geoproximity", "GeoproximityLocations": [
                {"Latitude": "49.222", "Longitude": "0", "EndpointReference": "one"},
            ]})),
            "up to two decimals",
        ),
    ] {
        let error = read(&document.to_string()).expect_err(expected);
        assert_eq!(error.code, "InvalidTrafficPolicyDocument", "{error}");
        assert!(error.message.contains(expected), "{expected}: {error}");
    }
    assert!(read("nonsense").unwrap_err().message.contains("not JSON"));
    assert!(read(&" ".repeat(102_401)).unwrap_err().message.contains("102400"));
}

/// A chain of so many rules.
fn chain(rules: usize) -> String {
    let mut all = json!({});
    for number in 1..=rules {
        let next = if number == rules {
            json!({"Weight": 1, "EndpointReference": "one"})
        } else {
            json!({"Weight": 1, "RuleReference": (number + 1).to_string()})
        };
        all[number.to_string()] = json!({"RuleType": "weighted", "Items": [next.clone()]});
    }
    json!({
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartRule": "1",
        "Endpoints": {"one": {"Type": "value", "Value": "192.0.2.1"}}, "Rules": all,
    })
    .to_string()
}

#[test]
fn rules_stand_fourteen_deep() {
    assert_eq!(read(&chain(14)).unwrap().rules.len(), 14);
    assert!(read(&chain(15)).unwrap_err().message.contains("more than 14 rules deep"));
}

#[test]
fn damage_goes_no_further_than_an_error() {
    let place = json!({"Region": "aws:route53:eu-west-1", "Bias": "-5", "EndpointReference": "one"});
    let rule = json!({"RuleType": "geoproximity", "GeoproximityLocations": [place]});
    let text = with_rule("2015-10-01", rule).to_string();
    assert!(text.is_ascii() && read(&text).is_ok());
    for at in 0..text.len() {
        for with in ["", "\"", "{", "}", "[", "0", "99999999999", "\u{0}", "é", "null"] {
            let mut damaged = text.clone();
            damaged.replace_range(at..=at, with);
            if let Err(error) = read(&damaged) {
                assert_eq!(error.code, "InvalidTrafficPolicyDocument", "{damaged}");
            }
        }
        assert!(read(&text[..at]).is_err());
    }
    let deep = "[".repeat(100_000);
    assert!(read(&deep).unwrap_err().message.contains("not JSON"));
}
