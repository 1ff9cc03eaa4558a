use super::*;
use crate::launch_template::MetadataOptionsRequest;
use crate::launch_template::{InterfaceSpecification, LaunchTemplateSpecification, PlacementSpecification};
use crate::network_interface::{self, NetworkInterface, of_instance};
use crate::subnet;
use crate::tag::{Tag, TagSpecification};
use controlplane_services_kernel::operation::bind;
use controlplane_services_kernel::outcome::run_once;

fn code(world: &mut World, input: RunInstancesInput) -> String {
    world.run(&input).unwrap_err().code.into_owned()
}

fn default_subnet(world: &mut World, zone: &str) -> String {
    world.account(|cx| subnet::default_in(zone, cx).unwrap().key.id().to_owned())
}

fn interface(device_index: i32) -> InterfaceSpecification {
    InterfaceSpecification { device_index: Some(device_index), ..Default::default() }
}

fn with_interfaces(interfaces: Vec<InterfaceSpecification>) -> RunInstancesInput {
    RunInstancesInput { network_interfaces: Some(interfaces), ..web(1) }
}

fn tags(resource_type: &str, key: &str, value: &str) -> TagSpecification {
    let tag = Tag { key: key.into(), value: value.into() };
    TagSpecification { resource_type: resource_type.into(), tags: vec![tag] }
}

#[test]
fn without_a_word_about_networks_it_goes_to_the_default_vpc() {
    let mut world = World::with_nodes();
    let id = world.run(&web(1)).unwrap().remove(0);
    let instance = world.instance(&id).unwrap().clone();
    assert_eq!((instance.state, instance.zone.as_str(), instance.run), (State::Pending, "us-east-1a", 1));
    world.account(|cx| {
        let held = of_instance(&id, cx);
        assert_eq!(held.len(), 1);
        assert_eq!(instance.interfaces, [held[0].key.id()]);
        assert!(held[0].public_address.is_some(), "default subnets give public addresses");
        assert_eq!(held[0].groups.len(), 1);
    });
}

#[test]
fn it_goes_where_there_is_room() {
    let mut world = World::new();
    world.node("n2", "us-east-1b", 4, 8192);
    let id = world.run(&web(1)).unwrap().remove(0);
    assert_eq!(world.instance(&id).unwrap().zone, "us-east-1b");
    let id = world.run_one("us-east-1a");
    assert_eq!(world.instance(&id).unwrap().zone, "us-east-1a", "who names a zone gets it");
}

#[test]
fn a_default_subnet_without_addresses_is_passed_over() {
    let mut world = World::with_nodes();
    let subnet_a = default_subnet(&mut world, "us-east-1a");
    world.account(|cx| {
        let small = cx.get::<subnet::Subnet>(&subnet_a).unwrap().clone();
        cx.put(&subnet_a, subnet::Subnet { cidr: "172.31.0.0/28".parse().unwrap(), ..small });
    });
    // Eleven of sixteen addresses can be used.
    for (count, zone) in [(10, "us-east-1a"), (2, "us-east-1b"), (1, "us-east-1a"), (1, "us-east-1b")] {
        // So small that the nodes have room for all of them.
        let input = RunInstancesInput { instance_type: Some("t3.nano".into()), ..web(count) };
        let id = world.run(&input).unwrap().remove(0);
        assert_eq!(world.instance(&id).unwrap().zone, zone, "{count} more");
    }
}

#[test]
fn a_template_says_what_the_request_does_not() {
    let mut world = World::with_nodes();
    let template = crate::launch_template::LaunchTemplateData {
        image_id: Some(BUILTIN_WEB_ID.into()),
        instance_type: Some("t3.small".into()),
        user_data: Some("aGVsbG8=".into()),
        metadata_options: Some(MetadataOptionsRequest {
            http_tokens: Some("required".into()),
            ..Default::default()
        }),
        tag_specifications: Some(vec![tags("instance", "a", "1"), tags("network-interface", "n", "1")]),
        ..Default::default()
    };
    world.account(|cx| crate::launch_template::tests::create("web", &template, cx)).unwrap();
    let input = RunInstancesInput {
        launch_template: Some(LaunchTemplateSpecification {
            launch_template_name: Some("web".into()),
            ..Default::default()
        }),
        instance_type: Some("t3.micro".into()),
        metadata_options: Some(MetadataOptionsRequest {
            http_put_response_hop_limit: Some(2),
            ..Default::default()
        }),
        tag_specifications: Some(vec![tags("instance", "b", "2")]),
        min_count: 1,
        max_count: 1,
        ..Default::default()
    };
    let id = world.run(&input).unwrap().remove(0);
    let instance = world.instance(&id).unwrap().clone();
    assert_eq!(instance.instance_type, "t3.micro");
    assert_eq!(instance.user_data.as_ref().map(|bytes| bytes.to_vec()), Some(b"hello".to_vec()));
    assert_eq!((instance.metadata_options.tokens_required, instance.metadata_options.hop_limit), (true, 2));
    world.account(|cx| {
        assert_eq!((crate::tag::get(&id, "a", cx), crate::tag::get(&id, "b", cx)), (Some("1"), Some("2")));
        assert_eq!(crate::tag::get(&instance.interfaces[0], "n", cx), Some("1"));
    });
}

