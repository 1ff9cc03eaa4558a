//! What every kind of manifest has to hold to, whoever adds one: applying twice writes nothing, however it is spelled; drift
//! is brought back, and what nobody declared is left alone; every field says what it means.
//!
//! One table has a document of every kind. A kind that is missing from it fails, so a new one cannot be forgotten.

use crate::examples::region;
use controlplane_server::registry::SERVICES;
use controlplane_services_kernel::manifest::apply::{ApplyOutcome, apply};
use controlplane_services_kernel::manifest::explain::{explain, undocumented};
use controlplane_services_kernel::manifest::{Applied, Document, parse};
use controlplane_services_kernel::{Context, DeclarativeEntry, KindEntry, ServiceError};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A document of every kind, spelled otherwise than records are: bits behind prefixes, capitals, lists in another order.
const EVERY_KIND: &str = include_str!("every_kind.yaml");

/// What somebody does to a record behind the manifest's back; which of it is taken back, and which stays.
struct Drift {
    record: (&'static str, &'static str),
    to: Value,
    taken_back: &'static [&'static str],
    stays: &'static [&'static str],
}

fn drifts() -> Vec<Drift> {
    let drift = |record, to, taken_back, stays| Drift { record, to, taken_back, stays };
    vec![
        drift(
            ("vpc", "lab"),
            json!({"enableDnsHostnames": false, "tags": {"tier": "lab", "other": "x"}}),
            &["enableDnsHostnames"],
            &["tags"],
        ),
        drift(("vpc", "lab"), json!({"tags": {}}), &["tags"], &[]),
        drift(("vpc", "lab"), json!({"dhcpOptionsId": null}), &["dhcpOptionsId"], &[]),
        drift(("dhcp_options", "lab"), json!({"tags": {"o": "x"}}), &[], &["tags"]),
        drift(
            ("prefix_list", "office"),
            json!({"entries": [], "maxEntries": 7}),
            &["entries", "maxEntries"],
            &[],
        ),
        drift(
            ("prefix_list", "office"),
            json!({"prefixListName": "theirs", "tags": {"o": "x"}}),
            &[],
            &["prefixListName", "tags"],
        ),
        drift(
            ("subnet", "a"),
            json!({"mapPublicIpOnLaunch": false, "tags": {"o": "x"}}),
            &["mapPublicIpOnLaunch"],
            &["tags"],
        ),
        drift(("route_table", "public"), json!({"routes": []}), &["routes"], &[]),
        drift(
            ("route_table", "public"),
            json!({"subnetIds": [], "tags": {"o": "x"}}),
            &["subnetIds"],
            &["tags"],
        ),
        drift(("security_group", "web"), json!({"ingress": []}), &["ingress"], &[]),
        drift(("security_group", "web"), json!({"egress": []}), &["egress"], &[]),
        drift(
            ("image", "nginx"),
            json!({"description": "x", "tags": {"o": "x"}}),
            &["description"],
            &["tags"],
        ),
        drift(("key_pair", "me"), json!({"tags": {"o": "x"}}), &[], &["tags"]),
        drift(
            ("launch_template", "web"),
            json!({"launchTemplateData": {"instanceType": "t3.nano"}, "versionDescription": "theirs"}),
            &["launchTemplateData"],
            &["versionDescription"],
        ),
        drift(
            ("instance", "one"),
            json!({"disableApiStop": false, "instanceInitiatedShutdownBehavior": "terminate"}),
            &["disableApiStop"],
            &["instanceInitiatedShutdownBehavior"],
        ),
        drift(
            ("instance", "one"),
            json!({"metadataOptions": {"httpPutResponseHopLimit": 5, "httpTokens": "optional"}}),
            &[],
            &[],
        ),
        drift(
            ("auto_scaling_group", "web"),
            json!({"maxSize": 9, "desiredCapacity": 2, "serviceRegistry": null}),
            &["maxSize", "serviceRegistry"],
            &["desiredCapacity"],
        ),
        drift(("hosted_zone", "zone"), json!({"comment": null}), &["comment"], &[]),
        drift(
            ("health_check", "web"),
            json!({"failureThreshold": 9, "inverted": true}),
            &["failureThreshold"],
            &["inverted"],
        ),
        drift(
            ("record_set", "www"),
            json!({"ttl": 99, "weight": null, "failover": "PRIMARY"}),
            &["ttl", "weight"],
            &[],
        ),
        drift(("cidr_collection", "offices"), json!({"locations": {"berlin": []}}), &["locations"], &[]),
        drift(
            ("record_set", "berlin"),
            json!({"aliasTarget": null, "ttl": 9, "resourceRecords": ["192.0.2.9"]}),
            &["aliasTarget", "ttl", "resourceRecords"],
            &[],
        ),
        drift(("internet_gateway", "lab"), json!({"tags": {"o": "x"}}), &[], &["tags"]),
    ]
}

