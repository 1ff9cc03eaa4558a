use super::*;
use crate::tests::{World, each};
use serde_json::{Value, json};

fn tags(count: usize) -> Value {
    (0..count).map(|number| json!({"Key": format!("k{number}"), "Value": "v"})).collect()
}

#[test]
fn tags_come_and_go() {
    let mut world = World::empty();
    let (vpc, other) = (world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16"));
    world.ok(
        "CreateTags",
        json!({"Resources": [vpc, other], "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}),
    );
    world.ok("CreateTags", json!({"Resources": [vpc], "Tags": [{"Key": "a", "Value": "2"}]}));
    let shown = |world: &mut World, id: &str| {
        world.ok("DescribeVpcs", json!({"VpcIds": [id]}))["Vpcs"][0]["Tags"].clone()
    };
    assert_eq!(shown(&mut world, &vpc), json!([{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]));
    world.ok("DeleteTags", json!({"Resources": [vpc, other], "Tags": [{"Key": "a", "Value": "1"}]}));
    assert_eq!(each(&shown(&mut world, &vpc), "Key"), ["a", "b"], "another value stays");
    assert_eq!(each(&shown(&mut world, &other), "Key"), ["b"]);
    world.ok("DeleteTags", json!({"Resources": [vpc], "Tags": [{"Key": "a"}]}));
    assert_eq!(each(&shown(&mut world, &vpc), "Key"), ["b"]);
    world.ok("DeleteTags", json!({"Resources": [vpc]}));
    assert_eq!(shown(&mut world, &vpc), json!([]));
    world.ok("DeleteVpc", json!({"VpcId": other}));
    assert_eq!(world.reader().list::<ResourceTags>().count(), 0, "tags go with their resource");
}

#[test]
fn the_regions_own_tags_stay() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let own = Tags::from([("aws:made-by".to_owned(), "hearth".to_owned())]);
    world.change(|cx| add(&crate::errors::VPC, &vpc, &own, cx)).unwrap();
    world.ok("CreateTags", json!({"Resources": [vpc], "Tags": tags(50)}));
    world.ok("DeleteTags", json!({"Resources": [vpc]}));
    assert_eq!(map(&vpc, &world.reader()), own);
    let wanted = json!({"Resources": [vpc], "Tags": [{"Key": "aws:made-by"}]});
    assert_eq!(world.fails("DeleteTags", wanted), "InvalidParameterValue");
}

#[test]
fn wrong_tags_are_refused() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    world.ok("CreateTags", json!({"Resources": [vpc], "Tags": [{"Key": "mine", "Value": "v"}]}));
    let on_vpc = |tags: Value| json!({"Resources": [vpc], "Tags": tags});
    let one = |key: &str, value: &str| json!([{"Key": key, "Value": value}]);
    world.refuses(
        "CreateTags",
        [
            (on_vpc(tags(50)), "TagLimitExceeded"),
            (on_vpc(one("", "v")), "InvalidParameterValue"),
            (on_vpc(one(&"k".repeat(129), "v")), "InvalidParameterValue"),
            (on_vpc(one("k", &"v".repeat(257))), "InvalidParameterValue"),
            (on_vpc(one("aws:k", "v")), "InvalidParameterValue"),
            (on_vpc(one("AWS:k", "v")), "InvalidParameterValue"),
            (
                on_vpc(json!([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}])),
                "InvalidParameterValue",
            ),
            (json!({"Resources": [vpc, "vpc-0"], "Tags": tags(1)}), "InvalidVpcID.NotFound"),
            (json!({"Resources": ["i-0"], "Tags": tags(1)}), "InvalidInstanceID.NotFound"),
            (json!({"Resources": ["vol-0"], "Tags": tags(1)}), "InvalidID"),
        ],
    );
    assert_eq!(map(&vpc, &world.reader()).len(), 1);
}

#[test]
fn listed_and_paged() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let group = world.group(&vpc, "web");
    world.ok("CreateTags", json!({"Resources": [vpc, group], "Tags": tags(4)}));
    let filter = |name: &str, value: &str| json!({"Filters": [{"Name": name, "Values": [value]}]});
    for (input, expected) in [
        (json!({}), 8),
        (filter("resource-type", "security-group"), 4),
        (filter("resource-id", &vpc), 4),
        (filter("key", "k1"), 2),
        (filter("tag:k1", "v"), 2),
        (filter("value", "w"), 0),
    ] {
        let found = world.ok("DescribeTags", input.clone());
        assert_eq!(found["Tags"].as_array().unwrap().len(), expected, "{input}");
    }
    let first = world.ok("DescribeTags", json!({"MaxResults": 5}));
    let second = world.ok("DescribeTags", json!({"MaxResults": 5, "NextToken": first["NextToken"]}));
    assert_eq!((first["Tags"].as_array().unwrap().len(), second["Tags"].as_array().unwrap().len()), (5, 3));
    assert!(second["NextToken"].is_null());
}
