use crate::tests::World;
use serde_json::{Value, json};

fn tags(world: &mut World, kind: &str, id: &str) -> Value {
    let answer = world.ok("ListTagsForResource", json!({"ResourceType": kind, "ResourceId": id}));
    assert_eq!(
        (&answer["ResourceTagSet"]["ResourceType"], &answer["ResourceTagSet"]["ResourceId"]),
        (&json!(kind), &json!(id))
    );
    answer["ResourceTagSet"]["Tags"].clone()
}

fn change(world: &mut World, kind: &str, id: &str, add: Value, remove: Value) -> Result<Value, String> {
    let mut input = json!({"ResourceType": kind, "ResourceId": id});
    for (name, list) in [("AddTags", add), ("RemoveTagKeys", remove)] {
        if list != json!([]) {
            input[name] = list;
        }
    }
    world.call("ChangeTagsForResource", input).map_err(|error| error.to_string())
}

#[test]
fn tags_come_change_and_go() {
    let mut world = World::new();
    let (zone, check) = (world.zone("example.com"), world.check("c"));
    for (kind, id) in [("hostedzone", &zone), ("healthcheck", &check)] {
        assert_eq!(tags(&mut world, kind, id), json!([]));
        let two = json!([{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}]);
        change(&mut world, kind, id, two, json!([])).unwrap();
        change(&mut world, kind, id, json!([{"Key": "b", "Value": "2"}]), json!(["a", "never there"]))
            .unwrap();
        assert_eq!(tags(&mut world, kind, id), json!([{"Key": "b", "Value": "2"}]));
    }
    let before = world.size();
    change(&mut world, "hostedzone", &zone, json!([]), json!(["b"])).unwrap();
    assert_eq!(world.size(), before - 1, "no tags, no record");
}

#[test]
fn tags_go_with_their_resource() {
    let mut world = World::new();
    let empty = world.size();
    let (zone, check) = (world.zone("example.com"), world.check("c"));
    for (kind, id) in [("hostedzone", &zone), ("healthcheck", &check)] {
        change(&mut world, kind, id, json!([{"Key": "k", "Value": "v"}]), json!([])).unwrap();
    }
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    world.ok("DeleteHealthCheck", json!({"HealthCheckId": check}));
    assert_eq!(world.size(), empty);
}

#[test]
fn what_cannot_be_tagged_is_refused() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let many = |from: usize, count: usize| -> Value {
        (from..from + count).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect()
    };
    for batch in 0..5 {
        change(&mut world, "hostedzone", &zone, many(batch * 10, 10), json!([])).unwrap();
    }
    let one = many(50, 1);
    for (kind, id, add, remove, expected) in [
        ("hostedzone", "Z1", one.clone(), json!([]), "NoSuchHostedZone"),
        ("healthcheck", "nope", one.clone(), json!([]), "NoSuchHealthCheck"),
        ("hostedzone", &zone, one.clone(), json!([]), "at most 50"),
        ("hostedzone", &zone, json!([]), json!([]), "must be given"),
        ("hostedzone", &zone, json!([{"Key": "", "Value": "v"}]), json!([]), "Key"),
        ("hostedzone", &zone, json!([{"Key": "AWS:x", "Value": "v"}]), json!([]), "reserved"),
        ("hostedzone", &zone, json!([{"Key": "k1", "Value": "v"}]), json!(["k1"]), "twice"),
        ("hostedzone", &zone, many(0, 11), json!([]), "AddTags"),
        ("hostedzones", &zone, one, json!([]), "resourceType"),
    ] {
        let error = change(&mut world, kind, id, add, remove).unwrap_err();
        assert!(error.to_lowercase().contains(&expected.to_lowercase()), "{expected}: {error}");
    }
    assert_eq!(tags(&mut world, "hostedzone", &zone).as_array().unwrap().len(), 50);
}
