//! The model files themselves.

use crate::model::{Kind, Lookup, Protocol, by_endpoint, by_name, by_signing_name, services};

#[test]
fn every_pattern_compiles() {
    for service in services() {
        for shape in service.shapes() {
            if let Kind::Text(rule) = &shape.kind {
                assert!(rule.pattern_compiles(), "{} {}: {:?}", service.name(), shape.name, rule.pattern());
            }
        }
    }
}

#[test]
fn overlays_name_what_exists() {
    for service in services() {
        for enumeration in service.overlay().open_enums() {
            assert!(service.shape_named(enumeration).is_some(), "{}: {enumeration}", service.name());
        }
        for name in service.overlay().names() {
            let (owner, member) = name.split_once('.').unwrap();
            let shape = match service.operation(owner) {
                Some(operation) => Some(operation.input),
                None => service.shape_named(owner),
            };
            let has =
                |id| service.shape(id).structure().is_some_and(|owner| owner.index_of(member).is_some());
            let found = if owner == "*" {
                service.operations().iter().any(|operation| has(operation.input))
            } else {
                shape.is_some_and(has)
            };
            assert!(found, "neutral/{}.json: {name}", service.name());
        }
    }
}

#[test]
fn services_are_found_by_each_of_their_names() {
    for service in services() {
        assert_eq!(by_signing_name(service.signing_name()).unwrap().name(), service.name());
        let host = format!("{}.us-east-1.localhost:4566", service.endpoint_prefix());
        assert_eq!(by_endpoint(&host).unwrap().name(), service.name());
    }
    assert!(by_signing_name("s3").is_none() && by_endpoint("localhost:4566").is_none());
}

#[test]
fn routes_lead_to_their_operations() {
    let route53 = by_name("route53").unwrap();
    let cases = [
        ("POST", "/2013-04-01/hostedzone/Z1/rrset", "ChangeResourceRecordSets", &["Z1"][..]),
        ("POST", "/2013-04-01/hostedzone/Z1/rrset/", "ChangeResourceRecordSets", &["Z1"]),
        ("GET", "/2013-04-01/hostedzone/Z1/rrset/", "ListResourceRecordSets", &["Z1"]),
        ("GET", "/2013-04-01/hostedzone", "ListHostedZones", &[]),
        ("GET", "/2013-04-01/hostedzone/a%2Fb", "GetHostedZone", &["a%2Fb"]),
        ("GET", "/2013-04-01/healthcheck/h/status", "GetHealthCheckStatus", &["h"]),
        ("GET", "/2013-04-01/tags/hostedzone/Z1", "ListTagsForResource", &["hostedzone", "Z1"]),
        ("POST", "/2013-04-01/hostedzone/Z1/features", "UpdateHostedZoneFeatures", &["Z1"]),
    ];
    for (method, path, operation, labels) in cases {
        let found = route53.route(&method.parse().unwrap(), path, "");
        let (lookup, found) = found.unwrap_or_else(|| panic!("{method} {path}"));
        let name = match lookup {
            Lookup::Modelled(operation) => &*operation.name,
            Lookup::Unmodelled(name) => name,
        };
        assert_eq!((name, &*found), (operation, labels), "{method} {path}");
    }
    for (method, path) in [
        ("PUT", "/2013-04-01/hostedzone"),
        ("GET", "/2013-04-01/hostedzone//rrset"),
        ("GET", "/2013-04-01/hostedzone/Z1/rrset//"),
        ("GET", "/2013-04-01"),
        ("GET", "/"),
        ("GET", "/2013-04-01/hostedzone/Z1/unknown"),
    ] {
        assert!(route53.route(&method.parse().unwrap(), path, "").is_none(), "{method} {path}");
    }
}

/// Operations without a model can be refused by name; a REST one also by its route.
#[test]
fn all_of_aws_is_known_by_name() {
    for (service, operations) in [("ec2", 800), ("autoscaling", 60), ("route53", 70), ("sts", 10)] {
        let service = by_name(service).unwrap();
        assert!(service.operation_count() >= operations, "{}", service.name());
    }
    let ec2 = by_name("ec2").unwrap();
    assert!(matches!(ec2.lookup("CreateNatGateway"), Some(Lookup::Unmodelled("CreateNatGateway"))));
    assert!(matches!(ec2.lookup("RunInstances"), Some(Lookup::Modelled(_))));
    assert!(ec2.lookup("runInstances").is_none());
    assert_eq!(ec2.protocol(), Protocol::Ec2Query);
}

#[test]
fn documented_errors_have_their_status() {
    let route53 = by_name("route53").unwrap();
    for (shape, status) in
        [("NoSuchHostedZone", 404), ("HostedZoneAlreadyExists", 409), ("InvalidInput", 400)]
    {
        assert_eq!(route53.error(shape).unwrap().status, status, "{shape}");
    }
    let autoscaling = by_name("autoscaling").unwrap();
    assert_eq!(&*autoscaling.error("AlreadyExistsFault").unwrap().code, "AlreadyExists");
}
