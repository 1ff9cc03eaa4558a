use crate::RecordSet;
use crate::record_set::Policy;
use crate::tests::{World, text, weighted_document};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Two rules that both lead to a third.
fn graph() -> String {
    json!({
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartRule": "geo",
        "Endpoints": {"one": {"Type": "value", "Value": "192.0.2.1"}, "two": {"Type": "value", "Value": "192.0.2.2"}},
        "Rules": {
            "geo": {"RuleType": "geo", "Locations": [
                {"Continent": "EU", "RuleReference": "europe", "EvaluateTargetHealth": true},
                {"IsDefault": "true", "RuleReference": "pool"},
            ]},
            "europe": {"RuleType": "failover",
                "Primary": {"EndpointReference": "one"},
                "Secondary": {"RuleReference": "pool", "EvaluateTargetHealth": "true"}},
            "pool": {"RuleType": "weighted", "Items": [{"Weight": "1", "EndpointReference": "two"}]},
        },
    })
    .to_string()
}

fn instance(world: &mut World, zone: &str, name: &str, policy: &str) -> Result<String, String> {
    let input = json!({
        "HostedZoneId": zone, "Name": name, "TTL": 60, "TrafficPolicyId": policy, "TrafficPolicyVersion": 1,
    });
    let answer = world.call("CreateTrafficPolicyInstance", input).map_err(|error| error.code.into_owned())?;
    Ok(text(&answer["TrafficPolicyInstance"]["Id"]))
}

fn listed(world: &mut World, zone: &str) -> Vec<Value> {
    let mut sets = world.sets(zone);
    sets.retain(|set| set["Type"] == "A");
    sets
}

fn names(sets: &[RecordSet]) -> BTreeSet<String> {
    sets.iter().map(|set| set.name.clone()).collect()
}

#[test]
fn a_policy_becomes_a_tree_of_sets() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let policy = world.policy("p", &graph());
    let empty = world.size();
    let id = instance(&mut world, &zone, "WWW.example.com", &policy).unwrap();
    let root = json!({"Name": "www.example.com.", "Type": "A", "TrafficPolicyInstanceId": id});
    assert_eq!(listed(&mut world, &zone), [root]);
    let shown = world.ok("GetHostedZone", json!({"Id": zone}));
    assert_eq!(shown["HostedZone"]["ResourceRecordSetCount"], 3);
    let sets = world.generated(&zone);
    assert_eq!((sets.len(), names(&sets).len()), (5, 3), "one group a rule, once");
    let pool = sets.iter().find(|set| set.content.values == ["192.0.2.2"]).unwrap();
    assert_eq!((pool.policy.clone(), pool.content.ttl), (Policy::Weighted { weight: 1 }, 60));
    let to_pool =
        sets.iter().filter(|set| set.content.alias.as_ref().is_some_and(|alias| alias.name == pool.name));
    let health: Vec<bool> =
        to_pool.map(|set| set.content.alias.as_ref().unwrap().evaluate_target_health).collect();
    assert_eq!(health.len(), 2);
    assert!(health.contains(&true) && health.contains(&false));
    let got = world.ok("GetTrafficPolicyInstance", json!({"Id": id}));
    assert_eq!(
        got["TrafficPolicyInstance"],
        json!({
            "Id": id, "HostedZoneId": zone, "Name": "www.example.com.", "TTL": 60, "State": "Creating", "Message": "",
            "TrafficPolicyId": policy, "TrafficPolicyVersion": 1, "TrafficPolicyType": "A",
        })
    );
    world.confirm_all();
    let got = world.ok("GetTrafficPolicyInstance", json!({"Id": id}));
    assert_eq!(got["TrafficPolicyInstance"]["State"], "Applied");
    world.ok("DeleteTrafficPolicyInstance", json!({"Id": id}));
    assert_eq!(world.size(), empty);
}

