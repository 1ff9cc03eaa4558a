use crate::tests::{World, text};
use serde_json::{Value, json};

fn change(world: &mut World, id: &str, changes: Value) -> Result<Value, String> {
    let answer = world.call("ChangeCidrCollection", json!({"Id": id, "Changes": changes}));
    answer.map_err(|error| error.to_string())
}

fn one(action: &str, location: &str, blocks: Value) -> Value {
    json!({"LocationName": location, "Action": action, "CidrList": blocks})
}

/// Every block with its location, by two on a page.
fn blocks(world: &mut World, id: &str) -> Vec<(String, String)> {
    let mut request = json!({"CollectionId": id, "MaxResults": "2"});
    let mut found = Vec::new();
    loop {
        let answer = world.ok("ListCidrBlocks", request.clone());
        let page = answer["CidrBlocks"].as_array().unwrap();
        assert!(page.len() <= 2);
        found.extend(page.iter().map(|block| (text(&block["LocationName"]), text(&block["CidrBlock"]))));
        match &answer["NextToken"] {
            Value::Null => return found,
            token => request["NextToken"] = token.clone(),
        }
    }
}

#[test]
fn blocks_come_move_and_go() {
    let mut world = World::new();
    let id = world.collection("ours", json!({}));
    let answer = change(
        &mut world,
        &id,
        json!([
            one("PUT", "a", json!(["192.0.2.0/24", "2001:DB8::/32"])),
            one("PUT", "b", json!(["10.0.0.0/8"]))
        ]),
    );
    let submitted = text(&answer.unwrap()["Id"]);
    let change_id = submitted.strip_prefix("/change/").unwrap();
    assert_eq!(world.ok("GetChange", json!({"Id": change_id}))["ChangeInfo"]["Status"], "PENDING");
    let pair = |location: &str, block: &str| (location.to_owned(), block.to_owned());
    assert_eq!(
        blocks(&mut world, &id),
        [pair("a", "192.0.2.0/24"), pair("a", "2001:db8::/32"), pair("b", "10.0.0.0/8")]
    );
    // In one request, whatever comes first in it.
    let moved = json!([
        one("PUT", "b", json!(["192.0.2.0/24"])),
        one("DELETE_IF_EXISTS", "a", json!(["192.0.2.0/24"]))
    ]);
    change(&mut world, &id, moved).unwrap();
    let gone = json!([one("DELETE_IF_EXISTS", "a", json!(["2001:db8::/32", "198.51.100.0/24"]))]);
    change(&mut world, &id, gone).unwrap();
    assert_eq!(blocks(&mut world, &id), [pair("b", "10.0.0.0/8"), pair("b", "192.0.2.0/24")]);
    let locations = world.ok("ListCidrLocations", json!({"CollectionId": id}));
    assert_eq!(locations["CidrLocations"], json!([{"LocationName": "b"}]));
    let listed = world.ok("ListCidrCollections", json!({}));
    let arn = format!("arn:aws:route53:::cidrcollection/{id}");
    assert_eq!(listed["CidrCollections"], json!([{"Arn": arn, "Id": id, "Name": "ours", "Version": 4}]));
}

#[test]
fn what_cannot_be_is_refused_whole() {
    let mut world = World::new();
    let id = world.collection("ours", json!({"a": ["192.0.2.0/24"]}));
    for (changes, expected) in [
        (json!([one("PUT", "b", json!(["192.0.2.0/24"]))]), "CidrBlockInUseException"),
        (json!([one("PUT", "a", json!(["192.0.2.0/25"]))]), "1 to 24 bits"),
        (json!([one("PUT", "a", json!(["0.0.0.0/0"]))]), "1 to 24 bits"),
        (json!([one("PUT", "a", json!(["2001:db8::/49"]))]), "1 to 48 with IPv6"),
        (json!([one("PUT", "a", json!(["192.0.2.1/24"]))]), "bits behind the prefix"),
        (json!([one("PUT", "a", json!(["nonsense"]))]), "no block of addresses"),
        (json!([one("PUT", "*", json!(["10.0.0.0/8"]))]), "LocationName"),
        (
            json!([one(
                "PUT",
                "c",
                (0..1000).map(|number| json!(format!("10.{}.{}.0/24", number / 256, number % 256))).collect()
            )]),
            "LimitsExceeded",
        ),
    ] {
        let error = change(&mut world, &id, changes).unwrap_err();
        assert!(error.to_lowercase().contains(&expected.to_lowercase()), "{expected}: {error}");
        assert_eq!(blocks(&mut world, &id).len(), 1, "{expected}");
    }
    let stale =
        json!({"Id": id, "CollectionVersion": 1, "Changes": [one("PUT", "a", json!(["10.0.0.0/8"]))]});
    assert_eq!(world.fails("ChangeCidrCollection", stale), "CidrCollectionVersionMismatchException");
    let unknown = "11111111-2222-3333-4444-555555555555";
    for (action, input, code) in [
        ("ListCidrBlocks", json!({"CollectionId": id, "LocationName": "z"}), "NoSuchCidrLocationException"),
        ("ListCidrBlocks", json!({"CollectionId": unknown}), "NoSuchCidrCollectionException"),
        ("ListCidrCollections", json!({"NextToken": "???"}), "InvalidInput"),
        ("ListCidrCollections", json!({"MaxResults": "0"}), "InvalidInput"),
        (
            "CreateCidrCollection",
            json!({"Name": "ours", "CallerReference": "other"}),
            "CidrCollectionAlreadyExistsException",
        ),
    ] {
        assert_eq!(world.fails(action, input), code, "{action}");
    }
    let again = world.ok("CreateCidrCollection", json!({"Name": "ours", "CallerReference": "ours"}));
    assert_eq!(again["Collection"]["Id"], json!(id));
    for number in 2..=5 {
        world.collection(&format!("c{number}"), json!({}));
    }
    assert_eq!(
        world.fails("CreateCidrCollection", json!({"Name": "c6", "CallerReference": "r"})),
        "LimitsExceeded"
    );
}

#[test]
fn only_an_empty_one_that_nobody_routes_by_goes() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let id = world.collection("ours", json!({"a": ["192.0.2.0/24"]}));
    let set = json!({
        "Name": "x.example.com", "Type": "A", "TTL": 1, "SetIdentifier": "s",
        "CidrRoutingConfig": {"CollectionId": id, "LocationName": "a"},
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    });
    world.batch(&zone, &[("CREATE", set.clone())]).unwrap();
    assert_eq!(world.fails("DeleteCidrCollection", json!({"Id": id})), "CidrCollectionInUseException");
    change(&mut world, &id, json!([one("DELETE_IF_EXISTS", "a", json!(["192.0.2.0/24"]))])).unwrap();
    assert_eq!(world.fails("DeleteCidrCollection", json!({"Id": id})), "CidrCollectionInUseException");
    world.batch(&zone, &[("DELETE", set)]).unwrap();
    world.ok("DeleteCidrCollection", json!({"Id": id}));
    assert_eq!(world.fails("DeleteCidrCollection", json!({"Id": id})), "NoSuchCidrCollectionException");
}
