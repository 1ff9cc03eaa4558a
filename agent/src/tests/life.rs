//! The life of instances under a control plane that works.

use super::*;
use crate::backend::{Backend, InstanceState};
use crate::testing::objects::{digest, generation, image, object};
use Target::{Running, Stopped, Terminated};
use controlplane_proto::agent::object::Object as O;

#[test]
fn an_instance_starts_and_is_reported_with_its_run() {
    on_a_node(|node| async move {
        node.plane.desire(5, with(&[(1, 3, Running)]));
        let status = node.until_state("i-1", State::Running).await;
        assert_eq!((status.run, status.restarts), (3, 0));
        assert!(status.started_at_ms > 0);
        node.until("networks in force", |node| node.plane.told().applied == Some(generation(5))).await;
        assert_eq!(node.machine.network().interfaces["eni-1"].instance_id, "i-1");
        assert_eq!(node.machine.metadata()[0].1[0].id, "eni-1");
        assert!(node.errors().is_empty());
        let report = node.plane.told().reports.pop().unwrap();
        assert_eq!((report.boot_id.as_str(), report.generation), ("node-1-boot-1", Some(generation(5))));
    });
}

#[test]
fn a_first_process_that_ends_is_reported_and_left() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        assert!(node.machine.end_process("i-1", 137, 9));
        let status = node.until_state("i-1", State::Exited).await;
        assert_eq!((status.run, status.exit_code, status.signal), (1, 137, 9));
        node.pass(120).await;
        assert_eq!(node.state("i-1"), Some(State::Exited), "the control plane decides, not the agent");
        assert!(node.machine.network().interfaces.is_empty(), "its address is free");
    });
}

#[test]
fn credentials_are_there_before_anybody_asks_and_outlast_a_session() {
    on_a_node(|node| async move {
        let mut objects = with(&[(1, 1, Running), (2, 1, Running)]);
        for object in &mut objects {
            if let Some(O::Instance(instance)) =
                object.object.as_mut().filter(|it| matches!(it, O::Instance(it) if it.id == "i-1"))
            {
                instance.metadata.get_or_insert_default().instance_profile_arn = "web".into();
            }
        }
        node.plane.desire(1, objects);
        node.until("credentials", |node| node.machine.credentials("i-1").is_some()).await;
        assert_eq!(node.machine.credentials("i-1").unwrap().access_key_id, "ASIA1");
        node.plane.set_unreachable(true);
        node.pass(60).await;
        node.plane.set_unreachable(false);
        node.pass(600).await;
        assert_eq!(node.plane.told().credentials, ["i-1"]);
        node.pass(3600).await;
        assert_eq!(node.plane.told().credentials, ["i-1", "i-1"], "renewed within the hour");
    });
}

#[test]
fn stop_keeps_the_root_and_the_next_run_starts_on_it() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.plane.desire(2, with(&[(1, 1, Stopped)]));
        node.until_state("i-1", State::Stopped).await;
        let seen = node.machine.instances().await.unwrap();
        assert_eq!(seen[0].state, InstanceState::Stopped);
        node.plane.desire(3, with(&[(1, 2, Running)]));
        assert_eq!(node.until_state("i-1", State::Running).await.run, 2);
    });
}

#[test]
fn a_higher_run_means_stop_and_start() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.plane.desire(2, with(&[(1, 2, Running)]));
        node.until("the second run", |node| {
            node.status("i-1").is_some_and(|it| it.run == 2 && it.state() == State::Running)
        })
        .await;
    });
}

#[test]
fn terminated_and_absent_instances_go_without_a_trace() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running), (3, 1, Running)]));
        for id in ["i-1", "i-2", "i-3"] {
            node.until_state(id, State::Running).await;
        }
        node.plane.desire(2, with(&[(1, 1, Terminated), (3, 1, Running)]));
        node.until_state("i-1", State::Gone).await;
        node.until_state("i-2", State::Gone).await;
        assert_eq!(node.state("i-3"), Some(State::Running));
        let left: Vec<_> = node.machine.instances().await.unwrap().into_iter().map(|it| it.id).collect();
        assert_eq!(left, ["i-3"]);
        node.until("no interface left", |node| node.machine.network().interfaces.len() == 1).await;
    });
}

