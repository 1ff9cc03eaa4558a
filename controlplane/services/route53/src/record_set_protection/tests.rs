use crate::tests::{World, text};
use serde_json::{Value, json};

fn entry(name: &str, kind: &str) -> Value {
    json!({"RecordName": name, "RecordType": kind})
}

fn protect(world: &mut World, zone: &str, entries: Value) {
    world.ok("CreateResourceRecordSetProtections", json!({"HostedZoneId": zone, "Protections": entries}));
}

fn address(name: &str) -> Value {
    json!({"Name": name, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.1"}]})
}

#[test]
fn a_protected_name_and_type_stays_as_it_is() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    world.batch(&zone, &[("CREATE", address("a.example.com"))]).unwrap();
    protect(&mut world, &zone, json!([entry("A.example.com", "A"), entry("new.example.com.", "A")]));
    for (action, set) in [
        ("UPSERT", address("a.example.com")),
        ("DELETE", address("a.example.com")),
        ("CREATE", address("new.example.com")),
    ] {
        let error =
            world.batch(&zone, &[("CREATE", address("free.example.com")), (action, set)]).unwrap_err();
        assert!(error.code == "InvalidChangeBatch" && error.message.contains("is protected"), "{error}");
    }
    let mut text = address("a.example.com");
    text["Type"] = json!("TXT");
    text["ResourceRecords"] = json!([{"Value": "\"x\""}]);
    world.batch(&zone, &[("CREATE", text.clone()), ("CREATE", address("free.example.com"))]).unwrap();
    world.batch(&zone, &[("DELETE", text), ("DELETE", address("free.example.com"))]).unwrap();
    let both = json!([entry("a.example.com", "A"), entry("new.example.com", "A")]);
    let delete = |entries: &Value| json!({"HostedZoneId": zone, "Protections": entries});
    world.ok("DeleteResourceRecordSetProtections", delete(&json!([both[0]])));
    world.batch(&zone, &[("DELETE", address("a.example.com"))]).unwrap();
    assert_eq!(world.fails("DeleteHostedZone", json!({"Id": zone})), "HostedZoneNotEmpty");
    world.ok("DeleteResourceRecordSetProtections", delete(&json!([both[1]])));
    world.ok("DeleteHostedZone", json!({"Id": zone}));
}

#[test]
fn requests_are_taken_whole_and_failures_told_by_entry() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    protect(&mut world, &zone, json!([entry("a.example.com", "A")]));
    let (create, delete) = ("CreateResourceRecordSetProtections", "DeleteResourceRecordSetProtections");
    let known = entry("a.example.com", "A");
    let many: Value = (0..101).map(|number| entry(&format!("n{number}.example.com"), "A")).collect();
    for (action, entries, code, codes) in [
        (create, json!([known]), "ProtectionAlreadyExists", vec!["ProtectionAlreadyExists"]),
        (
            create,
            json!([known, entry("b.example.com", "A")]),
            "InvalidResourceRecordSetProtectionBatch",
            vec!["ProtectionAlreadyExists"],
        ),
        (
            create,
            json!([
                known,
                entry("b.example.org", "A"),
                entry("c.example.com", "A"),
                entry("C.example.com", "A")
            ]),
            "InvalidResourceRecordSetProtectionBatch",
            vec!["InvalidInput", "InvalidInput"],
        ),
        (
            delete,
            json!([known, entry("b.example.com", "A")]),
            "InvalidResourceRecordSetProtectionBatch",
            vec!["ProtectionNotFound"],
        ),
        (create, many, "InvalidInput", vec![]),
    ] {
        let before = world.size();
        let error = world.call(action, json!({"HostedZoneId": zone, "Protections": entries})).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        let items = error.details.map(|details| details.items).unwrap_or_default();
        let told: Vec<&str> = items.iter().map(|item| item[2].1.as_str()).collect();
        assert_eq!(told, codes, "{entries}");
        assert_eq!(world.size(), before);
    }
}

#[test]
fn protections_are_listed_like_record_sets() {
    let mut world = World::new();
    let (zone, other) = (world.zone("example.com"), world.zone("example.org"));
    let names = ["b.example.com", "a.b.example.com", "example.com"];
    protect(&mut world, &zone, names.iter().map(|name| entry(name, "MX")).collect());
    protect(&mut world, &other, json!([entry("example.org", "A")]));
    let (mut seen, mut request) = (Vec::new(), json!({"HostedZoneId": zone, "MaxResults": "2"}));
    loop {
        let answer = world.ok("ListResourceRecordSetProtections", request.clone());
        let page = answer["ResourceRecordSetProtections"].as_array().unwrap();
        seen.extend(page.iter().map(|found| text(&found["RecordName"])));
        match &answer["NextToken"] {
            Value::Null => break,
            token => request["NextToken"] = token.clone(),
        }
    }
    assert_eq!(seen, ["example.com.", "b.example.com.", "a.b.example.com."]);
    let from = json!({"HostedZoneId": zone, "StartRecordName": "b.example.com", "StartRecordType": "MX"});
    let answer = world.ok("ListResourceRecordSetProtections", from);
    assert_eq!(answer["ResourceRecordSetProtections"].as_array().unwrap().len(), 2);
    for (more, code) in [
        (json!({"StartRecordType": "A"}), "InvalidInput"),
        (json!({"NextToken": "???"}), "InvalidPaginationToken"),
    ] {
        let mut input = json!({"HostedZoneId": zone});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.fails("ListResourceRecordSetProtections", input), code);
    }
}
