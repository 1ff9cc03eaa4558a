//! What is kept of an instance is what would be written anew.

use super::*;
use crate::filter::Filter;
use crate::instance::describe_instances::{DescribeInstances, DescribeInstancesInput};
use crate::instance::shape::{InstanceShape, Reservation};
use crate::network_interface::NetworkInterface;
use crate::page::Listing;
use crate::security_group::SecurityGroup;
use crate::tag;
use controlplane_services_kernel::{Query, Read, Reader, Record, Stored};
use controlplane_services_native::Node;
use controlplane_wire::{encode, model};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plain {
    reservations: Vec<Reservation>,
}

fn xml(answer: &impl Serialize) -> String {
    let service = model::by_name("ec2").unwrap();
    let operation = service.operation("DescribeInstances").unwrap();
    let response = encode(service, operation, answer, "request").unwrap();
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

impl World {
    fn reader(&self) -> Reader {
        let caller = Caller::controller(crate::tests::ACCOUNT.into(), "us-east-1".into(), "test");
        Reader::new(self.view.clone(), caller, self.now)
    }
}

/// The answer as it is given, and as it is without anything kept.
fn both(cx: &Reader) -> (String, String) {
    let given = DescribeInstances::run(&DescribeInstancesInput::default(), cx).unwrap();
    let (shapes, _) = Listing::default().run::<Instance, _>(cx, InstanceShape::of).unwrap();
    (xml(&given), xml(&Plain { reservations: Reservation::group(shapes, cx) }))
}

fn first<R: Record>(cx: &Reader, number: usize) -> Option<(String, R)> {
    let all: Vec<Stored<'_, R>> = cx.list::<R>().collect();
    let stored = all.get(number % all.len().max(1))?;
    Some((stored.key.id().to_owned(), stored.record.clone()))
}

fn rename_groups(world: &mut World, name: &str) {
    world.account(|cx| {
        let groups: Vec<(String, SecurityGroup)> =
            cx.list::<SecurityGroup>().map(|it| (it.key.id().to_owned(), it.record.clone())).collect();
        for (id, group) in groups {
            cx.put(&id, SecurityGroup { name: name.to_owned(), ..group });
        }
    });
}

/// Something that an instance shows becomes different.
fn change(world: &mut World, step: usize) {
    let number = step * 7919 / 7;
    match step % 7 {
        0 => drop(world.run_to_running()),
        1 => drop(world.run_one("us-east-1b")),
        2 => world.account(|cx| {
            let Some((id, _)) = first::<Instance>(cx, number) else { return };
            let tags = [("Name".to_owned(), format!("<{step}>"))].into();
            tag::add(<Instance as crate::resource::Resource>::NOUN, &id, &tags, cx).unwrap();
        }),
        3 => rename_groups(world, "renamed"),
        4 => world.account(|cx| {
            let Some((id, interface)) = first::<NetworkInterface>(cx, number) else { return };
            cx.put(&id, NetworkInterface { description: format!("at {step}"), ..interface });
        }),
        5 => world.account(|cx| {
            let Some((id, instance)) = first::<Instance>(cx, number) else { return };
            cx.put(&id, Instance { transition_reason: format!("{step}"), ..instance });
        }),
        _ => {
            // Launches look for it by its name.
            rename_groups(world, "default");
            let Some((id, _)) = first::<Instance>(&world.reader(), number) else { return };
            world.terminate(&id);
            world.report("n1", &id, ObservedState::Gone);
        }
    }
}

#[test]
fn kept_answers_equal_fresh_ones() {
    let mut world = World::new();
    world.node("n1", "us-east-1a", 400, 800_000);
    world.node("n2", "us-east-1b", 400, 800_000);
    let mut older = world.reader();
    for step in 0..28 {
        change(&mut world, step);
        let reader = world.reader();
        for (age, cx) in [("new", &reader), ("again", &reader), ("old", &older)] {
            let (given, fresh) = both(cx);
            assert_eq!(given, fresh, "step {step}, {age}");
        }
        older = reader;
    }
    let instances = world.reader().list::<Instance>().count();
    assert!(instances > 5, "{instances}");
}

#[test]
fn filters_see_what_is_shown() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let named = |world: &World, name: &str| {
        let filters = Some(vec![Filter { name: "tag:Name".into(), values: vec![name.into()] }]);
        let input = DescribeInstancesInput { filters, ..Default::default() };
        DescribeInstances::run(&input, &world.reader()).unwrap().reservations.len()
    };
    for name in ["one", "two"] {
        world.account(|cx| {
            let tags = [("Name".to_owned(), name.to_owned())].into();
            tag::add(<Instance as crate::resource::Resource>::NOUN, &id, &tags, cx).unwrap();
        });
        assert_eq!(
            [named(&world, "one"), named(&world, "two")],
            [usize::from(name == "one"), usize::from(name == "two")]
        );
    }
}

/// How many questions an answer asks of the records, and whether one is about nodes.
fn asked(world: &World) -> (usize, bool) {
    let (view, reads) = world.view.recording();
    let cx = Reader { view, ..world.reader() };
    DescribeInstances::run(&DescribeInstancesInput::default(), &cx).unwrap();
    let reads = reads.take();
    let about_nodes = |read: &Read| match read {
        Read::Record(key) => key.kind() == Node::KIND,
        Read::Kind(kind) | Read::Found { kind: Some(kind), .. } => **kind == *Node::KIND,
        Read::Found { kind: None, .. } => true,
    };
    (reads.len(), reads.iter().any(about_nodes))
}

#[test]
fn what_is_asked_does_not_grow_with_nodes() {
    let mut world = World::with_nodes();
    world.run_to_running();
    let few = asked(&world);
    assert!(few.0 > 0 && !few.1, "{few:?}");
    for number in 0..100 {
        world.node(&format!("more-{number}"), "us-east-1a", 4, 8192);
    }
    assert_eq!(asked(&world), few);
}