#[test]
fn interfaces_are_made_or_taken() {
    let mut world = World::with_nodes();
    let subnet_id = default_subnet(&mut world, "us-east-1b");
    let new = network_interface::NewInterface { subnet_id: subnet_id.clone(), ..Default::default() };
    let existing = world.account(|cx| network_interface::create(cx, new)).unwrap().0;
    let first = InterfaceSpecification {
        subnet_id: Some(subnet_id),
        associate_public_ip_address: None,
        private_ip_address: Some("172.31.16.77".into()),
        delete_on_termination: Some(false),
        ..interface(0)
    };
    let second = InterfaceSpecification { network_interface_id: Some(existing.clone()), ..interface(1) };
    let id = world.run(&with_interfaces(vec![second, first])).unwrap().remove(0);
    let made = world.instance(&id).unwrap().interfaces.clone();
    assert_eq!((made.len(), made[1].as_str()), (2, existing.as_str()));
    world.account(|cx| {
        assert_eq!(
            cx.get::<NetworkInterface>(&made[0]).unwrap().primary_address().to_string(),
            "172.31.16.77"
        );
    });
    world.terminate(&id);
    world.report("n2", &id, ObservedState::Gone);
    world.account(|cx| {
        assert!(cx.get::<NetworkInterface>(&made[0]).is_some_and(|found| found.attachment.is_none()));
        assert!(cx.get::<NetworkInterface>(&existing).is_some_and(|found| found.attachment.is_none()));
    });
}

#[test]
fn a_public_address_can_be_refused() {
    let mut world = World::with_nodes();
    let private = InterfaceSpecification { associate_public_ip_address: Some(false), ..interface(0) };
    let id = world.run(&with_interfaces(vec![private])).unwrap().remove(0);
    world.account(|cx| assert_eq!(of_instance(&id, cx)[0].public_address, None));
}

#[test]
fn groups_by_id_and_by_name() {
    let mut world = World::with_nodes();
    let vpc_id = world.account(|cx| crate::vpc::default_of(cx).unwrap());
    let group = world.account(|cx| crate::security_group::named("default", &vpc_id, cx)).unwrap();
    let by_name = RunInstancesInput { security_groups: Some(vec!["default".into()]), ..web(1) };
    let by_id = RunInstancesInput { security_group_ids: Some(vec![group.clone()]), ..web(1) };
    for input in [by_name, by_id] {
        let id = world.run(&input).unwrap().remove(0);
        world.account(|cx| assert_eq!(of_instance(&id, cx)[0].groups, std::slice::from_ref(&group)));
    }
    let unknown = RunInstancesInput { security_groups: Some(vec!["nobody".into()]), ..web(1) };
    assert_eq!(code(&mut world, unknown), "InvalidGroup.NotFound");
}

#[test]
fn as_many_as_wanted_and_all_or_nothing() {
    let mut world = World::with_nodes();
    let ids = world.run(&web(3)).unwrap();
    let indexes: Vec<u32> = ids.iter().map(|id| world.instance(id).unwrap().launch_index).collect();
    assert_eq!(indexes, [0, 1, 2]);
    assert_eq!(world.entries, 1);
    // The region of the tests has fewer public addresses than this.
    let before = world.view.revision();
    assert_eq!(code(&mut world, web(40)), "AddressLimitExceeded");
    assert_eq!(world.view.revision(), before, "nothing half done");
}

#[test]
fn the_same_token_starts_once() {
    let mut world = World::with_nodes();
    for expected in [1, 1] {
        let input = RunInstancesInput { client_token: Some("t".into()), ..web(1) };
        let request = bind::<RunInstances>(input);
        world.account(|cx| run_once(request.as_ref(), None, cx).map(|_| ())).unwrap();
        assert_eq!(world.view.all::<Instance>().count(), expected);
    }
}

