use crate::HealthCheck;
use crate::tests::World;
use controlplane_services_kernel::Declarative;
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

/// From inside which VPC a check is probed, and in which region that is.
fn vpc_of(world: &World, id: &str) -> Option<(String, String)> {
    let check = world.view.all::<HealthCheck>().find(|found| found.key.id() == id).unwrap();
    check.vpc.as_ref().map(|vpc| (vpc.id.clone(), vpc.region.clone()))
}

#[test]
fn a_tag_says_from_inside_which_vpc_a_check_is_probed() {
    let mut world = World::new();
    world.become_account("210987654321");
    world.vpc("vpc-theirs", "us-east-1");
    world.become_account("123456789012");
    world.vpc("vpc-1", "us-east-1");
    let make = |world: &mut World, reference: &str, config: Value| {
        let input = json!({"CallerReference": reference, "HealthCheckConfig": config});
        let answer = world.ok("CreateHealthCheck", input);
        answer["HealthCheck"]["Id"].as_str().unwrap().to_owned()
    };
    let name = |vpc: &str| json!([{"Key": "hearth:vpc", "Value": vpc}]);
    let probed = json!({"Type": "TCP", "IPAddress": "10.0.0.9", "Port": 80});
    let three = json!(["us-east-1", "us-west-1", "eu-west-1"]);
    for (config, vpc, expected) in [
        (probed.clone(), "vpc-2", "no VPC vpc-2"),
        (probed.clone(), "vpc-theirs", "no VPC vpc-theirs"),
        (probed.clone(), "", "no VPC"),
        (json!({"Type": "CALCULATED", "HealthThreshold": 1}), "vpc-1", "CALCULATED"),
        (json!({"Type": "HTTP", "FullyQualifiedDomainName": "db.corp.test"}), "vpc-1", "IPAddress"),
        (json!({"Type": "HTTP", "IPAddress": "2001:db8::1"}), "vpc-1", "IPv4"),
        (json!({"Type": "HTTP", "IPAddress": "10.0.0.9", "Regions": three}), "vpc-1", "Regions"),
    ] {
        let id = make(&mut world, &format!("{vpc} {expected}"), config);
        let error = change(&mut world, "healthcheck", &id, name(vpc), json!([])).unwrap_err();
        assert!(error.contains("hearth:vpc: ") && error.contains(expected), "{expected}: {error}");
        assert_eq!((vpc_of(&world, &id), tags(&mut world, "healthcheck", &id)), (None, json!([])));
    }
    let id = make(&mut world, "good", probed.clone());
    change(&mut world, "healthcheck", &id, name("vpc-1"), json!([])).unwrap();
    let inside = Some(("vpc-1".to_owned(), "us-east-1".to_owned()));
    assert_eq!(vpc_of(&world, &id), inside);
    for (member, value) in [("IPAddress", json!("2001:db8::1")), ("Regions", three)] {
        assert_eq!(
            world.fails("UpdateHealthCheck", json!({"HealthCheckId": id, member: value})),
            "InvalidInput"
        );
    }
    world.ok("UpdateHealthCheck", json!({"HealthCheckId": id, "IPAddress": "10.0.0.8"}));
    change(&mut world, "healthcheck", &id, json!([{"Key": "k", "Value": "v"}]), json!([])).unwrap();
    assert_eq!(vpc_of(&world, &id), inside, "an update and other tags change nothing of it");
    change(&mut world, "healthcheck", &id, json!([]), json!(["hearth:vpc"])).unwrap();
    assert_eq!(vpc_of(&world, &id), None);
    let zone = world.zone("example.com");
    change(&mut world, "hostedzone", &zone, name("anything"), json!([])).unwrap();
}

#[test]
fn manifests_declare_the_same_tags() {
    let mut world = World::new();
    world.vpc("vpc-1", "us-east-1");
    let spec = |more: Value| -> <HealthCheck as Declarative>::Spec {
        let mut spec = json!({"type": "TCP", "ipAddress": "10.0.0.9", "port": 80});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(spec).unwrap()
    };
    let inside = || spec(json!({"tags": {"hearth:vpc": "vpc-1", "k": "v"}}));
    let id = world.change(|cx| HealthCheck::create("web", inside(), cx)).unwrap();
    assert_eq!(vpc_of(&world, &id), Some(("vpc-1".to_owned(), "us-east-1".to_owned())));
    let moved = spec(json!({"ipAddress": "10.0.0.8", "tags": {"hearth:vpc": "vpc-1"}}));
    world.change(|cx| HealthCheck::update(&id, inside(), moved, cx)).unwrap();
    assert!(vpc_of(&world, &id).is_some());
    assert_eq!(tags(&mut world, "healthcheck", &id), json!([{"Key": "hearth:vpc", "Value": "vpc-1"}]));
    let unknown = spec(json!({"tags": {"hearth:vpc": "vpc-9"}}));
    let error = world.change(|cx| HealthCheck::update(&id, inside(), unknown, cx)).unwrap_err();
    assert!(error.message.contains("no VPC vpc-9"), "{}", error.message);
    let outside = spec(json!({"ipAddress": "2001:db8::1", "tags": {"k": "v"}}));
    world.change(|cx| HealthCheck::update(&id, inside(), outside, cx)).unwrap();
    assert_eq!(vpc_of(&world, &id), None);
    assert_eq!(tags(&mut world, "healthcheck", &id), json!([{"Key": "k", "Value": "v"}]));
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
