use crate::tests::World;
use serde_json::json;

#[test]
fn there_are_none_and_slips_are_told() {
    let mut world = World::empty();
    let none = json!({"ServiceNames": [], "ServiceDetails": []});
    let filter = |name: &str| json!({"Filters": [{"Name": name, "Values": ["Interface"]}]});
    assert_eq!(world.ok("DescribeVpcEndpointServices", json!({})), none);
    assert_eq!(world.ok("DescribeVpcEndpointServices", filter("service-type")), none);
    world.refuses(
        "DescribeVpcEndpointServices",
        [
            (json!({"ServiceNames": ["com.amazonaws.us-east-1.s3"]}), "InvalidServiceName"),
            (filter("type"), "InvalidParameterValue"),
            (json!({"NextToken": "x"}), "InvalidNextToken"),
        ],
    );
}
