use crate::tests::{World, weighted_document};
use serde_json::{Value, json};

fn version(world: &mut World, id: &str, value: &str) -> Value {
    let input = json!({"Id": id, "Document": weighted_document(value), "Comment": value});
    world.ok("CreateTrafficPolicyVersion", input)["TrafficPolicy"]["Version"].clone()
}

#[test]
fn numbers_are_never_used_again_and_deleted_versions_stay_readable() {
    let mut world = World::new();
    let id = world.policy("p", &weighted_document("192.0.2.1"));
    assert_eq!(version(&mut world, &id, "192.0.2.2"), 2);
    assert_eq!(version(&mut world, &id, "192.0.2.3"), 3);
    world.ok("DeleteTrafficPolicy", json!({"Id": id, "Version": 3}));
    assert_eq!(version(&mut world, &id, "192.0.2.4"), 4);
    let summary = world.ok("ListTrafficPolicies", json!({}))["TrafficPolicySummaries"][0].clone();
    assert_eq!(
        summary,
        json!({"Id": id, "Name": "p", "Type": "A", "LatestVersion": 4, "TrafficPolicyCount": 3})
    );
    let get =
        |world: &mut World, number: i32| world.ok("GetTrafficPolicy", json!({"Id": id, "Version": number}));
    assert_eq!(get(&mut world, 3)["TrafficPolicy"]["Document"], weighted_document("192.0.2.3"));
    let listed = world.ok("ListTrafficPolicyVersions", json!({"Id": id, "MaxItems": "2"}));
    let numbers = |answer: &Value| -> Vec<Value> {
        let all = answer["TrafficPolicies"].as_array().unwrap();
        all.iter().map(|found| found["Version"].clone()).collect()
    };
    assert_eq!(numbers(&listed), [1, 2]);
    let marker = &listed["TrafficPolicyVersionMarker"];
    let rest = world.ok("ListTrafficPolicyVersions", json!({"Id": id, "TrafficPolicyVersionMarker": marker}));
    assert_eq!(numbers(&rest), [4]);
    for number in [1, 2, 4] {
        world.ok("DeleteTrafficPolicy", json!({"Id": id, "Version": number}));
    }
    assert_eq!(world.ok("ListTrafficPolicies", json!({}))["TrafficPolicySummaries"], json!([]));
    assert_eq!(get(&mut world, 1)["TrafficPolicy"]["Name"], "p");
    assert_ne!(world.policy("p", &weighted_document("192.0.2.1")), id, "the name is free");
}

#[test]
fn policies_are_listed_as_they_were_made() {
    let mut world = World::new();
    let mut made: Vec<String> =
        ["c", "a", "b"].map(|name| world.policy(name, &weighted_document("192.0.2.1"))).into();
    // They were made in the same millisecond: then by id.
    made.sort();
    let first = world.ok("ListTrafficPolicies", json!({"MaxItems": "2"}));
    assert_eq!(first["TrafficPolicyIdMarker"], json!(made[2]));
    let rest = world.ok("ListTrafficPolicies", json!({"TrafficPolicyIdMarker": made[2]}));
    assert_eq!(rest["TrafficPolicySummaries"][0]["Id"], json!(made[2]));
    assert_eq!(rest["IsTruncated"], false);
}

#[test]
fn a_comment_is_all_that_changes() {
    let mut world = World::new();
    let id = world.policy("p", &weighted_document("192.0.2.1"));
    let answer = world.ok("UpdateTrafficPolicyComment", json!({"Id": id, "Version": 1, "Comment": "ours"}));
    assert_eq!(answer["TrafficPolicy"]["Comment"], "ours");
    assert_eq!(world.ok("GetTrafficPolicy", json!({"Id": id, "Version": 1})), answer);
}

#[test]
fn what_is_refused() {
    let mut world = World::new();
    let id = world.policy("p", &weighted_document("192.0.2.1"));
    let document = weighted_document("192.0.2.1");
    let unknown = "11111111-2222-3333-4444-555555555555";
    for (action, input, code) in [
        ("CreateTrafficPolicy", json!({"Name": "p", "Document": document}), "TrafficPolicyAlreadyExists"),
        ("CreateTrafficPolicy", json!({"Name": "q", "Document": "{}"}), "InvalidTrafficPolicyDocument"),
        ("CreateTrafficPolicyVersion", json!({"Id": unknown, "Document": document}), "NoSuchTrafficPolicy"),
        (
            "CreateTrafficPolicyVersion",
            json!({"Id": id, "Document": "nonsense"}),
            "InvalidTrafficPolicyDocument",
        ),
        ("GetTrafficPolicy", json!({"Id": id, "Version": 2}), "NoSuchTrafficPolicy"),
        ("DeleteTrafficPolicy", json!({"Id": id, "Version": 2}), "NoSuchTrafficPolicy"),
        ("ListTrafficPolicyVersions", json!({"Id": unknown}), "NoSuchTrafficPolicy"),
        ("ListTrafficPolicies", json!({"TrafficPolicyIdMarker": unknown}), "InvalidInput"),
    ] {
        let before = world.size();
        assert_eq!(world.fails(action, input), code, "{action}");
        assert_eq!(world.size(), before);
    }
    for number in 2..=50 {
        world.policy(&format!("p{number}"), &document);
    }
    let one_more = json!({"Name": "more", "Document": document});
    assert_eq!(world.fails("CreateTrafficPolicy", one_more), "TooManyTrafficPolicies");
}
