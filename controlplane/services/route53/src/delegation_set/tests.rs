use crate::tests::{World, bare, text};
use serde_json::{Value, json};

fn make(world: &mut World, reference: &str) -> (String, Value) {
    let answer = world.ok("CreateReusableDelegationSet", json!({"CallerReference": reference}));
    let id = text(&answer["DelegationSet"]["Id"]);
    (id.strip_prefix("/delegationset/").unwrap().to_owned(), answer["DelegationSet"]["NameServers"].clone())
}

fn zone_with(world: &mut World, name: &str, set: &str) -> Result<Value, String> {
    let input = json!({"Name": name, "CallerReference": name, "DelegationSetId": set});
    world.call("CreateHostedZone", input).map_err(|error| error.code.into_owned())
}

#[test]
fn zones_share_the_servers_of_a_reusable_set() {
    let mut world = World::new();
    let (set, servers) = make(&mut world, "r");
    for name in ["one.test", "two.test"] {
        let answer = zone_with(&mut world, name, &set).unwrap();
        assert_eq!(answer["DelegationSet"]["NameServers"], servers);
        assert_eq!(answer["DelegationSet"]["Id"], json!(format!("/delegationset/{set}")));
    }
    let plain = world.zone("three.test");
    let zones = |world: &mut World, more: Value| {
        let answer = world.ok("ListHostedZones", more);
        answer["HostedZones"].as_array().unwrap().len()
    };
    assert_eq!(zones(&mut world, json!({"DelegationSetId": set})), 2);
    assert_eq!(zones(&mut world, json!({"HostedZoneType": "PrivateHostedZone"})), 0);
    assert_eq!(zones(&mut world, json!({})), 3);
    let shown = world.ok("GetHostedZone", json!({"Id": plain}));
    assert_eq!(shown["DelegationSet"]["Id"], json!(null));
    let limit = json!({"DelegationSetId": set, "Type": "MAX_ZONES_BY_REUSABLE_DELEGATION_SET"});
    let limit = world.ok("GetReusableDelegationSetLimit", limit);
    assert_eq!((&limit["Limit"]["Value"], &limit["Count"]), (&json!(100), &json!(2)));
}

#[test]
fn relatives_never_meet_on_one_server() {
    let mut world = World::new();
    let (set, _) = make(&mut world, "r");
    zone_with(&mut world, "a.test.example", &set).unwrap();
    for (name, expected) in [
        ("a.test.example", Err("HostedZoneAlreadyExists")),
        ("test.example", Err("ConflictingDomainExists")),
        ("b.a.test.example", Err("ConflictingDomainExists")),
        ("c.test.example", Ok(())),
    ] {
        let got = zone_with(&mut world, name, &set).map(|_| ());
        assert_eq!(got, expected.map_err(str::to_owned), "{name}");
    }
    let same_name = json!({"Name": "a.test.example", "CallerReference": "again", "DelegationSetId": set});
    assert_eq!(world.fails("CreateHostedZone", same_name), "ConflictingDomainExists");
}

#[test]
fn a_zone_hands_its_servers_over() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let own = world.ok("GetHostedZone", json!({"Id": zone}))["DelegationSet"]["NameServers"].clone();
    let made = world.ok("CreateReusableDelegationSet", json!({"CallerReference": "r", "HostedZoneId": zone}));
    assert_eq!(made["DelegationSet"]["NameServers"], own);
    let set = text(&made["DelegationSet"]["Id"]);
    assert_eq!(world.ok("GetHostedZone", json!({"Id": zone}))["DelegationSet"]["Id"], json!(set));
    let id = set.strip_prefix("/delegationset/").unwrap();
    for (action, input, code) in [
        (
            "CreateReusableDelegationSet",
            json!({"CallerReference": "s", "HostedZoneId": zone}),
            "DelegationSetAlreadyReusable",
        ),
        ("CreateReusableDelegationSet", json!({"CallerReference": "r"}), "DelegationSetAlreadyCreated"),
        (
            "CreateReusableDelegationSet",
            json!({"CallerReference": "s", "HostedZoneId": "Z0"}),
            "HostedZoneNotFound",
        ),
        (
            "CreateHostedZone",
            json!({"Name": "x.test", "CallerReference": "x", "DelegationSetId": "N0"}),
            "NoSuchDelegationSet",
        ),
        ("GetReusableDelegationSet", json!({"Id": "N0"}), "NoSuchDelegationSet"),
        ("DeleteReusableDelegationSet", json!({"Id": id}), "DelegationSetInUse"),
    ] {
        assert_eq!(world.fails(action, input), code, "{action}");
    }
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    world.ok("DeleteReusableDelegationSet", json!({"Id": id}));
    assert_eq!(world.ok("ListReusableDelegationSets", json!({}))["DelegationSets"], json!([]));
}

#[test]
fn sets_are_listed_by_id_and_pages() {
    let mut world = World::new();
    let mut made: Vec<String> = (0..3).map(|number| make(&mut world, &number.to_string()).0).collect();
    made.sort();
    let first = world.ok("ListReusableDelegationSets", json!({"MaxItems": "2"}));
    assert_eq!((&first["IsTruncated"], &first["NextMarker"]), (&json!(true), &json!(made[2])));
    let last = world.ok("ListReusableDelegationSets", json!({"Marker": first["NextMarker"]}));
    assert_eq!(last["DelegationSets"][0]["Id"], json!(format!("/delegationset/{}", made[2])));
}

#[test]
fn names_run_out_of_servers_in_the_end() {
    let mut world = World::new();
    world.grant_zones(600);
    // The first of each stripe is what private zones say.
    for number in 0..511 {
        world.ok("CreateHostedZone", json!({"Name": "example.com", "CallerReference": number.to_string()}));
    }
    let one_more = json!({"Name": "www.example.com", "CallerReference": "more"});
    assert_eq!(world.fails("CreateHostedZone", one_more), "DelegationSetNotAvailable");
    let other = world.ok("CreateHostedZone", json!({"Name": "example.org", "CallerReference": "o"}));
    assert!(!bare(&other["HostedZone"]["Id"]).is_empty());
}
