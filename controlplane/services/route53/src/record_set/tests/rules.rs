//! What Route 53 takes of a record set by itself and beside others: the numbered rules of sections 1 to 4 and 7, each as requests
//! through the wire.

use crate::tests::World;
use serde_json::{Value, json};

/// A set of these values.
fn set(name: &str, kind: &str, values: &[&str]) -> Value {
    let values: Vec<Value> = values.iter().map(|value| json!({"Value": value})).collect();
    json!({"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": values})
}

fn with(mut set: Value, more: Value) -> Value {
    set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    set
}

fn weighted(set: Value, identifier: &str) -> Value {
    with(set, json!({"Weight": 1, "SetIdentifier": identifier}))
}

fn a(name: &str) -> Value {
    set(name, "A", &["192.0.2.1"])
}

fn cname(name: &str) -> Value {
    set(name, "CNAME", &["elsewhere.test"])
}

const DS: &str = "12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";

/// Puts `sets` into a zone in one batch, and says what was wrong.
fn created(sets: &[Value]) -> Result<Vec<Value>, String> {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let before = world.size();
    let changes: Vec<(&str, Value)> = sets.iter().map(|set| ("CREATE", set.clone())).collect();
    match world.batch(&zone, &changes) {
        Ok(_) => Ok(world.sets(&zone)),
        Err(error) => {
            assert_eq!(world.size(), before, "{error}");
            Err(error.to_string())
        }
    }
}

/// Each case: the rule, the sets, and a part of the refusal; empty where they are taken.
fn hold(cases: &[(&str, Vec<Value>, &str)]) {
    for (rule, sets, expected) in cases {
        match (created(sets), *expected) {
            (Ok(_), "") => {}
            (Err(error), expected) if !expected.is_empty() && error.contains(expected) => {}
            (outcome, _) => panic!("{rule}: {expected:?} was expected of {sets:?}: {outcome:?}"),
        }
    }
}

#[test]
fn rules_1_2_to_1_5_types_policies_and_numbers_of_values() {
    let addresses: Vec<String> = (0..401).map(|n| format!("10.0.{}.{}", n / 256, n % 256)).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let text = |length: usize| {
        let strings = vec![format!("\"{}\"", "x".repeat(247)); 15].join(" ");
        let rest = length - strings.len() - 3;
        format!("{strings} \"{}\"", "y".repeat(rest))
    };
    hold(&[
        ("1.2 NS", vec![weighted(set("x.example.com", "NS", &["ns.test"]), "s")], "with weighted routing"),
        ("1.2 SRV", vec![weighted(set("x.example.com", "SRV", &["1 2 3 a.test"]), "s")], ""),
        ("1.4 one name", vec![set("x.example.com", "CNAME", &["a.test", "b.test"])], "only one value"),
        ("1.4 4,000 characters", vec![set("x.example.com", "TXT", &[&text(4_000)])], ""),
        ("1.4 one more", vec![set("x.example.com", "TXT", &[&text(4_001)])], "4000"),
        ("1.4 none", vec![set("x.example.com", "A", &[])], "resourceRecords"),
        ("1.5 400 values", vec![set("x.example.com", "A", &addresses[..400])], ""),
        ("1.5 401 values", vec![set("x.example.com", "A", &addresses)], "Cannot have more than 400 records"),
        (
            "1.6 several values of a member",
            vec![weighted(set("x.example.com", "A", &["192.0.2.1", "192.0.2.2"]), "s")],
            "",
        ),
    ]);
}

#[test]
fn rules_2_7_and_2_8_names_of_sets() {
    hold(&[
        ("2.7 puny", vec![a("xn--bcher-kva.example.com")], ""),
        ("2.7 letters of elsewhere", vec![a("b\u{fc}cher.example.com")], "InvalidChangeBatch"),
        ("2.8 the zone's own", vec![set("example.com", "TXT", &["\"x\""])], ""),
        (
            "2.8 another's",
            vec![a("example.org")],
            "RRSet with DNS name example.org. is not permitted in zone example.com.",
        ),
        ("2.8 a longer last label", vec![a("xexample.com")], "is not permitted in zone"),
    ]);
}

