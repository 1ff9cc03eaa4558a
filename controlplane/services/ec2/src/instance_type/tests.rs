use super::describe_instance_types::{DescribeInstanceTypes, DescribeInstanceTypesInput};
use super::*;
use crate::filter::Filter;
use crate::tests::context;
use controlplane_services_kernel::Query;

#[test]
fn sizes_are_as_aws_publishes_them() {
    for (name, vcpus, memory_mib, cpu_millis) in [
        ("t3.nano", 2, 512, 100),
        ("t3.micro", 2, 1_024, 200),
        ("t3.xlarge", 4, 16_384, 1_600),
        ("t2.micro", 1, 1_024, 100),
        ("m5.large", 2, 8_192, 2_000),
        ("m5.24xlarge", 96, 393_216, 96_000),
        ("c5.9xlarge", 36, 73_728, 36_000),
        ("c6i.xlarge", 4, 8_192, 4_000),
        ("r5.2xlarge", 8, 65_536, 8_000),
        ("r7i.48xlarge", 192, 1_572_864, 192_000),
    ] {
        let found = require(name).unwrap();
        assert_eq!(
            (found.vcpus, found.memory_mib, found.cpu_millis),
            (vcpus, memory_mib, cpu_millis),
            "{name}"
        );
    }
    assert!(find(DEFAULT).is_some());
    assert!(require("t3.tiny").is_err());
}

#[test]
fn names_are_unique_and_ordered() {
    assert!(all().windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(all().iter().all(|found| found.cpu_millis <= u64::from(found.vcpus) * 1000));
}

fn names(input: DescribeInstanceTypesInput) -> Result<Vec<&'static str>, String> {
    let output = DescribeInstanceTypes::run(&input, &context()).map_err(|error| error.code.into_owned())?;
    Ok(output.instance_types.into_iter().map(|shown| shown.instance_type).collect())
}

#[test]
fn described_by_name_and_by_filter() {
    let by_name = |name: &str| DescribeInstanceTypesInput {
        instance_types: Some(vec![name.into()]),
        ..Default::default()
    };
    assert_eq!(names(by_name("t3.micro")).unwrap(), ["t3.micro"]);
    assert_eq!(names(by_name("x9.huge")).unwrap_err(), "InvalidInstanceType");
    let by_filter = |name: &str, value: &str| DescribeInstanceTypesInput {
        filters: Some(vec![Filter { name: name.into(), values: vec![value.into()] }]),
        ..Default::default()
    };
    assert_eq!(names(by_filter("instance-type", "t3a.n*")).unwrap(), ["t3a.nano"]);
    assert!(names(by_filter("vcpu-info.default-vcpus", "2")).unwrap().contains(&"m5.large"));
    assert_eq!(names(by_filter("memory-info.size-in-mib", "7")).unwrap(), [""; 0]);
    assert_eq!(names(by_filter("colour", "red")).unwrap_err(), "InvalidParameterValue");
}

mod offerings {
    use crate::tests::{World, each, id};
    use controlplane_services_kernel::Operation;
    use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
    use controlplane_services_native::node::{Capacity, RegisterNode, RegisterNodeInput};
    use serde_json::{Value, json};

    fn node(world: &mut World, name: &str, zone: &str, vcpus: u32, memory_mib: u64) {
        let input = RegisterNodeInput {
            node: name.into(),
            boot_id: "boot".into(),
            agent_version: "0.1.0".into(),
            labels: [("zone".to_owned(), zone.to_owned())].into(),
            capacity: Capacity { vcpus, memory_mib, disk_mib: 10_000, allocatable: None },
            underlay_address: "127.0.0.1".into(),
            taints: Vec::new(),
        };
        world.as_account(SYSTEM_ACCOUNT, |world| world.change(|cx| RegisterNode::run(&input, cx))).unwrap();
    }

    fn places(world: &mut World, location_type: &str, instance_type: &str) -> Vec<String> {
        let filter = json!([{"Name": "instance-type", "Values": [instance_type]}]);
        let input = json!({"LocationType": location_type, "Filters": filter});
        each(&world.ok("DescribeInstanceTypeOfferings", input)["InstanceTypeOfferings"], "Location")
    }

    #[test]
    fn a_type_is_offered_where_a_node_can_hold_it() {
        let mut world = World::empty();
        let zones = ["us-east-1a", "us-east-1b"];
        assert_eq!(places(&mut world, "availability-zone", "m5.large"), zones, "nodes may come");
        node(&mut world, "n1", "us-east-1a", 4, 4_096);
        node(&mut world, "n2", "us-east-1b", 4, 16_384);
        for (kind, size, expected) in [
            ("availability-zone", "t3.micro", zones.to_vec()),
            ("availability-zone", "m5.large", vec!["us-east-1b"]),
            ("availability-zone-id", "m5.large", vec!["use1-az2"]),
            ("region", "m5.large", vec!["us-east-1"]),
            ("region", "m5.24xlarge", vec![]),
        ] {
            assert_eq!(places(&mut world, kind, size), expected, "{kind} {size}");
        }
        let mut token = Value::Null;
        let mut pages = 0;
        loop {
            let input = json!({"LocationType": "availability-zone", "MaxResults": 5, "NextToken": token});
            let page = world.ok("DescribeInstanceTypeOfferings", input);
            pages += page["InstanceTypeOfferings"].as_array().unwrap().len();
            match page.get("NextToken") {
                Some(next) => token = json!(id(next)),
                None => break,
            }
        }
        let all = world.ok("DescribeInstanceTypeOfferings", json!({"LocationType": "availability-zone"}));
        assert_eq!(pages, all["InstanceTypeOfferings"].as_array().unwrap().len());
    }
}