#[test]
fn nothing_is_told_gone_while_it_is_still_starting() {
    for target in [None, Some(Terminated)] {
        on_a_node(|node| async move {
            node.plane.desire(1, with(&[]));
            node.pass(1).await;
            node.machine.faults(|faults| faults.slow_start = Duration::from_secs(3));
            node.plane.desire(2, with(&[(1, 1, Running)]));
            node.until_state("i-1", State::Pending).await;
            node.pass(1).await;
            node.plane.desire(3, with(&target.map(|target| (1, 1, target)).into_iter().collect::<Vec<_>>()));
            node.pass(1).await;
            assert_eq!(node.state("i-1"), Some(State::Pending), "nobody knows yet what will be there");
            node.until_state("i-1", State::Gone).await;
            let told = node.plane.told().reports;
            let states: Vec<_> =
                told.iter().flat_map(|report| &report.instances).map(|it| it.state()).collect();
            assert_eq!(states.iter().filter(|state| **state == State::Gone).count(), 1, "{states:?}");
            assert!(node.machine.instances().await.unwrap().is_empty());
        });
    }
}

#[test]
fn never_started_instances_can_be_stopped_and_terminated() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Stopped), (2, 1, Terminated)]));
        node.until_state("i-1", State::Stopped).await;
        node.until_state("i-2", State::Gone).await;
        assert!(node.machine.instances().await.unwrap().is_empty());
    });
}

#[test]
fn starts_run_side_by_side_but_bounded() {
    on_a_node(|node| async move {
        let many: Vec<_> = (1..=100).map(|number| (number, 1, Running)).collect();
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let begin = node.runtime.monotonic();
        node.plane.desire(2, with(&many));
        node.until("100 run", |node| {
            let statuses = node.plane.told().statuses;
            statuses.values().filter(|status| status.state() == State::Running).count() == 100
        })
        .await;
        let took = node.runtime.monotonic() - begin;
        // 99 starts of 50 ms, eight at a time: thirteen rounds.
        assert!(took >= Duration::from_millis(650) && took < Duration::from_millis(900), "{took:?}");
    });
}

#[test]
fn unused_images_stay_for_a_while() {
    on_a_node(|node| async move {
        let mut objects = with(&[]);
        objects.push(object(O::Image(image("ami-2"))));
        node.plane.desire(1, objects);
        let mut digests = Vec::new();
        while digests.len() < 2 {
            node.pass(1).await;
            digests = node.machine.images().await.unwrap();
        }
        node.plane.desire(2, with(&[]));
        node.pass(590).await;
        assert_eq!(node.machine.images().await.unwrap().len(), 2);
        node.pass(15).await;
        assert_eq!(node.machine.images().await.unwrap(), [digest("ami-1")]);
    });
}

#[test]
fn imported_images_are_fetched_and_verified() {
    const DIGEST: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    on_a_node(|node| async move {
        let mut imported = image("ami-9");
        (imported.source, imported.digest) = ("import".into(), DIGEST.into());
        let objects = vec![object(O::Image(imported))];
        node.plane.add_archive(DIGEST, b"not hello");
        node.plane.desire(1, objects);
        node.pass(5).await;
        assert!(node.machine.images().await.unwrap().is_empty(), "a wrong archive is not unpacked");
        node.plane.add_archive(DIGEST, b"hello");
        node.pass(60).await;
        assert_eq!(node.machine.images().await.unwrap(), [DIGEST]);
    });
}

#[test]
fn a_process_carries_a_hundred_nodes_with_a_thousand_instances() {
    let world = Virtual::new(3);
    let nodes: Vec<Node> = (0..100).map(|_| Node::new(&world)).collect();
    world.block_on(async {
        let ten: Vec<_> = (1..=10).map(|number| (number, 1, Running)).collect();
        for node in &nodes {
            node.plane.desire(1, with(&ten));
        }
        for node in &nodes {
            node.until("ten run", |node| {
                let statuses = node.plane.told().statuses;
                statuses.len() == 10 && statuses.values().all(|status| status.state() == State::Running)
            })
            .await;
        }
    });
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |seed| {
        let world = Virtual::new(seed);
        let node = Node::new(&world);
        world.block_on(async {
            let error = crate::backend::BackendError::Retry("flaky".into());
            node.machine.faults(|faults| drop(faults.starts.insert("*".into(), (5, error))));
            node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running), (3, 1, Running)]));
            node.until_state("i-1", State::Running).await;
            node.until_state("i-3", State::Running).await;
            (format!("{:?}", node.plane.told()), node.runtime.monotonic())
        })
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1).0, story(99).0, "jitter comes from the seed");
}