#[test]
fn rules_3_1_and_3_2_lives_and_contents() {
    let live = |ttl: i64| vec![with(a("x.example.com"), json!({"TTL": ttl}))];
    let without = |member: &str| {
        let mut set = a("x.example.com");
        set.as_object_mut().unwrap().remove(member);
        vec![set]
    };
    hold(&[
        ("3.1 the shortest", live(0), ""),
        ("3.1 the longest", live(2_147_483_647), ""),
        ("3.1 longer", live(2_147_483_648), "2147483647"),
        ("3.1 shorter", live(-1), "greater than or equal to 0"),
        (
            "3.2 no TTL",
            without("TTL"),
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]",
        ),
        (
            "3.2 no values",
            without("ResourceRecords"),
            "but found none in Change with [Action=CREATE, Name=x.example.com., Type=A, SetIdentifier=null]",
        ),
    ]);
}

#[test]
fn rules_3_6_and_18_3_a_new_zone_begins_as_route_53s_do() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let sets = world.sets(&zone);
    let lives: Vec<_> = sets.iter().map(|set| (set["Type"].clone(), set["TTL"].clone())).collect();
    assert_eq!(lives, [(json!("NS"), json!(172_800)), (json!("SOA"), json!(900))]);
    let first_server = &sets[0]["ResourceRecords"][0]["Value"];
    let soa =
        format!("{} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", first_server.as_str().unwrap());
    assert_eq!(sets[1]["ResourceRecords"], json!([{"Value": soa}]));
}

#[test]
fn rules_4_1_to_4_7_apex_cname_ns_and_ds() {
    let ns = |name: &str| set(name, "NS", &["ns.test"]);
    let ds = |name: &str| set(name, "DS", &[DS]);
    hold(&[
        (
            "4.1",
            vec![cname("example.com")],
            "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.",
        ),
        (
            "4.2 a CNAME beside others",
            vec![a("x.example.com"), cname("x.example.com")],
            "RRSet of type CNAME with DNS name x.example.com. is not permitted as it conflicts with other records with \
             the same DNS name in zone example.com.",
        ),
        (
            "4.2 others beside a CNAME",
            vec![cname("x.example.com"), a("x.example.com")],
            "RRSet of type A with DNS name x.example.com. is not permitted because a conflicting RRSet of type CNAME \
             with the same DNS name already exists in zone example.com.",
        ),
        ("4.3", vec![weighted(cname("x.example.com"), "a"), weighted(cname("x.example.com"), "b")], ""),
        (
            "4.4 SOA elsewhere",
            vec![set("x.example.com", "SOA", &["a.test b.test 1 2 3 4 5"])],
            "only permitted at the apex",
        ),
        ("4.5 a wildcard NS", vec![ns("*.example.com")], "cannot be a wildcard"),
        ("4.5 an NS that is routed", vec![weighted(ns("x.example.com"), "s")], "with weighted routing"),
        ("4.7 DS at the apex", vec![ds("example.com")], "is not permitted at the apex"),
        ("4.7 DS of nothing", vec![ds("x.example.com")], "without an RRSet of type NS"),
        ("4.7 DS of a delegation", vec![ns("x.example.com"), ds("x.example.com")], ""),
    ]);
}

#[test]
fn rule_4_4_soa_and_ns_of_the_apex_change_and_stay() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    for kind in ["SOA", "NS"] {
        let found = world.sets(&zone).into_iter().find(|set| set["Type"] == kind).unwrap();
        let error = world.batch(&zone, &[("DELETE", found.clone())]).unwrap_err();
        assert!(error.message.contains("A HostedZone must contain"), "{error}");
        world.batch(&zone, &[("UPSERT", with(found, json!({"TTL": 7})))]).unwrap();
    }
    assert_eq!(world.sets(&zone).iter().map(|set| set["TTL"].clone()).collect::<Vec<_>>(), [7, 7]);
}

