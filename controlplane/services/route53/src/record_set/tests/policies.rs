//! The routing policies of groups, through the wire.

use crate::tests::World;
use serde_json::{Value, json};

fn member(identifier: &str, more: Value) -> Value {
    let mut set = json!({
        "Name": "x.example.com", "Type": "A", "TTL": 60, "SetIdentifier": identifier,
        "ResourceRecords": [{"Value": "192.0.2.7"}],
    });
    set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    set
}

fn region(name: &str) -> Value {
    json!({"Region": name})
}

fn geo(continent: &str, country: &str, subdivision: &str) -> Value {
    let mut location = json!({});
    for (member, code) in
        [("ContinentCode", continent), ("CountryCode", country), ("SubdivisionCode", subdivision)]
    {
        if !code.is_empty() {
            location[member] = json!(code);
        }
    }
    json!({"GeoLocation": location})
}

#[test]
fn every_policy_comes_back_as_it_went_in() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let collection = world.collection("ours", json!({"office": ["192.0.2.0/24"]}));
    let cidr =
        |location: &str| json!({"CidrRoutingConfig": {"CollectionId": collection, "LocationName": location}});
    let point = json!({"Latitude": "-33.9", "Longitude": "+151.21"});
    let groups = [
        vec![region("us-east-1"), region("cn-north-1")],
        vec![geo("", "*", ""), geo("EU", "", ""), geo("", "DE", ""), geo("", "US", "CA")],
        vec![
            json!({"GeoProximityLocation": {"AWSRegion": "eu-west-1"}}),
            json!({"GeoProximityLocation": {"Coordinates": point, "Bias": -99}}),
        ],
        vec![cidr("office"), cidr("*")],
    ];
    for group in groups {
        let sets: Vec<Value> =
            group.iter().enumerate().map(|(at, more)| member(&at.to_string(), more.clone())).collect();
        let all = |action: &'static str| sets.iter().map(|set| (action, set.clone())).collect::<Vec<_>>();
        world.batch(&zone, &all("CREATE")).unwrap();
        let mut listed = world.sets(&zone);
        listed.retain(|set| set["Type"] == "A");
        let shown: Vec<Value> = sets
            .iter()
            .map(|set| {
                let mut set = set.clone();
                set["Name"] = json!("x.example.com.");
                set
            })
            .collect();
        assert_eq!(listed, shown);
        world.batch(&zone, &all("DELETE")).unwrap();
    }
}

#[test]
fn what_no_group_can_be() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let collection = world.collection("ours", json!({"office": ["192.0.2.0/24"]}));
    let other = world.collection("theirs", json!({}));
    let cidr = |id: &str, location: &str| json!({"CidrRoutingConfig": {"CollectionId": id, "LocationName": location}});
    let near = |place: Value| json!({"GeoProximityLocation": place});
    let degrees = |latitude: &str, longitude: &str| {
        near(json!({"Coordinates": {"Latitude": latitude, "Longitude": longitude}}))
    };
    let unknown = "11111111-2222-3333-4444-555555555555";
    for (what, members, code, text) in [
        (
            "one region twice",
            vec![region("eu-west-1"), region("eu-west-1")],
            "InvalidChangeBatch",
            "region eu-west-1",
        ),
        ("two defaults", vec![geo("", "*", ""), geo("", "*", "")], "InvalidChangeBatch", "location *"),
        ("mixed", vec![region("eu-west-1"), json!({"Weight": 1})], "InvalidChangeBatch", "non-latency set"),
        ("a continent with a country", vec![geo("EU", "DE", "")], "InvalidInput", "together"),
        ("a subdivision alone", vec![geo("", "", "CA")], "InvalidInput", "CountryCode"),
        ("a subdivision of nowhere", vec![geo("", "DE", "BY")], "InvalidInput", "DE-BY"),
        ("an unknown country", vec![geo("", "BV", "")], "InvalidInput", "BV"),
        ("no location", vec![geo("", "", "")], "InvalidInput", "must be given"),
        ("an unknown place", vec![near(json!({"AWSRegion": "mars-1"}))], "InvalidInput", "mars-1"),
        (
            "two places",
            vec![near(json!({"AWSRegion": "eu-west-1", "LocalZoneGroup": "us-west-2-lax-1"}))],
            "InvalidInput",
            "exactly one",
        ),
        ("no place", vec![near(json!({"Bias": 1}))], "InvalidInput", "exactly one"),
        ("beyond the pole", vec![degrees("90.01", "0")], "InvalidInput", "Latitude"),
        ("beyond the date line", vec![degrees("0", "181")], "InvalidInput", "Longitude"),
        (
            "two collections",
            vec![cidr(&collection, "*"), cidr(&other, "*")],
            "InvalidChangeBatch",
            "CIDR collection",
        ),
        (
            "one location twice",
            vec![cidr(&collection, "*"), cidr(&collection, "*")],
            "InvalidChangeBatch",
            "CIDR location *",
        ),
        ("an unknown location", vec![cidr(&collection, "home")], "InvalidChangeBatch", "no location home"),
        ("an unknown collection", vec![cidr(unknown, "*")], "InvalidChangeBatch", "does not exist"),
        (
            "no policy",
            vec![json!({})],
            "InvalidInput",
            "GeoProximityLocation, or CidrRoutingConfig], but found none in Change with [Action=CREATE",
        ),
        ("two policies", vec![json!({"Weight": 1, "Region": "eu-west-1"})], "InvalidInput", "more than one"),
    ] {
        let before = world.size();
        let sets: Vec<(&str, Value)> = members
            .into_iter()
            .enumerate()
            .map(|(at, more)| ("CREATE", member(&at.to_string(), more)))
            .collect();
        let error = world.batch(&zone, &sets).expect_err(what);
        assert_eq!(error.code, code, "{what}: {error}");
        assert!(error.message.contains(text), "{what}: {error}");
        assert_eq!(world.size(), before, "{what}");
    }
}

#[test]
fn groups_have_an_end() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let weighted: Vec<(&str, Value)> =
        (0..101).map(|number| ("CREATE", member(&number.to_string(), json!({"Weight": 1})))).collect();
    assert!(world.batch(&zone, &weighted).unwrap_err().message.contains("More than 100"));
    world.batch(&zone, &weighted[1..]).unwrap();
    let near = json!({"GeoProximityLocation": {"AWSRegion": "eu-west-1"}});
    let near: Vec<(&str, Value)> = (0..31)
        .map(|number| {
            let mut set = member(&number.to_string(), near.clone());
            set["Name"] = json!("y.example.com");
            ("CREATE", set)
        })
        .collect();
    assert!(world.batch(&zone, &near).unwrap_err().message.contains("More than 30"));
    world.batch(&zone, &near[1..]).unwrap();
}

#[test]
fn a_policy_on_one_type_is_nothing_to_another() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let text =
        json!({"Name": "x.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": "\"x\""}]});
    world.batch(&zone, &[("CREATE", member("a", region("eu-west-1"))), ("CREATE", text)]).unwrap();
}

#[test]
fn terraform_deletes_multivalue_sets_without_saying_so() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    world.batch(&zone, &[("CREATE", member("a", json!({"MultiValueAnswer": true})))]).unwrap();
    world.batch(&zone, &[("DELETE", member("a", json!({})))]).unwrap();
}