/// Fields that a manifest stops naming, and what they are then.
fn dropped() -> Vec<((&'static str, &'static str), &'static str, Value)> {
    vec![
        (("vpc", "lab"), "enableDnsHostnames", json!(false)),
        (("vpc", "lab"), "tags", Value::Null),
        (("vpc", "lab"), "dhcpOptionsId", Value::Null),
        (("prefix_list", "office"), "entries", json!([])),
        (("subnet", "a"), "mapPublicIpOnLaunch", json!(false)),
        (("subnet", "a"), "availabilityZone", json!("us-east-1a")),
        (("security_group", "web"), "ingress", json!([])),
        (("image", "nginx"), "description", Value::Null),
        (("instance", "one"), "disableApiStop", json!(false)),
        (("instance", "one"), "keyName", json!("me")),
        (("auto_scaling_group", "web"), "healthCheckGracePeriod", json!(0)),
        (("auto_scaling_group", "web"), "serviceRegistry", Value::Null),
        (("hosted_zone", "zone"), "comment", Value::Null),
        (("health_check", "web"), "failureThreshold", json!(3)),
        (("record_set", "www"), "healthCheckId", Value::Null),
        (("user", "Alice"), "groups", json!([])),
        (("user", "Alice"), "permissionsBoundary", Value::Null),
        (("user", "Alice"), "path", json!("/")),
        (("user_group", "Operators"), "policies", json!([])),
        (("role", "Web"), "maxSessionDuration", json!(3600)),
        (("role", "Web"), "inlinePolicies", Value::Null),
        (("instance_profile", "Web"), "roles", json!([])),
        (("open_id_connect_provider", "forge"), "clientIDs", json!([])),
        (("cidr_collection", "offices"), "locations", Value::Null),
    ]
}

fn declared_kinds() -> impl Iterator<Item = &'static KindEntry> {
    SERVICES.iter().flat_map(|service| service.kinds).filter(|kind| kind.declarative.is_some())
}

fn entry(kind: &str) -> &'static DeclarativeEntry {
    declared_kinds().find(|known| known.name == kind).unwrap().declarative.as_ref().unwrap()
}

/// A context over what another one did, which has done nothing itself yet.
fn after(cx: &Context) -> Context {
    Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [2; 32])
}

fn applied(documents: Vec<Document>, cx: &mut Context) -> Result<BTreeSet<String>, ServiceError> {
    let results = apply(SERVICES, documents, "default", &cx.caller.region.clone(), cx)?;
    let told = results.into_iter().filter(|one| one.outcome != ApplyOutcome::Unchanged);
    Ok(told.map(|one| format!("{}/{} {:?}", one.kind, one.name, one.outcome)).collect())
}

/// A region in which [`EVERY_KIND`] is true.
fn made() -> Context {
    let mut cx = region();
    applied(parse(EVERY_KIND).unwrap(), &mut cx).unwrap_or_else(|error| panic!("{error}"));
    cx
}

fn id_of((kind, name): (&str, &str), cx: &Context) -> String {
    Applied::target_of(kind, name, cx).unwrap_or_else(|| panic!("{kind}/{name}")).to_owned()
}

/// A field of a record; lists in an order that does not depend on ids.
fn field(record: (&str, &str), name: &str, cx: &Context) -> Value {
    let spec = (entry(record.0).view)(&id_of(record, cx), cx).unwrap();
    match spec.get(name).cloned().unwrap_or_default() {
        Value::Array(mut items) => {
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) if members.is_empty() => Value::Null,
        Value::String(text) if text.is_empty() => Value::Null,
        other => other,
    }
}

