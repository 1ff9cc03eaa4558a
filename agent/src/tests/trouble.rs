//! Faults of machine, disk and control plane.

use super::*;
use crate::backend::BackendError;
use crate::testing::objects::{digest, generation};
use Target::Running;
use controlplane_proto::agent::Generation;
use controlplane_proto::desired::DesiredSet;

fn retry(text: &str) -> BackendError {
    BackendError::Retry(text.into())
}

fn permanent(text: &str) -> BackendError {
    BackendError::Permanent(text.into())
}

#[test]
fn failed_starts_are_tried_again_with_pauses() {
    on_a_node(|node| async move {
        node.machine.faults(|faults| drop(faults.starts.insert("i-1".into(), (4, retry("no memory")))));
        let begin = node.runtime.monotonic();
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running)]));
        node.until_state("i-2", State::Running).await;
        let status = node.until_state("i-1", State::Pending).await;
        assert_eq!(status.reason, "no memory");
        node.until_state("i-1", State::Running).await;
        // 0.5 + 1 + 2 + 4 s, each at least half.
        assert!(node.runtime.monotonic() - begin >= Duration::from_millis(3750));
    });
}

#[test]
fn a_permanent_failure_stands_until_the_desired_state_changes() {
    on_a_node(|node| async move {
        node.machine
            .faults(|faults| drop(faults.starts.insert("i-1".into(), (1, permanent("no such program")))));
        node.plane.desire(1, with(&[(1, 1, Running)]));
        let status = node.until_state("i-1", State::Failed).await;
        assert_eq!((status.run, status.reason.as_str()), (1, "no such program"));
        node.pass(300).await;
        assert_eq!(node.state("i-1"), Some(State::Failed), "not tried again");
        node.plane.desire(2, with(&[(1, 2, Running)]));
        assert_eq!(node.until_state("i-1", State::Running).await.run, 2);
    });
}

#[test]
fn a_missing_image_fails_its_instances_only() {
    on_a_node(|node| async move {
        node.machine.faults(|faults| faults.missing_images.extend([digest("ami-1")]));
        node.plane.desire(1, with(&[(1, 1, Running)]));
        let status = node.until_state("i-1", State::Failed).await;
        assert_eq!(status.reason, "there is no image builtin:web");
        assert_eq!(node.errors(), ["there is no image builtin:web"]);
    });
}

#[test]
fn no_instance_starts_behind_a_group_that_is_not_in_force() {
    on_a_node(|node| async move {
        node.machine.faults(|faults| drop(faults.network.insert("sg-1".into(), retry("nft: busy"))));
        node.plane.desire(1, with(&[(1, 1, Running)]));
        let waits =
            |node: &Node| node.status("i-1").is_some_and(|it| it.reason == "security_group sg-1: nft: busy");
        node.until("waits for the group", waits).await;
        node.pass(30).await;
        assert_eq!(node.state("i-1"), Some(State::Pending));
        assert_eq!(node.errors(), ["nft: busy"]);
        assert_eq!(node.plane.told().applied, None, "not all networks are in force");
        node.machine.faults(|faults| faults.network.clear());
        node.until_state("i-1", State::Running).await;
        node.until("in force", |node| node.plane.told().applied == Some(generation(1))).await;
    });
}

#[test]
fn an_impossible_interface_fails_its_instance() {
    on_a_node(|node| async move {
        node.machine.faults(|faults| drop(faults.network.insert("eni-1".into(), permanent("address taken"))));
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running)]));
        assert_eq!(
            node.until_state("i-1", State::Failed).await.reason,
            "network_interface eni-1: address taken"
        );
        node.until_state("i-2", State::Running).await;
        node.pass(100).await;
        assert_eq!(node.state("i-1"), Some(State::Failed), "it does not flap");
        let reports = node.plane.told().reports.len();
        assert!(reports < 10, "{reports} reports");
    });
}

#[test]
fn changes_behind_the_agents_back_are_repaired() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.machine.drift(|network| network.security_groups.clear());
        node.until("repaired", |node| node.machine.network().security_groups.len() == 1).await;
    });
}

#[test]
fn a_failing_stop_is_tried_again() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.machine.faults(|faults| drop(faults.stops.insert("i-1".into(), (3, retry("still busy")))));
        node.plane.desire(2, with(&[]));
        node.until("told why", |node| node.status("i-1").is_some_and(|it| it.reason == "still busy")).await;
        node.until_state("i-1", State::Gone).await;
    });
}

