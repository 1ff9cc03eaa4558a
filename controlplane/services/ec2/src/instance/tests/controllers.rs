use super::*;
use crate::launch_template::LaunchTemplateData;
use controlplane_services_kernel::{Record, Tabular};
use controlplane_services_native::Node;
use controlplane_types::Key;
use std::collections::BTreeMap;

fn launch_members(group: &str, count: u32, world: &mut World) -> Vec<String> {
    let interface = crate::launch_template::InterfaceSpecification {
        associate_public_ip_address: Some(false),
        ..Default::default()
    };
    let request = Launch {
        data: LaunchTemplateData {
            image_id: Some(BUILTIN_WEB_ID.into()),
            instance_type: Some("t3.nano".into()),
            network_interfaces: Some(vec![interface]),
            placement: Some(crate::launch_template::PlacementSpecification {
                availability_zone: Some("us-east-1a".into()),
            }),
            ..Default::default()
        },
        min_count: count,
        max_count: count,
        group: Some(group.into()),
        system_tags: [("aws:autoscaling:groupName".to_owned(), group.to_owned())].into(),
        ..Default::default()
    };
    world.account(|cx| launch(&request, cx)).unwrap().instance_ids
}

fn nodes_of(ids: &[String], world: &World) -> BTreeMap<String, usize> {
    let mut nodes = BTreeMap::new();
    for id in ids {
        let node = world.instance(id).unwrap().node.clone();
        *nodes.entry(node.unwrap_or_else(|| "none".into())).or_insert(0) += 1;
    }
    nodes
}

fn status_of(id: &str, world: &mut World) -> serde_json::Value {
    world.account(|cx| cx.get::<Instance>(id).unwrap().status(id, cx))
}

fn nodes(count: usize, world: &mut World) {
    for index in 0..count {
        world.node(&format!("n{index}"), "us-east-1a", 8, 65_536);
    }
}

#[test]
fn a_launch_places_its_own_and_spreads_them_like_a_batch() {
    let mut world = World::new();
    nodes(4, &mut world);
    let ids = launch_members("web", 40, &mut world);
    let expected = (0..4).map(|index| (format!("n{index}"), 10)).collect();
    assert_eq!(nodes_of(&ids, &world), expected);
    world.entries = 0;
    world.settle();
    assert_eq!(world.entries, 0);
}

#[test]
fn a_launch_leaves_a_region_of_many_nodes_to_the_controller() {
    let mut world = World::new();
    nodes(65, &mut world);
    let ids = launch_members("web", 2, &mut world);
    assert_eq!(nodes_of(&ids, &world), [("none".to_owned(), 2)].into());
    world.settle();
    assert_eq!(nodes_of(&ids, &world).len(), 2);
}

#[test]
fn a_whole_batch_is_placed_in_one_entry_and_spreads() {
    let mut world = World::new();
    let ids = launch_members("web", 40, &mut world);
    nodes(4, &mut world);
    world.entries = 0;
    world.settle();
    assert_eq!(world.entries, 1);
    let expected = (0..4).map(|index| (format!("n{index}"), 10)).collect();
    assert_eq!(nodes_of(&ids, &world), expected);
    world.settle();
    assert_eq!(world.entries, 1, "a settled region plans nothing");
    world.account(|cx| assert_eq!(crate::tag::get(&ids[0], "aws:autoscaling:groupName", cx), Some("web")));
    world.account(|cx| assert_eq!(cx.find::<Instance>(BY_GROUP, "web").count(), 40));
}

#[test]
fn what_fits_nowhere_waits_without_a_write_and_says_why() {
    let mut world = World::new();
    let id = world.run_one("us-east-1a");
    world.entries = 0;
    world.settle();
    assert_eq!(status_of(&id, &mut world)["placement"][0], "there is no node in the region");
    world.node("n2", "us-east-1b", 4, 8192);
    world.entries = 0;
    world.settle();
    assert_eq!((world.entries, world.instance(&id).unwrap().node.clone()), (0, None));
    let why = status_of(&id, &mut world);
    assert_eq!(why["placement"][0], "n2 stands in us-east-1b, not in us-east-1a");
    world.node("n1", "us-east-1a", 4, 8192);
    world.settle();
    assert_eq!(world.instance(&id).unwrap().node.as_deref(), Some("n1"));
    assert!(status_of(&id, &mut world).get("placement").is_none());
}

