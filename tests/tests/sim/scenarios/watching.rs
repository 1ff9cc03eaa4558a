//! Followers of changes: cut off, starved, too early.

use super::stage::Stage;
use super::watcher::{Watcher, tags};
use controlplane_raft::Sim;
use controlplane_server::replica::Followed;
use std::time::Duration;

/// Whoever hears that a revision is reached has every event up to it.
pub(super) async fn progress_ahead_of_events(sim: Sim) {
    let stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(6);
    for round in 0..60 {
        let core = stage.core(1 + round % 3);
        let mut commits = core.replica.follow();
        let from = core.replica.applied().view.revision();
        let goal = from + 1 + round % 5;
        let reached = stage.within(30, core.replica.wait_revision(goal)).await.flatten();
        let reached = reached.expect("clients write").view.revision();
        let mut told = from;
        while let Some(followed) = commits.try_next() {
            match followed {
                Followed::Commit(commit) => told = commit.after.revision(),
                Followed::Resync => told = core.replica.applied().view.revision(),
                Followed::Closed => panic!("the server runs"),
            }
        }
        assert!(told >= reached, "revision {reached} was announced, events came up to {told}");
    }
    stage.judge(working).await;
}

/// A watcher on a server that is cut off moves to another one and back, and never sees older tags than it had.
pub(super) async fn watch_after_partition(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(3);
    let mut newest = 0;
    for round in 0..8 {
        let (cut, other) = (1 + round % 3, 1 + (round + 1) % 3);
        let first = Watcher::start(&stage, cut, newest);
        stage.pause_up_to(1_500).await;
        stage.region.servers.network.partition(&[cut], &stage.region.servers.ids());
        stage.pause_up_to(3_000).await;
        newest = newest.max(first.held().revision);
        let second = Watcher::start(&stage, other, newest);
        stage.region.until("the second watch begins", 30, |_| second.held().began.is_some()).await;
        stage.pause_up_to(1_000).await;
        let held = second.held().clone();
        assert!(held.began.is_some_and(|began| began >= newest), "from {newest} back: {held:?}");
        assert!(held.changes.iter().all(|(revision, _)| *revision > newest), "older than {newest}: {held:?}");
        newest = newest.max(held.revision);
        stage.region.servers.network.heal();
    }
    stage.judge(working).await;
}

/// Many requests of one batch write the same record: everybody who watches is told of each write once.
pub(super) async fn doubled_events(sim: Sim) {
    let stage = Stage::new(&sim, 3).await;
    let watchers: Vec<Watcher> = (1..=3).map(|id| Watcher::start(&stage, id, 0)).collect();
    stage
        .region
        .until("all watches begin", 30, |_| watchers.iter().all(|it| it.held().began.is_some()))
        .await;
    let working = stage.busy_clients(12);
    stage.region.sleep(Duration::from_secs(5)).await;
    stage.judge(working).await;
    stage.region.sleep(Duration::from_secs(1)).await;
    let lists: Vec<_> = watchers.iter().map(|watcher| watcher.held().changes.clone()).collect();
    assert!(lists[0].len() > 50, "{} changes", lists[0].len());
    for list in &lists {
        // A commit that wrote the record twice tells of both; one told twice would differ from the other servers' lists.
        let astray = list.windows(2).find(|pair| pair[0].0 > pair[1].0);
        assert_eq!(astray, None, "in order");
        let since =
            list.first().map(|(revision, _)| *revision).max(lists[0].first().map(|(revision, _)| *revision));
        let from =
            |list: &[(u64, _)]| list.iter().filter(|(at, _)| Some(*at) >= since).cloned().collect::<Vec<_>>();
        assert_eq!(from(list), from(&lists[0]), "the same on every server");
    }
}

/// A follower that does not read is told that it missed something; it is never silently short of events.
pub(super) async fn starving_watcher(sim: Sim) {
    let stage = Stage::new(&sim, 1).await;
    let core = stage.core(1);
    let mut starved = core.replica.follow();
    let mut last = core.replica.applied().view.revision();
    // More than a follower may be behind.
    stage.write_many(1_100).await;
    let mut resyncs = 0;
    while let Some(followed) = starved.try_next() {
        match followed {
            Followed::Commit(commit) if resyncs > 0 && commit.after.revision() <= last => {}
            Followed::Commit(commit) => {
                assert_eq!(commit.before.revision(), last, "a gap nobody told of");
                last = commit.after.revision();
            }
            Followed::Resync => {
                resyncs += 1;
                last = core.replica.applied().view.revision();
            }
            Followed::Closed => panic!("the server runs"),
        }
    }
    assert_eq!(resyncs, 1, "it was told once");
    stage.judge(Vec::new()).await;
}

/// Waiting for a revision that is not there yet ends when it is there, on every server, and not before.
pub(super) async fn future_revision_is_waited_for(sim: Sim) {
    let stage = Stage::new(&sim, 3).await;
    for round in 0..20 {
        stage.level().await;
        let goal = stage.revision(1) + 3;
        for id in 1..=3 {
            let early = stage.within(2, stage.core(id).replica.wait_revision(goal)).await;
            assert!(early.is_none(), "round {round}: server {id} announced {goal} before it was there");
        }
        stage.write_many(4).await;
        for id in 1..=3 {
            let reached = stage.within(10, stage.core(id).replica.wait_revision(goal)).await.flatten();
            assert!(reached.is_some_and(|applied| applied.view.revision() >= goal), "server {id}");
        }
    }
    stage.judge(Vec::new()).await;
}

/// Whoever asks for what comes after a future revision gets nothing older.
pub(super) async fn no_events_before_a_future_revision(sim: Sim) {
    let stage = Stage::new(&sim, 3).await;
    for _ in 0..8 {
        stage.level().await;
        let after = stage.revision(1) + 4;
        let watchers: Vec<Watcher> = (1..=3).map(|id| Watcher::start(&stage, id, after)).collect();
        stage.write_many(12).await;
        stage.level().await;
        stage.region.sleep(Duration::from_millis(500)).await;
        for (id, watcher) in (1..).zip(&watchers) {
            let held = watcher.held();
            assert!(!held.changes.is_empty(), "server {id}: no events behind {after}");
            assert!(held.changes.iter().all(|(revision, _)| *revision > after), "server {id}: {held:?}");
            assert_eq!(held.tags, tags(&stage.core(id).replica.applied().view), "server {id}");
        }
    }
    stage.judge(Vec::new()).await;
}