#[test]
fn a_machine_that_cannot_be_observed_is_left_alone_and_told() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.machine.faults(|faults| faults.blind = Some(retry("input/output error")));
        node.plane.desire(2, with(&[]));
        let told = "the machine cannot be observed: input/output error";
        node.until("told", |node| node.errors().iter().any(|error| error == told)).await;
        assert_eq!(node.state("i-1"), Some(State::Running), "nobody knows better");
        node.machine.faults(|faults| faults.blind = None);
        node.until_state("i-1", State::Gone).await;
        assert!(node.errors().is_empty());
    });
}

#[test]
fn a_set_that_is_not_in_the_ledger_is_not_acted_on() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[]));
        node.until("in force", |node| node.plane.told().applied == Some(generation(1))).await;
        node.machine.disk().set_full(true);
        node.plane.desire(2, with(&[(1, 1, Running)]));
        node.until("told", |node| node.errors().iter().any(|error| error.contains("no space left"))).await;
        node.pass(60).await;
        assert_eq!(node.state("i-1"), None);
        node.machine.disk().set_full(false);
        node.until_state("i-1", State::Running).await;
        assert!(node.errors().is_empty());
    });
}

#[test]
fn an_older_generation_and_another_cluster_are_refused() {
    on_a_node(|node| async move {
        node.plane.desire(5, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let empty = DesiredSet::default();
        let elsewhere = Generation { cluster_id: "elsewhere".into(), incarnation: 9, index: 9 };
        for (generation, reason) in [
            (generation(4), "desired set refused: generation 1.4 is older than 1.5, which is in force"),
            (
                elsewhere,
                "desired set refused: the set is of cluster \"elsewhere\", this node belongs to \"cluster\"",
            ),
        ] {
            node.plane.send_desired(empty.to_full(generation));
            node.until(reason, |node| node.errors().iter().any(|error| error == reason)).await;
        }
        node.pass(30).await;
        assert_eq!(node.state("i-1"), Some(State::Running));
        assert_eq!(node.plane.told().hellos.len(), 1, "asking again would bring the same");
        node.plane.desire(6, with(&[(1, 1, Running)]));
        node.until("well again", |node| node.errors().is_empty()).await;
    });
}

/// As after an upgrade of the servers alone: what the set says may mean anything, so none of it is acted on, and all that runs
/// goes on.
#[test]
fn a_set_of_a_later_version_is_refused_whole_and_told() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let later = DesiredSet::from_objects(with(&[(2, 1, Running)])).unwrap();
        let mut new_field = later.to_full(generation(2));
        new_field.hash = vec![7; 32];
        let mut new_kind = later.to_full(generation(3));
        new_kind.objects.push(Object { object: None });
        for (message, reason) in [
            (new_field, "the hash of the resulting set differs from the sender's"),
            (new_kind, "an object of the desired set is of a kind this version does not know"),
        ] {
            node.plane.send_desired(message);
            let told = |node: &Node| node.errors().iter().any(|error| error.ends_with(reason));
            node.until(reason, told).await;
        }
        node.pass(30).await;
        assert_eq!((node.state("i-1"), node.state("i-2")), (Some(State::Running), None));
        assert_eq!(node.plane.told().hellos.len(), 1, "asking again would bring the same");
        node.plane.send_desired(later.to_full(generation(4)));
        node.until_state("i-2", State::Running).await;
        node.until("well again", |node| node.errors().is_empty()).await;
    });
}

#[test]
fn a_gap_asks_for_the_full_set() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[]));
        node.until("in force", |node| node.plane.told().applied == Some(generation(1))).await;
        let unknown = DesiredSet::from_objects(with(&[(9, 1, Running)])).unwrap();
        node.plane.send_desired(unknown.to_delta(&unknown, generation(7), generation(8)));
        node.until("a second hello", |node| node.plane.told().hellos.len() == 2).await;
        let full = |node: &Node| node.plane.told().reports.iter().filter(|report| report.full).count();
        node.until("a full report after it", |node| full(node) == 2).await;
        node.plane.desire(9, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        assert_eq!(node.plane.connections(), 1, "on the same stream");
    });
}

#[test]
fn a_machine_that_is_off_answers_nothing_and_comes_back() {
    on_a_node(|mut node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.kill_agent();
        node.machine.power_off();
        let heard = node.plane.told().heartbeats.len();
        node.pass(20).await;
        assert_eq!(node.plane.told().heartbeats.len(), heard);
        node.machine.reboot();
        node.start_agent();
        node.until("restarted", |node| node.status("i-1").is_some_and(|it| it.restarts == 1)).await;
    });
}