#[test]
fn what_is_wrong_has_the_code_aws_gives_it() {
    let mut world = World::with_nodes();
    let subnet_a = default_subnet(&mut world, "us-east-1a");
    let in_zone = |zone: &str| Some(PlacementSpecification { availability_zone: Some(zone.into()) });
    let cases = vec![
        (RunInstancesInput { image_id: None, ..web(1) }, "MissingParameter"),
        (RunInstancesInput { image_id: Some("ami-0123".into()), ..web(1) }, "InvalidAMIID.NotFound"),
        (RunInstancesInput { image_id: Some("x".into()), ..web(1) }, "InvalidAMIID.Malformed"),
        (RunInstancesInput { instance_type: Some("t9.big".into()), ..web(1) }, "InvalidParameterValue"),
        (RunInstancesInput { instance_type: Some("m5.4xlarge".into()), ..web(1) }, "Unsupported"),
        (RunInstancesInput { key_name: Some("none".into()), ..web(1) }, "InvalidKeyPair.NotFound"),
        (RunInstancesInput { user_data: Some("???".into()), ..web(1) }, "InvalidUserData.Malformed"),
        (RunInstancesInput { user_data: Some("A".repeat(24_000)), ..web(1) }, "InvalidParameterValue"),
        (RunInstancesInput { subnet_id: Some("subnet-0bad".into()), ..web(1) }, "InvalidSubnetID.NotFound"),
        (RunInstancesInput { placement: in_zone("us-east-1z"), ..web(1) }, "InvalidParameterValue"),
        (
            RunInstancesInput {
                placement: in_zone("us-east-1b"),
                subnet_id: Some(subnet_a.clone()),
                ..web(1)
            },
            "InvalidParameterValue",
        ),
        (
            RunInstancesInput { security_group_ids: Some(vec!["sg-0bad".into()]), ..web(1) },
            "InvalidGroup.NotFound",
        ),
        (
            RunInstancesInput { private_ip_address: Some("10.0.0.1".into()), ..web(1) },
            "InvalidParameterValue",
        ),
        (
            RunInstancesInput { private_ip_address: Some("172.31.0.9".into()), ..web(2) },
            "InvalidParameterCombination",
        ),
        (RunInstancesInput { min_count: 0, ..web(1) }, "InvalidParameterValue"),
        (RunInstancesInput { min_count: 2, max_count: 1, ..web(1) }, "InvalidParameterValue"),
        (RunInstancesInput { max_count: 1_001, ..web(1) }, "InstanceLimitExceeded"),
        (
            RunInstancesInput { subnet_id: Some(subnet_a), ..with_interfaces(vec![interface(0)]) },
            "InvalidParameterCombination",
        ),
        (
            RunInstancesInput {
                security_groups: Some(vec!["default".into()]),
                ..with_interfaces(vec![interface(0)])
            },
            "InvalidParameterCombination",
        ),
        (with_interfaces(vec![interface(1)]), "InvalidParameterValue"),
        (with_interfaces(vec![interface(0), interface(0)]), "InvalidParameterValue"),
        (with_interfaces((0..9).map(interface).collect()), "AttachmentLimitExceeded"),
        (
            with_interfaces(vec![InterfaceSpecification {
                network_interface_id: Some("eni-0bad".into()),
                ..interface(0)
            }]),
            "InvalidNetworkInterfaceID.NotFound",
        ),
        (
            RunInstancesInput { tag_specifications: Some(vec![tags("vpc", "a", "b")]), ..web(1) },
            "InvalidParameterValue",
        ),
        (
            RunInstancesInput { tag_specifications: Some(vec![tags("instance", "aws:a", "b")]), ..web(1) },
            "InvalidParameterValue",
        ),
        (
            RunInstancesInput {
                metadata_options: Some(MetadataOptionsRequest {
                    http_put_response_hop_limit: Some(65),
                    ..Default::default()
                }),
                ..web(1)
            },
            "InvalidParameterValue",
        ),
        (
            RunInstancesInput {
                launch_template: Some(LaunchTemplateSpecification {
                    launch_template_name: Some("none".into()),
                    ..Default::default()
                }),
                ..web(1)
            },
            "InvalidLaunchTemplateName.NotFoundException",
        ),
    ];
    let before = world.view.revision();
    for (input, expected) in cases {
        let told = format!("{input:?}");
        assert_eq!(code(&mut world, input), expected, "{told}");
    }
    assert_eq!(world.view.revision(), before);
}

#[test]
fn a_type_too_big_for_every_node_says_why() {
    let mut world = World::with_nodes();
    let error =
        world.run(&RunInstancesInput { instance_type: Some("m5.4xlarge".into()), ..web(1) }).unwrap_err();
    assert!(error.message.contains("n1 has 4 vCPUs, 16 are needed"), "{}", error.message);
    let mut nodeless = World::new();
    nodeless.run(&RunInstancesInput { instance_type: Some("m5.4xlarge".into()), ..web(1) }).unwrap();
}
