use crate::tests::{World, each, id};
use serde_json::json;

#[test]
fn the_default_vpc_is_an_attribute() {
    let mut world = World::empty();
    let value = |world: &mut World| {
        let output = world.ok("DescribeAccountAttributes", json!({"AttributeNames": ["default-vpc"]}));
        id(&output["AccountAttributes"][0]["AttributeValues"][0]["AttributeValue"])
    };
    assert_eq!(value(&mut world), "none");
    world.ok("CreateDefaultVpc", json!({}));
    assert!(value(&mut world).starts_with("vpc-"));
    let all = world.ok("DescribeAccountAttributes", json!({}));
    assert_eq!(each(&all["AccountAttributes"], "AttributeName")[..2], ["supported-platforms", "default-vpc"]);
}