/// Changes a record as anybody may, without any manifest.
fn drifted(record: (&str, &str), to: &Value, cx: &mut Context) {
    let id = id_of(record, cx);
    let live = (entry(record.0).view)(&id, cx).unwrap();
    let mut changed = live.clone();
    for (name, value) in to.as_object().unwrap() {
        match (&mut changed[name], value) {
            (Value::Object(before), Value::Object(value)) if name != "tags" => before.extend(value.clone()),
            (before, value) => *before = value.clone(),
        }
    }
    (entry(record.0).update)(&id, &live, &changed, cx).unwrap_or_else(|error| panic!("{record:?}: {error}"));
}

#[test]
fn applying_twice_writes_nothing() {
    let made = made();
    let documents = parse(EVERY_KIND).unwrap();
    let named: BTreeSet<String> = documents.iter().map(|one| plain(&one.kind)).collect();
    let kinds: BTreeSet<String> = declared_kinds().map(|kind| plain(kind.name)).collect();
    assert_eq!(named, kinds, "one document of every kind");
    let mut again = after(&made);
    assert_eq!(applied(documents, &mut again).unwrap(), BTreeSet::new());
    let written: Vec<String> = again.into_changes().iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(written, Vec::<String>::new());
}

fn plain(kind: &str) -> String {
    kind.replace(['_', '-'], "").to_lowercase()
}

#[test]
fn what_the_desk_shows_can_be_applied() {
    let made = made();
    let documents = parse(EVERY_KIND).unwrap().into_iter().map(|mut document| {
        let kind = declared_kinds().find(|kind| plain(kind.name) == plain(&document.kind)).unwrap();
        let id = id_of((kind.name, &document.metadata.name), &made);
        let shown = (entry(kind.name).view)(&id, &made).unwrap();
        document.spec = shown.as_object().unwrap().clone();
        document
    });
    let mut again = after(&made);
    applied(documents.collect(), &mut again).unwrap();
    let kinds: BTreeSet<String> = again.into_changes().iter().map(|(key, _)| key.kind().to_owned()).collect();
    // The documents say more than before, and that is all there is to write.
    assert_eq!(kinds, BTreeSet::from(["applied".to_owned()]));
}

#[test]
fn drift_is_brought_back_and_what_nobody_declared_stays() {
    let made = made();
    for Drift { record, to, taken_back, stays } in drifts() {
        let mut cx = after(&made);
        drifted(record, &to, &mut cx);
        for name in taken_back {
            assert_ne!(field(record, name, &cx), field(record, name, &made), "{record:?} {name} drifts");
        }
        let told = applied(parse(EVERY_KIND).unwrap(), &mut cx)
            .unwrap_or_else(|error| panic!("{record:?}: {error}"));
        if !taken_back.is_empty() {
            assert_eq!(told, BTreeSet::from([format!("{}/{} Configured", record.0, record.1)]));
        }
        for name in taken_back {
            assert_eq!(
                shown(field(record, name, &cx)),
                shown(field(record, name, &made)),
                "{record:?} {name}"
            );
        }
        for name in stays {
            assert_eq!(field(record, name, &cx), to[*name], "{record:?} {name}");
        }
        let mut again = after(&cx);
        assert_eq!(applied(parse(EVERY_KIND).unwrap(), &mut again).unwrap(), BTreeSet::new(), "{record:?}");
        assert!(again.into_changes().is_empty(), "{record:?}");
    }
}