#[test]
fn memory_is_never_promised_twice() {
    let mut world = World::new();
    world.node("n1", "us-east-1a", 4, 2048);
    let ids = launch_members("web", 6, &mut world);
    world.settle();
    assert_eq!(nodes_of(&ids, &world), [("n1".to_owned(), 4), ("none".to_owned(), 2)].into());
    let placed = ids.iter().find(|id| world.instance(id).unwrap().node.is_some()).unwrap().clone();
    world.terminate(&placed);
    world.settle();
    assert_eq!(nodes_of(&ids, &world)["none"], 2, "what shuts down still has its memory");
    world.report("n1", &placed, ObservedState::Gone);
    world.settle();
    assert_eq!(nodes_of(&ids, &world)["none"], 1);
}

#[test]
fn a_decision_from_an_old_view_is_looked_at_again() {
    let mut world = World::new();
    let id = world.run_one("us-east-1a");
    world.node("n1", "us-east-1a", 4, 8192);
    let plan = Placement::plan(&world.view, &Region::key(&"us-east-1".into()), world.now);
    let intent = &plan.intents[0];
    world.node_goes_away("n1");
    world.system(|cx| intent.operation.run(cx).map(|_| ())).unwrap();
    assert_eq!(world.instance(&id).unwrap().node, None);
    world.terminate(&id);
    world.node("n1", "us-east-1a", 4, 8192);
    world.system(|cx| intent.operation.run(cx).map(|_| ())).unwrap();
    assert_eq!(
        (world.state(&id), world.instance(&id).unwrap().node.clone()),
        (Some(State::Terminated), None)
    );
}

#[test]
fn nodes_and_instances_wake_the_controllers() {
    let world = World::with_nodes();
    let region = Region::key(&"us-east-1".into());
    let account = crate::tests::ACCOUNT.into();
    let instance =
        Key::new(&account, &controlplane_types::Scope::Region("us-east-1".into()), Instance::KIND, "i-1");
    for (changed, expected) in [
        (Node::key(&"us-east-1".into(), "n1"), vec![region.clone()]),
        (instance, vec![region.clone()]),
        (Node::key(&"eu-west-1".into(), "n1"), vec![]),
        (region.clone(), vec![]),
    ] {
        assert_eq!(Placement::concerned(&world.view, &changed), expected, "{changed}");
        assert_eq!(Lifecycle::concerned(&world.view, &changed), expected, "{changed}");
    }
    assert_eq!(
        (Placement::sweep(&world.view), Lifecycle::sweep(&world.view)),
        (vec![region.clone()], vec![region])
    );
}

#[test]
fn a_terminated_instance_is_forgotten_after_an_hour() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    world.terminate(&id);
    world.report("n1", &id, ObservedState::Gone);
    world.pass(3_600);
    world.settle();
    assert_eq!(world.state(&id), Some(State::Terminated), "swept in batches, a minute later");
    world.pass(60);
    world.settle();
    assert_eq!(world.state(&id), None);
    world.account(|cx| assert!(crate::tag::of(&id, cx).is_empty()));
}

#[test]
fn what_shuts_down_on_a_node_that_went_away_is_given_up() {
    let mut world = World::with_nodes();
    let (leaving, staying) = (world.run_to_running(), world.run_to_running());
    world.node_goes_away("n1");
    world.terminate(&leaving);
    world.settle();
    assert_eq!(world.state(&leaving), Some(State::ShuttingDown));
    let key = Region::key(&"us-east-1".into());
    let wake = Lifecycle::plan(&world.view, &key, world.now).next_wake;
    assert_eq!(wake, Some(world.now + Duration::from_secs(300)));
    world.pass(300);
    world.settle();
    assert_eq!(
        (world.state(&leaving), world.state(&staying)),
        (Some(State::Terminated), Some(State::Running))
    );
}

#[test]
fn an_instance_without_a_node_ends_at_once() {
    let mut world = World::new();
    let id = world.run_one("us-east-1a");
    world.terminate(&id);
    assert_eq!(world.state(&id), Some(State::Terminated));
}
