//! A snapshot that is installed while the power goes, at every step that changes a disk: afterwards the member has the
//! records of before or those of the snapshot, and the next attempt brings it level.

use super::cluster::Cluster;
use crate::node::Leadership;
use crate::runtime::Sim;
use crate::store::Fuse;
use crate::{NodeId, State};
use std::time::Duration;

const BEHIND: NodeId = 3;
/// More steps than any install takes; a loop that reaches it does not end by itself.
const MANY: u64 = 1_000;

/// What became of one attempt.
struct Attempt {
    blown: bool,
    /// Records right after the power came back.
    found: State,
    wanted: State,
    level: State,
}

#[test]
fn an_interrupted_install_leaves_the_old_or_the_new_records_and_can_be_repeated() {
    let (mut old, mut new) = (0, 0);
    for steps in 0..MANY {
        let sim = Sim::new(steps);
        let attempt = sim.block_on(attempt(&sim, steps)).unwrap();
        assert_eq!(attempt.level, attempt.wanted, "power cut before step {steps}");
        match attempt.found.records.len() {
            1 => old += 1,
            count if count == attempt.wanted.records.len() => new += 1,
            count => panic!("power cut before step {steps}: {count} records, neither old nor new"),
        }
        if !attempt.blown {
            assert!(old > 3 && new > 1, "{old} crash points left the old records, {new} the new");
            return;
        }
    }
    panic!("the install takes more than {MANY} steps");
}

/// Member 3 is far behind, and its power goes before so many steps of its return.
async fn attempt(sim: &Sim, steps: u64) -> Attempt {
    let mut cluster = Cluster::new(sim, 3);
    (cluster.timing.entries_per_snapshot, cluster.timing.entries_kept) = (10, 0);
    for id in cluster.ids() {
        cluster.start(id).await;
    }
    cluster.put("before", "1").await;
    cluster.wait_until_level().await;
    cluster.node(BEHIND).shutdown().await;
    cluster.kill(BEHIND);
    for round in 0..30 {
        cluster.put(&format!("k{round:02}"), "v").await;
    }
    let fuse = cluster.fuse(BEHIND, steps);
    let blown = !returns(&mut cluster, &fuse).await;
    fuse.remove();
    let found = found_on_disk(&mut cluster).await;
    cluster.start(BEHIND).await;
    cluster.put("after", "1").await;
    cluster.wait_until_level().await;
    let level = cluster.node(BEHIND).state().await.unwrap();
    let leader = cluster.wait_for_leader().await.0;
    let mut wanted = cluster.node(leader).state().await.unwrap();
    let found = without_after(found);
    let level_again = without_after(level.clone());
    wanted = without_after(wanted);
    Attempt { blown, found, wanted, level: level_again }
}

/// The newest record came after the moment that is looked at.
fn without_after(mut state: State) -> State {
    state.records.retain(|(key, _)| key != "after");
    state
}

/// Whether the member came level before its power went.
async fn returns(cluster: &mut Cluster, fuse: &Fuse) -> bool {
    if cluster.try_start(BEHIND, &[1, 2, 3]).await.is_err() {
        return false;
    }
    for _ in 0..2_000 {
        let stopped = *cluster.node(BEHIND).leadership().borrow() == Leadership::Stopped;
        if fuse.is_blown() || stopped {
            cluster.kill(BEHIND);
            return false;
        }
        let (leader, _) = cluster.wait_for_leader().await;
        if cluster.node(BEHIND).applied_index() == cluster.node(leader).metrics().last_log {
            cluster.kill(BEHIND);
            return true;
        }
        cluster.sleep(Duration::from_millis(10)).await;
    }
    panic!("the member neither came level nor stopped");
}

/// What the member holds by itself, the others being out of reach.
async fn found_on_disk(cluster: &mut Cluster) -> State {
    let others: Vec<_> = cluster.ids().into_iter().filter(|id| *id != BEHIND).collect();
    cluster.network.partition(&[BEHIND], &cluster.ids());
    cluster.start(BEHIND).await;
    let state = cluster.node(BEHIND).state().await.unwrap();
    assert!(!others.is_empty());
    cluster.kill(BEHIND);
    cluster.network.heal();
    state
}