#[test]
fn rule_4_7_a_delegation_does_not_leave_its_ds_behind() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let (ns, ds) = (set("x.example.com", "NS", &["ns.test"]), set("x.example.com", "DS", &[DS]));
    world.batch(&zone, &[("CREATE", ds.clone()), ("CREATE", ns.clone())]).unwrap();
    let error = world.batch(&zone, &[("DELETE", ns.clone())]).unwrap_err();
    assert!(error.message.contains("without an RRSet of type NS"), "{error}");
    world.batch(&zone, &[("DELETE", ns), ("DELETE", ds)]).unwrap();
}

#[test]
fn rules_7_1_and_7_9_bounds_of_identifiers_and_policies() {
    let identified = |text: &str| vec![with(a("x.example.com"), json!({"Weight": 1, "SetIdentifier": text}))];
    let routed = |more: Value| vec![with(with(a("x.example.com"), json!({"SetIdentifier": "s"})), more)];
    let near = |bias: i64| routed(json!({"GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": bias}}));
    hold(&[
        ("7.1 128 characters", identified(&"x".repeat(128)), ""),
        ("7.1 129 characters", identified(&"x".repeat(129)), "128"),
        ("7.1 none", identified(""), "greater than or equal to 1"),
        ("7.1 an identifier and no policy", routed(json!({})), "SetIdentifier"),
        ("7.9 weight 255", routed(json!({"Weight": 255})), ""),
        ("7.9 weight 256", routed(json!({"Weight": 256})), "255"),
        ("7.9 bias 99", near(99), ""),
        ("7.9 bias 100", near(100), "99"),
        ("7.9 bias -99", near(-99), ""),
        ("7.9 bias -100", near(-100), "-99"),
    ]);
}

#[test]
fn rules_17_2_to_17_4_create_delete_and_upsert() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let of = |world: &mut World| {
        let mut sets = world.sets(&zone);
        sets.retain(|set| set["Type"] == "A");
        sets
    };
    let told = |world: &mut World, action: &str, set: Value| {
        world.batch(&zone, &[(action, set)]).map(drop).map_err(|error| error.message)
    };
    let (plain, member) = (a("x.example.com"), weighted(a("w.example.com"), "s"));
    let refused = |text: &str| Err(format!("[{text}]"));
    let steps = [
        ("CREATE", plain.clone(), Ok(())),
        (
            "CREATE",
            plain.clone(),
            refused(
                "Tried to create resource record set [name='x.example.com.', type='A'] but it already exists",
            ),
        ),
        ("UPSERT", member.clone(), Ok(())),
        (
            "CREATE",
            member.clone(),
            refused(
                "Tried to create resource record set [name='w.example.com.', type='A', set-identifier='s'] but it \
                 already exists",
            ),
        ),
        (
            "DELETE",
            with(plain.clone(), json!({"TTL": 61})),
            refused(
                "Tried to delete resource record set [name='x.example.com.', type='A'] but the values provided do not \
                 match the current values",
            ),
        ),
        (
            "DELETE",
            a("y.example.com"),
            refused(
                "Tried to delete resource record set [name='y.example.com.', type='A'] but it was not found",
            ),
        ),
        ("UPSERT", set("x.example.com", "A", &["192.0.2.9"]), Ok(())),
    ];
    for (action, set, expected) in steps {
        assert_eq!(told(&mut world, action, set.clone()), expected, "{action} {set}");
    }
    let values: Vec<Value> = of(&mut world).iter().map(|set| set["ResourceRecords"].clone()).collect();
    assert_eq!(
        values,
        [json!([{"Value": "192.0.2.1"}]), json!([{"Value": "192.0.2.9"}])],
        "replaced, not merged"
    );
}
