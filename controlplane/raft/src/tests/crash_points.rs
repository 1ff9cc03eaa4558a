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

/// The leader's log begins behind this entry: only a snapshot gets a member across.
const PURGED: u64 = 20;

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
        // Keys are written in their order, so whatever was there at one moment is a beginning of what there is.
        let found = attempt.found.records.len();
        assert_eq!(attempt.found.records, attempt.wanted.records[..found], "before step {steps}");
        assert!(found == 1 || attempt.found.applied >= PURGED, "before step {steps}: neither old nor new");
        if found == 1 {
            old += 1
        } else {
            new += 1
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
    until_only_a_snapshot_helps(&cluster).await;
    let fuse = cluster.fuse(BEHIND, steps);
    let blown = !returns(&mut cluster, &fuse).await;
    fuse.remove();
    let found = found_on_disk(&mut cluster).await;
    cluster.start(BEHIND).await;
    cluster.put("later", "1").await;
    cluster.wait_until_level().await;
    let (leader, _) = cluster.wait_for_leader().await;
    let level = cluster.node(BEHIND).state().await.unwrap();
    let wanted = cluster.node(leader).state().await.unwrap();
    Attempt { blown, found, wanted, level }
}

async fn until_only_a_snapshot_helps(cluster: &Cluster) {
    for _ in 0..100 {
        let (leader, _) = cluster.wait_for_leader().await;
        if cluster.node(leader).metrics().purged > PURGED {
            return;
        }
        cluster.sleep(Duration::from_millis(100)).await;
    }
    panic!("the log is not purged");
}

/// Whether the member came level before its power went.
async fn returns(cluster: &mut Cluster, fuse: &Fuse) -> bool {
    if cluster.try_start(BEHIND, &format!("sim:{BEHIND}")).await.is_err() {
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
    cluster.network.partition(&[BEHIND], &cluster.ids());
    cluster.start(BEHIND).await;
    let state = cluster.node(BEHIND).state().await.unwrap();
    cluster.kill(BEHIND);
    cluster.network.heal();
    state
}
