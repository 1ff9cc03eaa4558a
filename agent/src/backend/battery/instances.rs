//! Instances from start to removal, over deaths of agent and machine.

use super::*;

pub(crate) async fn an_instance_starts_once(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    let before = machine.runtime().now().as_millis();
    start(machine, 1, 4).await;
    let seen = observe(machine, 1).await.unwrap();
    assert_eq!((seen.run, &seen.state), (4, &InstanceState::Running));
    assert!(seen.started_at_ms.abs_diff(before) < 60_000, "{} is not about {before}", seen.started_at_ms);
    start(machine, 1, 4).await;
    assert_eq!(observe(machine, 1).await.unwrap(), seen, "the second start changes nothing");
}

pub(crate) async fn starting_needs_the_image(machine: &mut dyn Machine) {
    assert_eq!(machine.backend().apply_network(network([1])).await, []);
    machine.backend().start(instance(1, 1), machine.image()).await.unwrap_err();
    assert_ne!(state(machine, 1).await, Some(InstanceState::Running));
}

pub(crate) async fn starting_needs_the_network(machine: &mut dyn Machine) {
    machine.backend().add_image(machine.image(), None).await.unwrap();
    machine.backend().start(instance(1, 1), machine.image()).await.unwrap_err();
    assert_ne!(state(machine, 1).await, Some(InstanceState::Running));
    assert_eq!(machine.backend().apply_network(network([1])).await, []);
    start(machine, 1, 1).await;
    assert_eq!(state(machine, 1).await, Some(InstanceState::Running));
}

pub(crate) async fn a_killed_process_is_noticed(machine: &mut dyn Machine) {
    prepare(machine, [1, 2]).await;
    start(machine, 1, 1).await;
    start(machine, 2, 1).await;
    // Both starts may be noted as one change or two; they are in the past.
    let changed = machine.backend().changed();
    tokio::select! { biased; () = changed => {} () = machine.runtime().sleep(Duration::from_millis(50)) => {} }
    machine.kill_process(&instance(1, 1).id);
    let limit = machine.runtime().sleep(Duration::from_secs(30));
    tokio::pin!(limit);
    while state(machine, 1).await == Some(InstanceState::Running) {
        tokio::select! { biased;
            () = machine.backend().changed() => {}
            () = &mut limit => panic!("nobody noticed the end of the process"),
        }
    }
    assert_eq!(state(machine, 1).await, Some(InstanceState::Exited { code: 137, signal: 9 }));
    assert_eq!(state(machine, 2).await, Some(InstanceState::Running));
}

pub(crate) async fn a_stopped_instance_keeps_its_root(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    for _ in 0..2 {
        machine.backend().stop(instance(1, 1).id, 200).await.unwrap();
        let seen = observe(machine, 1).await.unwrap();
        assert_eq!((seen.run, seen.state), (1, InstanceState::Stopped));
    }
}

pub(crate) async fn the_next_run_starts_on_the_old_root(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    assert_eq!(run(machine, 1, &["sh", "-c", "echo kept > /kept"], &[]).await.2, 0);
    machine.backend().stop(instance(1, 1).id, 200).await.unwrap();
    start(machine, 1, 2).await;
    assert_eq!(observe(machine, 1).await.map(|it| (it.run, it.state)), Some((2, InstanceState::Running)));
    assert_eq!(run(machine, 1, &["cat", "/kept"], &[]).await.0, "kept\n");
    machine.kill_process(&instance(1, 1).id);
    until(machine, "the end of run 2", || async {
        (state(machine, 1).await != Some(InstanceState::Running)).then_some(())
    })
    .await;
    start(machine, 1, 3).await;
    assert_eq!(run(machine, 1, &["cat", "/kept"], &[]).await.0, "kept\n");
}

