mod aliases;
mod policies;
mod rules;

use super::*;
use crate::HostedZone;
use crate::hosted_zone::{self, NewZone};
use controlplane_services_kernel::{Caller, Context, View};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

pub(crate) fn context() -> Context {
    let caller = Caller {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        principal: "arn:aws:iam::123456789012:root".into(),
        access_key_id: "AK".into(),
        request_id: "r".into(),
        client: None,
    };
    Context::new(View::new(crate::SERVICE.kinds), caller, Timestamp::from_millis(1_700_000_000_000), [1; 32])
}

fn zone(cx: &mut Context) -> String {
    let new = NewZone { name: "example.com", caller_reference: "ref", ..NewZone::default() };
    hosted_zone::create(&new, cx).unwrap()
}

fn change(action: &str, set: Value) -> RequestedChange {
    serde_json::from_value(json!({"Action": action, "ResourceRecordSet": set})).unwrap()
}

fn a(name: &str, value: &str) -> Value {
    json!({"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]})
}

fn with(mut set: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        set[key] = value.clone();
    }
    set
}

/// Applies on a copy, so that a failing batch leaves nothing.
fn apply(zone: &str, changes: &[RequestedChange], cx: &mut Context) -> Result<(), String> {
    let mut scratch = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [2; 32]);
    apply_batch(zone, changes, &mut scratch).map_err(|error| error.to_string())?;
    for (key, change) in scratch.into_changes().iter() {
        match change {
            controlplane_services_kernel::Change::Put(record) => match record.downcast::<RecordSet>() {
                Some(set) => cx.put_at(key.clone(), set.clone()),
                None => cx.put_at(key.clone(), record.downcast::<HostedZone>().unwrap().clone()),
            },
            controlplane_services_kernel::Change::Delete => cx.delete_at(key.clone()),
        }
    }
    Ok(())
}