#[test]
fn an_update_switches_in_one_change() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let policy = world.policy("p", &graph());
    let id = instance(&mut world, &zone, "www.example.com", &policy).unwrap();
    let before = names(&world.generated(&zone));
    world.ok("CreateTrafficPolicyVersion", json!({"Id": policy, "Document": weighted_document("192.0.2.9")}));
    let update =
        |number: i32| json!({"Id": id, "TTL": 5, "TrafficPolicyId": policy, "TrafficPolicyVersion": number});
    let answer = world.ok("UpdateTrafficPolicyInstance", update(2));
    assert_eq!(answer["TrafficPolicyInstance"]["TrafficPolicyVersion"], 2);
    let after = world.generated(&zone);
    assert_eq!(after.len(), 1);
    assert!(names(&after).is_disjoint(&before), "the new tree has names of its own");
    assert_eq!((after[0].content.values.clone(), after[0].content.ttl), (vec!["192.0.2.9".to_owned()], 5));
    assert_eq!(world.fails("DeleteTrafficPolicy", json!({"Id": policy, "Version": 2})), "TrafficPolicyInUse");
    world.ok("DeleteTrafficPolicy", json!({"Id": policy, "Version": 1}));
    assert_eq!(world.fails("UpdateTrafficPolicyInstance", update(1)), "NoSuchTrafficPolicy");
    let text = weighted_document("\"x\"").replace("\"RecordType\":\"A\"", "\"RecordType\":\"TXT\"");
    world.ok("CreateTrafficPolicyVersion", json!({"Id": policy, "Document": text}));
    assert_eq!(world.fails("UpdateTrafficPolicyInstance", update(3)), "ConflictingTypes");
}

#[test]
fn the_tree_belongs_to_the_instance() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let policy = world.policy("p", &weighted_document("192.0.2.1"));
    let id = instance(&mut world, &zone, "www.example.com", &policy).unwrap();
    let below = world.generated(&zone).remove(0);
    let value = |name: &str| json!({"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]});
    let mut member = value(&below.name);
    member["SetIdentifier"] = json!("1");
    member["Weight"] = json!(10);
    for (action, set) in
        [("DELETE", member.clone()), ("UPSERT", member), ("UPSERT", value("www.example.com"))]
    {
        let error = world.batch(&zone, &[(action, set)]).unwrap_err();
        assert!(error.message.contains("belongs to traffic policy instance"), "{error}");
    }
    // Others may lead to the root, and the root can be deleted: the instance stays, and makes it again.
    let alias = json!({"Name": "x.example.com", "Type": "A", "AliasTarget": {
        "HostedZoneId": zone, "DNSName": "www.example.com", "EvaluateTargetHealth": false,
    }});
    world.batch(&zone, &[("CREATE", alias.clone())]).unwrap();
    let root = listed(&mut world, &zone).remove(0);
    assert_eq!(root["TrafficPolicyInstanceId"], json!(id));
    world.batch(&zone, &[("DELETE", root.clone()), ("DELETE", alias)]).unwrap();
    assert_eq!(world.ok("GetTrafficPolicyInstanceCount", json!({}))["TrafficPolicyInstanceCount"], 1);
    assert_eq!(world.fails("DeleteHostedZone", json!({"Id": zone})), "HostedZoneNotEmpty");
    let update = json!({"Id": id, "TTL": 60, "TrafficPolicyId": policy, "TrafficPolicyVersion": 1});
    world.ok("UpdateTrafficPolicyInstance", update.clone());
    assert_eq!(listed(&mut world, &zone), std::slice::from_ref(&root));
    // Unless somebody else took its place.
    world.batch(&zone, &[("DELETE", root), ("CREATE", value("www.example.com"))]).unwrap();
    assert_eq!(world.fails("UpdateTrafficPolicyInstance", update), "InvalidInput");
    world.ok("DeleteTrafficPolicyInstance", json!({"Id": id}));
    assert_eq!(listed(&mut world, &zone).len(), 1, "what is not the instance's stays");
}

#[test]
fn instances_that_cannot_be() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let policy = world.policy("p", &weighted_document("192.0.2.1"));
    let checked = weighted_document("192.0.2.1").replace("\"Weight\"", "\"HealthCheck\":\"none\",\"Weight\"");
    let checked = world.policy("q", &checked);
    instance(&mut world, &zone, "www.example.com", &policy).unwrap();
    let set = json!({"Name": "taken.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.1"}]});
    world.batch(&zone, &[("CREATE", set)]).unwrap();
    for (zone, name, policy, code) in [
        (zone.as_str(), "www.example.com", &policy, "TrafficPolicyInstanceAlreadyExists"),
        (&zone, "taken.example.com", &policy, "InvalidInput"),
        (&zone, "www.example.org", &policy, "InvalidInput"),
        (&zone, "a..b", &policy, "InvalidInput"),
        (&zone, "_traffic-policy-1.example.com", &policy, "InvalidInput"),
        (&zone, "checked.example.com", &checked, "InvalidInput"),
        (&zone, "x.example.com", &zone, "NoSuchTrafficPolicy"),
        ("Z0", "x.example.com", &policy, "NoSuchHostedZone"),
    ] {
        let before = world.size();
        assert_eq!(instance(&mut world, zone, name, policy).unwrap_err(), code, "{name}");
        assert_eq!(world.size(), before, "{name}");
    }
    for number in 2..=5 {
        instance(&mut world, &zone, &format!("n{number}.example.com"), &policy).unwrap();
    }
    assert_eq!(
        instance(&mut world, &zone, "more.example.com", &policy).unwrap_err(),
        "TooManyTrafficPolicyInstances"
    );
}