pub(crate) async fn removing_leaves_nothing(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    assert_eq!(run(machine, 1, &["sh", "-c", "echo old > /old"], &[]).await.2, 0);
    let id = instance(1, 1).id;
    machine.backend().stop(id.clone(), 200).await.unwrap();
    for _ in 0..2 {
        machine.backend().remove(id.clone()).await.unwrap();
        assert_eq!(observe(machine, 1).await, None);
    }
    machine.backend().console(id, 0, false).await.unwrap_err();
    start(machine, 1, 2).await;
    assert_ne!(run(machine, 1, &["cat", "/old"], &[]).await.2, 0, "a new root is empty");
}

pub(crate) async fn unknown_instances_are_already_stopped_and_removed(machine: &mut dyn Machine) {
    machine.backend().stop("i-00000099".into(), 10).await.unwrap();
    machine.backend().remove("i-00000099".into()).await.unwrap();
}

pub(crate) async fn many_start_side_by_side(machine: &mut dyn Machine) {
    let numbers = 1..=8;
    prepare(machine, numbers.clone()).await;
    let (done, mut ends) = tokio::sync::mpsc::channel(8);
    for number in numbers.clone() {
        let started = machine.backend().start(instance(number, 1), machine.image());
        let done = done.clone();
        let task = async move { done.send(started.await).await.unwrap() };
        machine.runtime().spawn("start", Box::pin(task));
    }
    for _ in numbers.clone() {
        ends.recv().await.unwrap().unwrap();
    }
    for number in numbers {
        assert_eq!(state(machine, number).await, Some(InstanceState::Running), "{number}");
        assert_eq!(run(machine, number, &["hostname"], &[]).await.0, format!("host-{number}\n"));
    }
}

pub(crate) async fn a_new_agent_finds_everything(machine: &mut dyn Machine) {
    prepare(machine, [1, 2]).await;
    start(machine, 1, 1).await;
    start(machine, 2, 1).await;
    let (boot, before) = (machine.backend().boot_id(), observe(machine, 1).await);
    machine.replace_agent().await;
    assert_eq!(machine.backend().boot_id(), boot);
    assert_eq!(machine.backend().images().await.unwrap(), [machine.image().digest]);
    assert_eq!(observe(machine, 1).await, before);
    assert_eq!(machine.backend().apply_network(network([1, 2])).await, []);
    start(machine, 1, 1).await;
    assert_eq!(observe(machine, 1).await, before, "still the same process");
    assert_eq!(run(machine, 1, &["hostname"], &[]).await.0, "host-1\n");
    machine.kill_process(&instance(2, 1).id);
    until(machine, "the new agent notices an end", || async {
        (state(machine, 2).await == Some(InstanceState::Exited { code: 137, signal: 9 })).then_some(())
    })
    .await;
    machine.backend().stop(instance(1, 1).id, 200).await.unwrap();
    machine.backend().remove(instance(1, 1).id).await.unwrap();
    assert_eq!(observe(machine, 1).await, None);
}

pub(crate) async fn a_boot_leaves_roots_and_nothing_else(machine: &mut dyn Machine) {
    prepare(machine, [1, 2]).await;
    start(machine, 1, 5).await;
    start(machine, 2, 1).await;
    assert_eq!(run(machine, 1, &["sh", "-c", "echo kept > /kept"], &[]).await.2, 0);
    let boot = machine.backend().boot_id();
    machine.reboot().await;
    assert_ne!(machine.backend().boot_id(), boot);
    assert_eq!(machine.backend().images().await.unwrap(), [machine.image().digest]);
    for (number, run) in [(1, 5), (2, 1)] {
        let seen = observe(machine, number).await.unwrap();
        assert_eq!((seen.run, seen.state), (run, InstanceState::Stopped));
    }
    assert_eq!(machine.backend().apply_network(network([1])).await, []);
    start(machine, 1, 5).await;
    assert_eq!(run(machine, 1, &["cat", "/kept"], &[]).await.0, "kept\n");
    machine.backend().remove(instance(2, 1).id).await.unwrap();
    assert_eq!(observe(machine, 2).await, None);
}