#[test]
fn what_route_53_refuses() {
    let cases: Vec<(&str, Vec<RequestedChange>, &str)> = vec![
        ("bad address", vec![change("CREATE", a("x.example.com", "1.2.3"))], "ARRDATAIllegalIPv4Address"),
        (
            "outside",
            vec![change("CREATE", a("x.example.org", "1.2.3.4"))],
            "is not permitted in zone example.com.",
        ),
        (
            "twice",
            vec![
                change("CREATE", a("x.example.com", "1.2.3.4")),
                change("CREATE", a("X.example.com.", "1.2.3.5")),
            ],
            "invalid set of changes",
        ),
        ("delete unknown", vec![change("DELETE", a("x.example.com", "1.2.3.4"))], "but it was not found"),
        (
            "apex cname",
            vec![change(
                "CREATE",
                json!({"Name": "example.com", "Type": "CNAME", "TTL": 1, "ResourceRecords": [{"Value": "a.b"}]}),
            )],
            "not permitted at apex",
        ),
        (
            "no content",
            vec![change("CREATE", json!({"Name": "x.example.com", "Type": "A"}))],
            "Expected exactly one of",
        ),
        (
            "group without identifier",
            vec![change("CREATE", with(a("x.example.com", "1.1.1.1"), json!({"Weight": 1})))],
            "Missing field 'SetIdentifier'",
        ),
        (
            "two policies",
            vec![change(
                "CREATE",
                with(
                    a("x.example.com", "1.1.1.1"),
                    json!({"Weight": 1, "Failover": "PRIMARY", "SetIdentifier": "s"}),
                ),
            )],
            "but found more than one in Change with [Action=CREATE, Name=x.example.com., Type=A, SetIdentifier=s]",
        ),
        (
            "mixed",
            vec![
                change("CREATE", a("x.example.com", "1.1.1.1")),
                change(
                    "CREATE",
                    with(a("x.example.com", "1.1.1.2"), json!({"Weight": 1, "SetIdentifier": "s"})),
                ),
            ],
            "cannot be created",
        ),
        (
            "cname beside",
            vec![
                change("CREATE", a("x.example.com", "1.1.1.1")),
                change(
                    "CREATE",
                    json!({"Name": "x.example.com", "Type": "CNAME", "TTL": 1, "ResourceRecords": [{"Value": "a.b"}]}),
                ),
            ],
            "conflict",
        ),
        (
            "two primaries",
            vec![
                change(
                    "CREATE",
                    with(a("x.example.com", "1.1.1.1"), json!({"Failover": "PRIMARY", "SetIdentifier": "a"})),
                ),
                change(
                    "CREATE",
                    with(a("x.example.com", "1.1.1.2"), json!({"Failover": "PRIMARY", "SetIdentifier": "b"})),
                ),
            ],
            "failover role PRIMARY exists",
        ),
        (
            "duplicate value",
            vec![change(
                "CREATE",
                json!({"Name": "x.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "1.1.1.1"}, {"Value": "1.1.1.1"}]}),
            )],
            "Duplicate Resource Record",
        ),
        (
            "unknown check",
            vec![change("CREATE", with(a("x.example.com", "1.1.1.1"), json!({"HealthCheckId": "nope"})))],
            "NoSuchHealthCheck",
        ),
        (
            "multivalue cname",
            vec![change(
                "CREATE",
                json!({"Name": "x.example.com", "Type": "CNAME", "TTL": 1, "SetIdentifier": "a", "MultiValueAnswer": true, "ResourceRecords": [{"Value": "a.b"}]}),
            )],
            "multivalue answer routing",
        ),
    ];
    for (name, changes, expected) in cases {
        let mut cx = context();
        let id = zone(&mut cx);
        let before = RecordSet::of_zone(&id, &cx).count();
        let error = apply(&id, &changes, &mut cx).expect_err(name);
        assert!(error.contains(expected), "{name}: {error}");
        assert_eq!(RecordSet::of_zone(&id, &cx).count(), before, "{name} left something behind");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let mut cx = context();
    let id = zone(&mut cx);
    let changes =
        [change("CREATE", a("x.example.com", "1.2.3")), change("DELETE", a("y.example.com", "1.1.1.1"))];
    let error = apply(&id, &changes, &mut cx).unwrap_err();
    assert!(
        error.contains("InvalidChangeBatch: [") && error.contains("ARRDATA") && error.contains("not found"),
        "{error}"
    );
}

#[test]
fn apex_ns_and_soa_stay() {
    let mut cx = context();
    let id = zone(&mut cx);
    let soa = RecordSet::of_zone(&id, &cx).find(|set| set.kind == "SOA").unwrap().record.clone();
    let delete =
        RequestedChange { action: Action::Delete, resource_record_set: ResourceRecordSet::from(&soa) };
    assert!(apply(&id, &[delete], &mut cx).unwrap_err().contains("exactly one SOA"));
}

#[test]
fn a_delete_may_spell_values_otherwise() {
    let mut cx = context();
    let id = zone(&mut cx);
    let set = |values: &[&str]| {
        let values: Vec<Value> = values.iter().map(|value| json!({"Value": value})).collect();
        json!({"Name": "x.example.com", "Type": "AAAA", "TTL": 1, "ResourceRecords": values})
    };
    apply(&id, &[change("CREATE", set(&["2001:db8::1", "2001:db8::2"]))], &mut cx).unwrap();
    let other = change("DELETE", set(&["2001:db8::2"]));
    assert!(apply(&id, &[other], &mut cx).unwrap_err().contains("do not match"));
    let same = change("DELETE", set(&["2001:db8:0::2", "2001:0db8::1"]));
    apply(&id, &[same], &mut cx).unwrap();
}

#[test]
fn limits_count_upserts_twice_and_aliases_once() {
    let mut cx = context();
    let id = zone(&mut cx);
    let values = |count: usize| -> Value {
        (0..count).map(|number| json!({"Value": format!("10.0.{}.{}", number / 256, number % 256)})).collect()
    };
    let set =
        |name: &str, count| json!({"Name": name, "Type": "A", "TTL": 1, "ResourceRecords": values(count)});
    let alias = json!({
        "Name": "alias.example.com", "Type": "A",
        "AliasTarget": {"HostedZoneId": id, "DNSName": "a.example.com", "EvaluateTargetHealth": false},
    });
    let batch = |last: usize| {
        [
            change("UPSERT", set("a.example.com", 400)),
            change("CREATE", alias.clone()),
            change("CREATE", set("b.example.com", last)),
        ]
    };
    let error = apply(&id, &batch(200), &mut cx).unwrap_err();
    assert!(error.contains("[Number of records limit of 1000 exceeded.]"), "{error}");
    apply(&id, &batch(199), &mut cx).unwrap();
    let long = json!({"Name": "t.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": (0..9).map(|number| {
        json!({"Value": format!("\"{number}{}\"", "x\" \"".repeat(980))})
    }).collect::<Value>()});
    let error = apply(&id, &[change("CREATE", long)], &mut cx).unwrap_err();
    assert!(error.contains("Number of characters limit of 32000 exceeded."), "{error}");
}

#[test]
fn delete_and_create_changes_the_policy() {
    let mut cx = context();
    let id = zone(&mut cx);
    apply(&id, &[change("CREATE", a("x.example.com", "1.1.1.1"))], &mut cx).unwrap();
    let weighted = with(a("x.example.com", "1.1.1.1"), json!({"Weight": 5, "SetIdentifier": "s"}));
    let both = [change("DELETE", a("x.example.com", "1.1.1.1")), change("CREATE", weighted)];
    apply(&id, &both, &mut cx).unwrap();
    let policies: Vec<Policy> =
        RecordSet::of_zone(&id, &cx).filter(|set| set.kind == "A").map(|set| set.policy.clone()).collect();
    assert_eq!(policies, [Policy::Weighted { weight: 5 }]);
}

#[test]
fn weighted_members_share_the_last_ttl() {
    let mut cx = context();
    let id = zone(&mut cx);
    for (identifier, ttl) in [("a", 60), ("b", 10)] {
        let set = with(
            a("x.example.com", "1.1.1.1"),
            json!({"Weight": 1, "SetIdentifier": identifier, "TTL": ttl}),
        );
        apply(&id, &[change("UPSERT", set)], &mut cx).unwrap();
    }
    let ttls: Vec<u32> =
        RecordSet::of_zone(&id, &cx).filter(|set| set.kind == "A").map(|set| set.content.ttl).collect();
    assert_eq!(ttls, [10, 10]);
}

#[test]
fn listing_order_is_by_reversed_name_as_one_string() {
    let mut cx = context();
    let id = zone(&mut cx);
    for name in ["b.example.com", "a.b.example.com", "*.example.com", "b-a.example.com", "z.example.com"] {
        apply(&id, &[change("CREATE", a(name, "1.1.1.1"))], &mut cx).unwrap();
    }
    let names: Vec<String> =
        RecordSet::of_zone(&id, &cx).filter(|set| set.kind == "A").map(|set| set.name.clone()).collect();
    let expected =
        ["\\052.example.com.", "b-a.example.com.", "b.example.com.", "a.b.example.com.", "z.example.com."];
    assert_eq!(names, expected);
}

#[test]
fn paging_goes_through_everything_once() {
    use super::ops::list_resource_record_sets::ListResourceRecordSets;
    use controlplane_services_kernel::Query;
    let mut cx = context();
    let id = zone(&mut cx);
    for number in 0..7 {
        apply(&id, &[change("CREATE", a(&format!("n{number}.example.com"), "1.1.1.1"))], &mut cx).unwrap();
    }
    let mut seen = Vec::new();
    let mut request = json!({"HostedZoneId": id, "MaxItems": "2"});
    loop {
        let answer = ListResourceRecordSets::run(&serde_json::from_value(request).unwrap(), &cx).unwrap();
        let answer = serde_json::to_value(answer).unwrap();
        seen.extend(
            answer["ResourceRecordSets"].as_array().unwrap().iter().map(|set| set["Name"].to_string()),
        );
        if answer["IsTruncated"] == json!(false) {
            break;
        }
        request = json!({
            "HostedZoneId": id, "MaxItems": "2",
            "StartRecordName": answer["NextRecordName"], "StartRecordType": answer["NextRecordType"],
        });
    }
    assert_eq!(seen.len(), 9);
    let early = serde_json::from_value(json!({"HostedZoneId": id, "StartRecordType": "A"})).unwrap();
    assert_eq!(ListResourceRecordSets::run(&early, &cx).unwrap_err().code, "InvalidInput");
}