#[test]
fn listings_go_by_zone_name_and_type() {
    let mut world = World::new();
    let mut zones = [world.zone("example.com"), world.zone("example.org")];
    zones.sort();
    let policy = world.policy("p", &weighted_document("192.0.2.1"));
    let other = world.policy("q", &weighted_document("192.0.2.1"));
    let domain = |world: &mut World, zone: &str| {
        text(&world.ok("GetHostedZone", json!({"Id": zone}))["HostedZone"]["Name"])
    };
    let mut expected = Vec::new();
    for zone in &zones {
        let domain = domain(&mut world, zone);
        for (name, policy) in [("b", &policy), ("a", &other)] {
            instance(&mut world, zone, &format!("{name}.{domain}"), policy).unwrap();
        }
        expected.extend([format!("a.{domain}"), format!("b.{domain}")]);
    }
    let names = |answer: &Value| -> Vec<String> {
        let all = answer["TrafficPolicyInstances"].as_array().unwrap();
        all.iter().map(|found| text(&found["Name"])).collect()
    };
    let (mut seen, mut request) = (Vec::new(), json!({"MaxItems": "1"}));
    loop {
        let answer = world.ok("ListTrafficPolicyInstances", request.clone());
        seen.extend(names(&answer));
        if answer["IsTruncated"] == json!(false) {
            break;
        }
        for marker in
            ["HostedZoneIdMarker", "TrafficPolicyInstanceNameMarker", "TrafficPolicyInstanceTypeMarker"]
        {
            request[marker] = answer[marker].clone();
        }
    }
    assert_eq!(seen, expected);
    let of_zone = world.ok("ListTrafficPolicyInstancesByHostedZone", json!({"HostedZoneId": zones[1]}));
    assert_eq!(names(&of_zone), expected[2..]);
    let of_policy = json!({"TrafficPolicyId": other, "TrafficPolicyVersion": 1});
    let of_policy = world.ok("ListTrafficPolicyInstancesByPolicy", of_policy);
    assert_eq!(names(&of_policy), [expected[0].clone(), expected[2].clone()]);
    let alone = json!({"TrafficPolicyInstanceNameMarker": "a.example.com"});
    assert_eq!(world.fails("ListTrafficPolicyInstances", alone), "InvalidInput");
}
