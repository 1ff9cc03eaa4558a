//! What agents do by themselves: after their own death, after a boot of the machine, without a control plane.

use super::*;
use crate::backend::Backend;
use Target::{Running, Stopped};

#[test]
fn a_new_agent_adopts_what_runs() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        let before = node.until_state("i-1", State::Running).await;
        node.kill_agent();
        node.pass(10).await;
        node.start_agent();
        node.until("a second hello", |node| node.plane.told().hellos.len() == 2).await;
        node.pass(5).await;
        assert_eq!(node.status("i-1"), Some(before), "not restarted");
        let hello = node.plane.told().hellos.pop().unwrap();
        assert_eq!(hello.generation.map(|it| it.index), Some(1));
        assert!(!hello.desired_hash.is_empty());
    });
}

#[test]
fn after_a_boot_the_ledger_alone_brings_everything_back() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Stopped), (3, 1, Running)]));
        for (id, state) in [("i-1", State::Running), ("i-2", State::Stopped), ("i-3", State::Running)] {
            node.until_state(id, state).await;
        }
        node.machine.end_process("i-3", 1, 0);
        node.until_state("i-3", State::Exited).await;

        node.plane.set_unreachable(true);
        node.kill_agent();
        node.machine.reboot();
        assert!(node.machine.network().vpcs.is_empty());
        node.start_agent();
        node.until("restored without a control plane", |node| {
            let observed = node.agent.as_ref().unwrap().observed().borrow().clone();
            observed.is_some_and(|it| it.instances.get("i-1").is_some_and(|it| it.state() == State::Running))
        })
        .await;
        assert_eq!(node.machine.network().interfaces.keys().collect::<Vec<_>>(), ["eni-1"]);

        node.plane.set_unreachable(false);
        node.until("told again", |node| node.plane.told().hellos.len() == 2).await;
        let status = node.until_state("i-1", State::Running).await;
        assert_eq!((status.run, status.restarts), (1, 1));
        assert_eq!(node.until_state("i-3", State::Exited).await.exit_code, 1, "it had ended before");
        assert_eq!(node.state("i-2"), Some(State::Stopped));
        assert_eq!(node.plane.told().reports.pop().unwrap().boot_id, "node-1-boot-2");
    });
}

#[test]
fn each_boot_counts_once() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        for boots in 1..=3 {
            node.kill_agent();
            node.machine.reboot();
            node.start_agent();
            node.until("counted", |node| node.status("i-1").is_some_and(|it| it.restarts == boots)).await;
        }
    });
}

#[test]
fn an_agent_that_never_met_a_control_plane_touches_nothing() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.kill_agent();
        // The same machine with an empty ledger: its data folder was lost.
        let empty = SimMachine::new(node.runtime.clone(), SimConfig::new("other"));
        node.plane = Plane::new(node.runtime.clone());
        let agent = Agent::start(AgentConfig {
            node: "node-1".into(),
            labels: BTreeMap::new(),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: String::new(),
            timing: Timing::default(),
            ledger: Arc::new(empty.disk()),
            backend: Arc::new(node.machine.clone()),
            runtime: node.runtime.clone(),
            connect: Arc::new(node.plane.clone()),
        });
        node.agent = Some(agent.unwrap());
        node.pass(100).await;
        assert_eq!(node.until_state("i-1", State::Running).await.run, 1, "told, not touched");
        assert_eq!(node.machine.network().interfaces.len(), 1);
        assert_eq!(node.plane.told().hellos[0].generation, None);
    });
}

#[test]
fn a_root_that_vanished_is_not_replaced_by_an_empty_one() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.kill_agent();
        node.machine.stop("i-1".into(), 0).await.unwrap();
        node.machine.remove("i-1".into()).await.unwrap();
        node.start_agent();
        let status = node.until_state("i-1", State::Gone).await;
        assert_eq!(status.reason, "its root file system is no longer on the machine");
    });
}

#[test]
fn shutdown_leaves_instances_running() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let begin = node.runtime.monotonic();
        node.agent.take().unwrap().shutdown().await;
        assert!(node.runtime.monotonic() - begin < Duration::from_secs(1));
        let seen = node.machine.instances().await.unwrap();
        assert_eq!(seen[0].state, crate::backend::InstanceState::Running);
    });
}
