//! Who goes first when a node runs out of something.

use super::*;
use crate::instance::eviction::first;
use controlplane_services_kernel::Record;
use controlplane_services_kernel::event::Event;
use controlplane_services_native::Node;
use controlplane_services_native::node::Scarce;
use controlplane_types::{Key, Scope};

fn usage(id: &str, mebibytes: u64, pids: u64) -> InstanceUsage {
    InstanceUsage { id: id.into(), memory_bytes: mebibytes << 20, pids, disk_bytes: mebibytes << 20 }
}

fn key(id: &str) -> Key {
    Key::new(&crate::tests::ACCOUNT.into(), &Scope::Region("us-east-1".into()), Instance::KIND, id)
}

/// t3.micro grants 1 GiB, t3.medium 4 GiB.
#[test]
fn the_order_of_eviction() {
    let member = || Instance { disable_api_stop: false, ..running() };
    let alone = || Instance { group: None, ..member() };
    let medium = || Instance { instance_type: "t3.medium".into(), ..member() };
    let young = || Instance { launched_at: Timestamp::from_millis(9_000), ..member() };
    let sheltered = || Instance { disable_api_termination: true, ..member() };
    let kept = || Instance { disable_api_stop: true, ..alone() };
    let pending = || Instance { state: State::Pending, ..member() };
    type Case = (&'static str, Scarce, Vec<(&'static str, Instance, u64, u64)>, Option<&'static str>);
    let cases: Vec<Case> = vec![
        (
            "most memory",
            Scarce::Memory,
            vec![("i-1", member(), 100, 9), ("i-2", member(), 200, 1)],
            Some("i-2"),
        ),
        ("by share", Scarce::Memory, vec![("i-1", member(), 600, 1), ("i-2", medium(), 900, 1)], Some("i-1")),
        ("most pids", Scarce::Pids, vec![("i-1", member(), 100, 9), ("i-2", member(), 200, 1)], Some("i-1")),
        ("most disk", Scarce::Disk, vec![("i-1", member(), 600, 1), ("i-2", medium(), 900, 1)], Some("i-2")),
        ("alone last", Scarce::Memory, vec![("i-1", alone(), 900, 1), ("i-2", member(), 1, 1)], Some("i-2")),
        ("alone at all", Scarce::Pids, vec![("i-1", alone(), 900, 1)], Some("i-1")),
        ("alone not for disk", Scarce::Disk, vec![("i-1", alone(), 900, 1)], None),
        ("youngest", Scarce::Memory, vec![("i-1", member(), 5, 1), ("i-2", young(), 5, 1)], Some("i-2")),
        ("protected", Scarce::Memory, vec![("i-1", sheltered(), 900, 1), ("i-2", kept(), 900, 1)], None),
        ("not running", Scarce::Memory, vec![("i-1", pending(), 900, 1)], None),
    ];
    for (name, scarce, instances, expected) in cases {
        let usage = instances.iter().map(|(id, _, memory, pids)| usage(id, *memory, *pids)).collect();
        let here: Vec<_> = instances.into_iter().map(|(id, instance, ..)| (key(id), instance)).collect();
        let found = first(&EvictionRequest { scarce, usage }, &here);
        assert_eq!(found.map(|(key, _)| key.id()), expected, "{name}");
        let unmeasured = EvictionRequest { scarce, usage: vec![] };
        assert_eq!(first(&unmeasured, &here), None, "what is not measured is not blamed");
    }
}

impl World {
    fn strain(&mut self, node: &str, scarce: Scarce, usage: Option<Vec<InstanceUsage>>) {
        let strain = NodeStrain {
            pressures: [(scarce, "80Mi available, 100Mi wanted".to_owned())].into(),
            eviction: usage.map(|usage| EvictionRequest { scarce, usage }),
        };
        let input = ObserveInstancesInput {
            node: node.into(),
            boot_id: "boot".into(),
            strain: Some(strain),
            ..ObserveInstancesInput::default()
        };
        self.system(|cx| ObserveInstances::run(&input, cx)).unwrap();
    }

    fn grouped(&mut self, id: &str) {
        let instance = self.instance(id).unwrap().clone();
        self.account(|cx| cx.put(id, Instance { group: Some("web".into()), ..instance }));
    }
}

#[test]
fn a_member_is_ended_with_a_reason_and_one_at_a_time() {
    let mut world = World::with_nodes();
    let (first, second) = (world.run_to_running(), world.run_to_running());
    world.grouped(&first);
    world.grouped(&second);
    world.strain("n1", Scarce::Memory, None);
    assert_eq!(world.state(&first), Some(State::Running), "a pressure alone ends nobody");
    let both = || vec![usage(&first, 300, 1), usage(&second, 200, 1)];
    world.strain("n1", Scarce::Memory, Some(both()));
    assert_eq!(world.state(&first), Some(State::ShuttingDown));
    let reason = world.instance(&first).unwrap().state_reason.clone().unwrap();
    assert_eq!(reason.code, "Server.NodePressure");
    assert!(reason.message.contains("node n1 is short of memory: 80Mi available"), "{}", reason.message);
    let entries = world.entries;
    world.strain("n1", Scarce::Memory, Some(both()));
    assert_eq!((world.state(&second), world.entries), (Some(State::Running), entries), "one at a time");
    world.report("n1", &first, ObservedState::Gone);
    world.strain("n1", Scarce::Memory, Some(both()));
    assert_eq!(world.state(&second), Some(State::ShuttingDown));
    let node_events = world.view.all::<Event>().filter(|event| event.reason == "Evicting").count();
    assert_eq!(node_events, 2);
}

#[test]
fn one_that_stands_alone_is_stopped_and_keeps_its_root() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    world.strain("n1", Scarce::Disk, Some(vec![usage(&id, 900, 1)]));
    assert_eq!(world.state(&id), Some(State::Running));
    world.strain("n1", Scarce::Pids, Some(vec![usage(&id, 900, 9000)]));
    assert_eq!(world.state(&id), Some(State::Stopping));
    assert_eq!(world.instance(&id).unwrap().state_reason.as_ref().unwrap().code, "Server.NodePressure");
    world.report("n1", &id, ObservedState::Stopped);
    assert_eq!(world.state(&id), Some(State::Stopped));
}

#[test]
fn a_node_under_pressure_takes_nothing_until_it_is_over() {
    let mut world = World::with_nodes();
    world.strain("n1", Scarce::Disk, None);
    let id = world.run_one("us-east-1a");
    world.settle();
    assert_eq!(world.instance(&id).unwrap().node, None);
    let over = ObserveInstancesInput {
        node: "n1".into(),
        boot_id: "boot".into(),
        strain: Some(NodeStrain::default()),
        ..ObserveInstancesInput::default()
    };
    let unmeasured = ObserveInstancesInput { strain: None, ..over.clone() };
    let stale = ObserveInstancesInput { boot_id: "another".into(), ..over.clone() };
    world.system(|cx| ObserveInstances::run(&stale, cx)).unwrap();
    let node =
        |world: &World| world.view.all::<Node>().find(|node| node.key.id() == "n1").unwrap().record.clone();
    world.system(|cx| ObserveInstances::run(&unmeasured, cx)).unwrap();
    assert!(!node(&world).takes_work(), "another boot says nothing about this one");
    world.system(|cx| ObserveInstances::run(&over, cx)).unwrap();
    world.settle();
    assert_eq!(world.instance(&id).unwrap().node.as_deref(), Some("n1"));
}