/// Fields that are told are compared, absent ones are no fields.
fn shown(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

#[test]
fn a_field_that_is_not_named_any_more_gets_its_default() {
    let made = made();
    for (record, name, expected) in dropped() {
        let mut cx = after(&made);
        let mut documents = parse(EVERY_KIND).unwrap();
        for document in &mut documents {
            if plain(&document.kind) == plain(record.0) && document.metadata.name == record.1 {
                document.spec.remove(name).unwrap_or_else(|| panic!("{record:?} names {name}"));
            }
        }
        applied(documents, &mut cx).unwrap_or_else(|error| panic!("{record:?} {name}: {error}"));
        assert_eq!(field(record, name, &cx), expected, "{record:?} {name}");
    }
}

#[test]
fn what_cannot_change_is_refused_by_name() {
    let made = made();
    for (field, text) in [
        ("cidrBlock", EVERY_KIND.replace("10.9.1.7/16", "10.10.0.0/16")),
        ("availabilityZone", EVERY_KIND.replace("us-east-1b", "us-east-1c")),
        ("description", EVERY_KIND.replace("description: Web", "description: Wide")),
        (
            "launchTemplate",
            EVERY_KIND.replacen("{launchTemplateId: web}", "{launchTemplateId: web, version: \"1\"}", 1),
        ),
        ("type", EVERY_KIND.replace("{type: HTTP, ip", "{type: TCP, port: 80, ip")),
        ("publicKeyMaterial", EVERY_KIND.replace("AAAAIHH0k072lN7dup", "AAAAIHH0k072lN7dvp")),
        ("source", EVERY_KIND.replace("nginx@", "httpd@")),
        ("setIdentifier", EVERY_KIND.replace("setIdentifier: one", "setIdentifier: two")),
        ("url", EVERY_KIND.replace("Forge.example.com", "other.example.com")),
        ("description", EVERY_KIND.replace("what only looks", "what looks only")),
        ("path", EVERY_KIND.replace("{path: /lab/, roles", "{path: /other/, roles")),
    ] {
        let error = applied(parse(&text).unwrap(), &mut after(&made)).unwrap_err();
        assert!(error.message.contains(&format!("spec.{field}: cannot be changed")), "{field}: {error}");
    }
}

#[test]
fn every_field_says_what_it_means() {
    let silent: Vec<String> = declared_kinds().flat_map(undocumented).collect();
    assert_eq!(silent, Vec::<String>::new());
    for kind in declared_kinds() {
        let entry = kind.declarative.as_ref().unwrap();
        let named = entry.immutable.iter().map(|name| (*name).to_owned());
        let named = named.chain(entry.references.iter().map(|reference| reference.path.replace("[]", "")));
        for name in named {
            let path: Vec<&str> = name.split('.').collect();
            let text = explain(kind, "v", &path, false).unwrap_or_else(|error| panic!("{error}"));
            assert!(
                text.contains("-immutable-") || text.contains("Names a record"),
                "{} {name}: {text}",
                kind.name
            );
        }
        assert!(explain(kind, "v", &[], true).unwrap().contains("\nFIELDS:\n"), "{}", kind.name);
    }
}

#[test]
fn explaining_tells_type_bounds_values_and_slips() {
    let told = |kind: &str, path: &[&str]| {
        let kind = declared_kinds().find(|known| known.name == kind).unwrap();
        explain(kind, "ec2/2016-11-15", path, false)
    };
    for (kind, path, expected) in [
        ("vpc", &[][..], "  cidrBlock <string> -required- -immutable-\n"),
        ("vpc", &["tags"], "FIELD:    tags <map of string to string>\n"),
        ("vpc", &["enableDnsSupport"], "Default: true."),
        ("security_group", &["ingress"], "FIELD:    ingress <[]object>\n"),
        ("security_group", &["ingress", "fromPort"], "From -1 to 65535."),
        ("instance", &["subnetId"], "Names a record: id or name of one of kind subnet."),
        ("instance", &["metadataOptions", "httpTokens"], "One of: \"required\", \"optional\"."),
        ("launch_template", &["launchTemplateData", "networkInterfaces"], "  subnetId <string>\n"),
        ("auto_scaling_group", &["serviceRegistry", "routingPolicy"], "\"weighted\" (One healthy"),
    ] {
        let text = told(kind, path).unwrap();
        assert!(text.contains(expected), "{kind} {path:?}: {text}");
    }
    let slip = told("vpc", &["cidrBlok"]).unwrap_err();
    assert_eq!(slip.message, "vpc has no field \"cidrBlok\"");
    assert!(slip.hint.unwrap().starts_with("did you mean cidrBlock"));
    assert!(
        told("vpc", &["cidrBlock", "deeper"]).unwrap_err().message.contains("vpc.cidrBlock has no field")
    );
}
