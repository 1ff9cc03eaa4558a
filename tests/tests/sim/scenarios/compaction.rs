//! Snapshots, purged logs, and servers that come back behind them.

use super::stage::Stage;
use super::watcher::{Watcher, tags};
use controlplane_raft::{NodeId, Sim};
use std::time::Duration;
use tests::sim::register::Wish;

const ROUNDS: usize = 10;

/// A server loses its power while it writes a snapshot or purges its log.
pub(super) async fn crash_while_compacting(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(4);
    for _ in 0..ROUNDS {
        stage.pause_up_to(800).await;
        let id = 1 + stage.random.below(3);
        stage.compact(id).await;
        stage.pause_up_to(8).await;
        stage.region.servers.power_off(id);
        stage.pause_up_to(500).await;
        stage.region.servers.start(id).await;
    }
    stage.judge(working).await;
}

/// All servers lose their power in the middle of it: nobody reads an older revision afterwards.
pub(super) async fn revision_after_crash(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let mut working = stage.busy_clients(3);
    working.push(stage.workload.read_revisions("revisions"));
    for _ in 0..ROUNDS {
        stage.pause_up_to(1_200).await;
        for id in stage.region.servers.ids() {
            stage.compact(id).await;
        }
        stage.pause_up_to(6).await;
        let ids = stage.region.servers.ids();
        ids.iter().for_each(|id| stage.region.servers.power_off(*id));
        for id in ids {
            stage.region.servers.start(id).await;
        }
    }
    stage.judge(working).await;
}

/// Makes server `id` so late that only a snapshot helps, and lets it have one.
async fn fall_behind(stage: &Stage, id: NodeId) {
    stage.region.servers.network.partition(&[id], &stage.region.servers.ids());
    stage.write_many(8).await;
    for other in stage.region.servers.ids().into_iter().filter(|other| *other != id) {
        stage.compact(other).await;
    }
    stage.write_many(8).await;
}

/// A server gets one snapshot while another is on its way.
pub(super) async fn two_snapshots(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    for _ in 0..2 {
        let (leader, _) = stage.region.elected().await;
        let late = stage.region.servers.ids().into_iter().find(|id| *id != leader).expect("another");
        fall_behind(&stage, late).await;
        for _ in 0..2 {
            stage.region.servers.network.heal();
            stage.pause_up_to(30).await;
            fall_behind(&stage, late).await;
        }
        stage.region.servers.network.heal();
        stage.level().await;
        assert!(stage.region.servers.core(late).is_some(), "it lives");
    }
    stage.judge(Vec::new()).await;
}

/// A delete whose entry is purged at once is told to everybody who watches, wherever.
pub(super) async fn compacted_delete(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let watchers: Vec<Watcher> = (1..=3).map(|id| Watcher::start(&stage, id, 0)).collect();
    stage.region.sleep(Duration::from_secs(1)).await;
    let rounds = 6;
    for _ in 0..rounds {
        stage.write(0).await;
        stage.empty(0).await;
        for id in stage.region.servers.ids() {
            stage.compact(id).await;
        }
        stage.pause_up_to(50).await;
    }
    stage.level().await;
    stage.region.sleep(Duration::from_secs(1)).await;
    for watcher in &watchers {
        let held = watcher.held();
        let deletes = held.changes.iter().filter(|(_, tags)| tags.is_none()).count();
        assert!(deletes >= rounds || held.resyncs > 0, "{deletes} of {rounds} deletes were told: {held:?}");
    }
    stage.judge(Vec::new()).await;
}

/// Compare-and-swap while servers compact, fall behind and are brought back by snapshots.
pub(super) async fn swaps_across_compaction(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(4);
    let name = stage.registers.iter().position(|register| register.swaps()).expect("a name");
    let mut held = 0;
    for round in 0..4 {
        let next = 50_000 + round as u64;
        stage.wish(name, Wish::Swap(held, next)).await;
        held = next;
        let id = 1 + stage.random.below(3);
        fall_behind(&stage, id).await;
        stage.wish(name, Wish::Swap(held, next + 500)).await;
        stage.region.servers.network.heal();
        stage.pause_up_to(400).await;
    }
    stage.judge(working).await;
}

/// A watch that begins at the very revision at which a delete was compacted knows of it, one way or the other.
pub(super) async fn watch_begins_at_compaction(sim: Sim) {
    let stage = Stage::new(&sim, 3).await;
    let mut watchers = Vec::new();
    for round in 0..ROUNDS {
        stage.write(0).await;
        let id = 1 + round as u64 % 3;
        let early = Watcher::start(&stage, id, 0);
        stage.empty(0).await;
        stage.compact(id).await;
        watchers.extend([(id, early), (id, Watcher::start(&stage, id, 0))]);
    }
    stage.level().await;
    stage.region.sleep(Duration::from_secs(1)).await;
    for (id, watcher) in watchers {
        let held = watcher.held();
        assert!(held.began.is_some(), "the watch on server {id} never began");
        assert_eq!(held.tags, tags(&stage.core(id).replica.applied().view), "server {id}: {held:?}");
        assert!(held.changes.iter().all(|(revision, _)| Some(*revision) > held.began), "{held:?}");
    }
    stage.judge(Vec::new()).await;
}
