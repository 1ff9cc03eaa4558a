//! Labels an instance selects and taints it tolerates, said by tags.

use super::*;
use crate::tag::{self, Tag, TagSpecification, Tags};
use controlplane_services_native::Node;
use controlplane_services_native::node::{LabelNode, LabelNodeInput, TaintNode, TaintNodeInput};

fn tagged(tags: &[(&str, &str)]) -> RunInstancesInput {
    let tags = tags.iter().map(|(key, value)| Tag { key: (*key).into(), value: (*value).into() }).collect();
    let specification = TagSpecification { resource_type: "instance".into(), tags };
    RunInstancesInput { tag_specifications: Some(vec![specification]), ..web(1) }
}

fn label(world: &mut World, node: &str, key: &str, value: &str) {
    let set = [(key.to_owned(), value.to_owned())].into();
    let input = LabelNodeInput { node: node.into(), set, remove: vec![], overwrite: true };
    world.system(|cx| LabelNode::run(&input, cx)).unwrap();
}

fn taint(world: &mut World, node: &str, taint: &str) {
    let input =
        TaintNodeInput { node: node.into(), set: vec![taint.into()], remove: vec![], overwrite: true };
    world.system(|cx| TaintNode::run(&input, cx)).unwrap();
}

fn node_of(world: &World, id: &str) -> Option<String> {
    world.instance(id).unwrap().node.clone()
}

#[test]
fn tags_that_are_no_demands_are_told() {
    let fine = [
        ("hearth:node-selector/disk", "ssd"),
        ("hearth:node-selector/a.b/c", ""),
        ("hearth:toleration/dedicated", ""),
        ("hearth:toleration/dedicated", "gpu"),
        ("hearth:toleration/dedicated", "gpu:NoExecute"),
        ("hearth:toleration/dedicated", ":NoSchedule"),
        ("hearth:toleration", ""),
        ("hearth:other", "of no concern"),
        ("team", "a:b:c"),
    ];
    for (key, value) in fine {
        assert_eq!(check_demand(key, value), Ok(()), "{key}={value}");
    }
    for (key, value, expected) in [
        ("hearth:node-selector", "ssd", "invalid key \"\""),
        ("hearth:node-selector/", "ssd", "invalid key \"\""),
        ("hearth:toleration/-x", "", "invalid key \"-x\""),
        ("hearth:toleration/x", "a b", "invalid value \"a b\""),
        ("hearth:toleration/x", "a:Never", "neither NoSchedule nor NoExecute"),
    ] {
        assert!(check_demand(key, value).unwrap_err().contains(expected), "{key}={value}");
        let mut world = World::with_nodes();
        let error = world.run(&tagged(&[(key, value)])).unwrap_err();
        assert!(error.code == "InvalidParameterValue" && error.message.contains(expected), "{error}");
    }
}

#[test]
fn a_selector_waits_for_a_node_with_the_label() {
    let mut world = World::with_nodes();
    let id = world.run(&tagged(&[("hearth:node-selector/disk", "ssd")])).unwrap().remove(0);
    world.settle();
    assert_eq!(node_of(&world, &id), None);
    let zone = world.instance(&id).unwrap().zone.clone();
    let there = if zone == "us-east-1a" { "n1" } else { "n2" };
    label(&mut world, there, "disk", "hdd");
    world.settle();
    assert_eq!(node_of(&world, &id), None);
    label(&mut world, there, "disk", "ssd");
    world.settle();
    assert_eq!(node_of(&world, &id).as_deref(), Some(there));
}

#[test]
fn the_zone_is_one_where_the_label_is() {
    let mut world = World::with_nodes();
    label(&mut world, "n2", "disk", "ssd");
    let id = world.run(&tagged(&[("hearth:node-selector/disk", "ssd")])).unwrap().remove(0);
    assert_eq!(node_of(&world, &id).as_deref(), Some("n2"), "placed at launch, in the second zone");
}

#[test]
fn a_taint_keeps_off_whoever_does_not_tolerate_it() {
    let mut world = World::with_nodes();
    for node in ["n1", "n2"] {
        taint(&mut world, node, "dedicated=gpu:NoSchedule");
    }
    let plain = world.run(&web(1)).unwrap().remove(0);
    let other = world.run(&tagged(&[("hearth:toleration/dedicated", "db")])).unwrap().remove(0);
    let right = world.run(&tagged(&[("hearth:toleration/dedicated", "gpu")])).unwrap().remove(0);
    let any = world.run(&tagged(&[("hearth:toleration", "")])).unwrap().remove(0);
    world.settle();
    let placed = [&plain, &other, &right, &any].map(|id| node_of(&world, id).is_some());
    assert_eq!(placed, [false, false, true, true]);
}

#[test]
fn tags_that_change_are_a_reason_to_look_again() {
    let mut world = World::with_nodes();
    for node in ["n1", "n2"] {
        taint(&mut world, node, "dedicated:NoSchedule");
    }
    let id = world.run(&web(1)).unwrap().remove(0);
    let tags: Tags = [("hearth:toleration/dedicated".to_owned(), String::new())].into();
    world.account(|cx| tag::add(&crate::errors::INSTANCE, &id, &tags, cx)).unwrap();
    let changed = world.view.all::<tag::ResourceTags>().find(|tags| tags.key.id() == id).unwrap().key.clone();
    assert_eq!(Placement::concerned(&world.view, &changed), [Region::key(&"us-east-1".into())]);
    world.settle();
    assert!(node_of(&world, &id).is_some());
    assert_eq!(Placement::concerned(&world.view, &changed), [], "it does not wait any more");
}

#[test]
fn only_a_no_execute_taint_drives_away() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let driven = |world: &World| {
        let key = Node::key(&"us-east-1".into(), "n1");
        driven_away("n1", world.view.get::<Node>(&key).unwrap(), &world.view, &"us-east-1".into()).len()
    };
    taint(&mut world, "n1", "a:NoSchedule");
    assert_eq!(driven(&world), 0);
    taint(&mut world, "n1", "a:NoExecute");
    assert_eq!(driven(&world), 1);
    let tags: Tags = [("hearth:toleration/a".to_owned(), ":NoExecute".to_owned())].into();
    world.account(|cx| tag::add(&crate::errors::INSTANCE, &id, &tags, cx)).unwrap();
    assert_eq!(driven(&world), 0);
}
