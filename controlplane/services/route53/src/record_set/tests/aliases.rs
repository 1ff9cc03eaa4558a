//! Aliases to sets of the same zone, through the wire.

use crate::tests::World;
use serde_json::{Value, json};

fn alias(zone: &str, name: &str, target: &str) -> Value {
    let target = json!({"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": true});
    json!({"Name": name, "Type": "A", "AliasTarget": target})
}

fn with(mut set: Value, more: Value) -> Value {
    set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    set
}

fn address(name: &str) -> Value {
    json!({"Name": name, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.1"}]})
}

#[test]
fn an_alias_comes_back_without_values_and_with_its_target_in_full() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    world
        .batch(
            &zone,
            &[
                ("CREATE", alias(&zone, "a.example.com", "B.example.com")),
                ("CREATE", address("b.example.com")),
            ],
        )
        .unwrap();
    let listed = world.sets(&zone).into_iter().find(|set| set["Name"] == "a.example.com.").unwrap();
    assert_eq!(listed, alias(&zone, "a.example.com.", "b.example.com."));
    world.batch(&zone, &[("DELETE", listed)]).unwrap();
}

#[test]
fn targets_are_sets_of_the_zone_and_type() {
    let mut world = World::new();
    let (zone, other) = (world.zone("example.com"), world.zone("example.org"));
    world.batch(&zone, &[("CREATE", address("b.example.com"))]).unwrap();
    let about = |target: &str, zone: &str, what: &str| {
        format!("Tried to create an alias that targets {target}, type A in zone {zone}, but {what}")
    };
    let (lies, missing) =
        ("the alias target name does not lie within the target zone", "that target was not found");
    for (target_zone, target, expected) in [
        (
            other.as_str(),
            "b.example.com",
            [about("b.example.com.", &other, lies), about("b.example.com.", &other, missing)].join(", "),
        ),
        (&zone, "none.example.com", about("none.example.com.", &zone, missing)),
        (
            &zone,
            "b.example.org",
            [about("b.example.org.", &zone, lies), about("b.example.org.", &zone, missing)].join(", "),
        ),
    ] {
        let set = alias(target_zone, "a.example.com", target);
        let error = world.batch(&zone, &[("CREATE", set)]).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message), ("InvalidChangeBatch", format!("[{expected}]")));
    }
    let other_type = with(alias(&zone, "a.example.com", "b.example.com"), json!({"Type": "AAAA"}));
    assert!(world.batch(&zone, &[("CREATE", other_type)]).unwrap_err().message.contains(missing));
}

#[test]
fn no_alias_leads_back_to_itself() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let own = alias(&zone, "a.example.com", "a.example.com");
    let error = world.batch(&zone, &[("CREATE", own)]).unwrap_err();
    assert!(error.message.contains("leads back"), "{error}");
    let weighted = |name: &str, target: &str, identifier: &str| {
        with(alias(&zone, name, target), json!({"Weight": 1, "SetIdentifier": identifier}))
    };
    let end = with(address("c.example.com"), json!({"Weight": 1, "SetIdentifier": "end"}));
    world
        .batch(
            &zone,
            &[
                ("CREATE", weighted("a.example.com", "b.example.com", "1")),
                ("CREATE", weighted("b.example.com", "c.example.com", "1")),
                ("CREATE", end),
            ],
        )
        .unwrap();
    let closing = weighted("c.example.com", "a.example.com", "2");
    let error = world.batch(&zone, &[("CREATE", closing)]).unwrap_err();
    assert!(error.message.contains("leads back"), "{error}");
}

#[test]
fn what_no_alias_can_be() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    world.batch(&zone, &[("CREATE", address("b.example.com"))]).unwrap();
    let good = alias(&zone, "a.example.com", "b.example.com");
    for (what, set, code, text) in [
        ("with a TTL", with(good.clone(), json!({"TTL": 5})), "InvalidInput", "but found more than one"),
        (
            "with values",
            with(good.clone(), json!({"ResourceRecords": [{"Value": "192.0.2.1"}]})),
            "InvalidInput",
            "but found more than one",
        ),
        (
            "multivalue",
            with(good.clone(), json!({"MultiValueAnswer": true, "SetIdentifier": "a"})),
            "InvalidChangeBatch",
            "multivalue",
        ),
        ("name servers", with(good.clone(), json!({"Type": "NS"})), "InvalidChangeBatch", "as an alias"),
        (
            "of another name at the apex",
            with(alias(&zone, "example.com", "b.example.com"), json!({"Type": "CNAME"})),
            "InvalidChangeBatch",
            "not permitted at apex",
        ),
        (
            "an instance's",
            json!({"Name": "a.example.com", "Type": "A", "TrafficPolicyInstanceId": "i"}),
            "InvalidInput",
            "makes its own",
        ),
    ] {
        let error = world.batch(&zone, &[("CREATE", set)]).expect_err(what);
        assert_eq!(error.code, code, "{what}: {error}");
        assert!(error.message.contains(text), "{what}: {error}");
    }
}

#[test]
fn a_target_may_go_and_members_may_be_aliases_and_values() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let member = |set: Value, identifier: &str| with(set, json!({"Weight": 1, "SetIdentifier": identifier}));
    world
        .batch(
            &zone,
            &[
                ("CREATE", address("b.example.com")),
                ("CREATE", member(alias(&zone, "a.example.com", "b.example.com"), "alias")),
                ("CREATE", member(address("a.example.com"), "value")),
            ],
        )
        .unwrap();
    world.batch(&zone, &[("DELETE", address("b.example.com"))]).unwrap();
    // The TTL that the members share is none of the alias's.
    let longer = with(member(address("a.example.com"), "other"), json!({"TTL": 9}));
    world.batch(&zone, &[("CREATE", longer)]).unwrap();
    let ttls: Vec<Value> = world
        .sets(&zone)
        .into_iter()
        .filter(|set| set["Name"] == "a.example.com.")
        .map(|set| set["TTL"].clone())
        .collect();
    assert_eq!(ttls, [json!(null), json!(9), json!(9)]);
}
