//! How fast leadership moves, and that it does not move without need.

use super::cluster::Cluster;
use crate::runtime::sim::Sim;
use crate::transport::sim::Weather;
use crate::{ClockWarning, NodeId, TransferError};
use std::time::Duration;

fn others(cluster: &Cluster, id: NodeId) -> Vec<NodeId> {
    cluster.ids().into_iter().filter(|other| *other != id).collect()
}

/// The time until a write is acknowledged by a survivor, after `end` has been done to the leader.
async fn gap(cluster: &mut Cluster, end: fn(&mut Cluster, NodeId)) -> Duration {
    cluster.put("before", "v").await;
    cluster.wait_until_level().await;
    cluster.sleep(Duration::from_secs(2)).await;
    let (leader, _) = cluster.wait_for_leader().await;
    let began = cluster.sim.now();
    end(cluster, leader);
    let ids = others(cluster, leader);
    let moved = |cluster: &Cluster| cluster.leader().is_some_and(|(id, _)| ids.contains(&id));
    cluster.until("a survivor leads", moved).await;
    cluster.put("after", "v").await;
    cluster.sim.now() - began
}

fn measure(count: u64, end: fn(&mut Cluster, NodeId)) -> Vec<Duration> {
    let mut gaps: Vec<_> = (0..15)
        .map(|seed| {
            let sim = Sim::new(seed);
            sim.block_on(async {
                let mut cluster = Cluster::all(&sim, count).await;
                gap(&mut cluster, end).await
            })
            .unwrap()
        })
        .collect();
    gaps.sort();
    println!("{count} servers: median {:?}, worst {:?}", gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    gaps
}

#[test]
fn the_end_of_the_leaders_process_is_news() {
    for count in [3, 5] {
        let gaps = measure(count, |cluster, leader| cluster.kill(leader));
        assert!(gaps[gaps.len() / 2] < Duration::from_millis(100), "{gaps:?}");
        assert!(gaps[gaps.len() - 1] < Duration::from_millis(300), "{gaps:?}");
    }
}

#[test]
fn silence_is_noticed() {
    for count in [3, 5] {
        let gaps = measure(count, |cluster, leader| {
            let ids = cluster.ids();
            cluster.network.partition(&[leader], &ids);
        });
        assert!(gaps[gaps.len() / 2] > Duration::from_millis(500), "silence is not proof: {gaps:?}");
        // In turns: nobody stands at the same time as another, which would cost a second round.
        assert!(gaps[gaps.len() - 1] < Duration::from_millis(700), "{gaps:?}");
    }
}

/// A follower says what its newest entry is: nobody searches for it, however long the log is.
#[test]
fn a_new_leader_knows_its_followers_at_once() {
    let handover = |entries: usize| {
        let sim = Sim::new(1);
        let test = async {
            let cluster = Cluster::all(&sim, 3).await;
            for number in 0..entries {
                cluster.put(&number.to_string(), "v").await;
            }
            cluster.wait_until_level().await;
            let (leader, _) = cluster.wait_for_leader().await;
            let next = others(&cluster, leader)[0];
            let delay = ONE_WAY..ONE_WAY + Duration::from_nanos(1);
            cluster.network.set_weather(Weather { delay, ..Weather::default() });
            let began = cluster.sim.now();
            cluster.node(leader).transfer_leader(next).await.unwrap();
            cluster
                .until("the next leads", |cluster| cluster.leader().is_some_and(|(id, _)| id == next))
                .await;
            cluster.sim.now() - began
        };
        sim.block_on(test).unwrap()
    };
    let (short, long) = (handover(10), handover(2000));
    assert_eq!(short, long);
    // The word to stand, the vote, the followers' newest entries, the term's first one: and who asked is told.
    assert!(long <= ONE_WAY * 8, "{long:?}");
}

const ONE_WAY: Duration = Duration::from_millis(10);

#[test]
fn a_handover_is_quick() {
    for seed in 0..10 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "v").await;
            cluster.wait_until_level().await;
            let (leader, _) = cluster.wait_for_leader().await;
            let next = others(&cluster, leader)[0];
            let began = sim.now();
            cluster.node(leader).transfer_leader(next).await.unwrap();
            let took = sim.now() - began;
            assert!(took < Duration::from_millis(25), "seed {seed}: {took:?}");
            let moved = cluster.node(leader).transfer_leader(next).await;
            assert_eq!(moved, Err(TransferError::NotLeader { leader: Some(next) }));
            cluster.put("b", "v").await;
            assert_eq!(cluster.leader().unwrap().0, next);
        })
        .unwrap();
    }
}

#[test]
fn one_followers_broken_link_costs_the_leader_nothing() {
    for seed in 0..8 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "v").await;
            let leader = cluster.wait_for_leader().await;
            let blind = others(&cluster, leader.0)[(seed % 2) as usize];
            for _ in 0..5 {
                match seed % 3 {
                    0 => cluster.network.cut_one_way(blind, leader.0),
                    1 => cluster.network.cut_one_way(leader.0, blind),
                    _ => cluster.network.partition(&[blind], &cluster.ids()),
                }
                cluster.sleep(Duration::from_secs(2)).await;
                cluster.network.heal();
                cluster.sleep(Duration::from_secs(1)).await;
            }
            cluster.put("b", "v").await;
            assert_eq!(cluster.leader(), Some(leader), "seed {seed}");
        })
        .unwrap();
    }
}

/// A leader that is alive answers its next follower under the same boot number: nobody agrees that it is gone.
#[test]
fn one_who_errs_about_the_leader_is_not_believed() {
    let sim = Sim::new(1);
    sim.block_on(async {
        let cluster = Cluster::all(&sim, 3).await;
        cluster.put("a", "v").await;
        cluster.wait_until_level().await;
        let leader = cluster.wait_for_leader().await;
        for id in others(&cluster, leader.0) {
            // As if only this follower's connection had broken and been refused.
            cluster.network.pretend_gone(id, leader.0);
            cluster.sleep(Duration::from_secs(3)).await;
            cluster.network.heal();
        }
        cluster.put("b", "v").await;
        assert_eq!(cluster.leader(), Some(leader));
    })
    .unwrap();
}

#[test]
fn a_leader_whose_clock_is_wrong_gives_way_and_says_so() {
    for offset_ms in [-3_600_000, 5_000] {
        let sim = Sim::new(7);
        sim.block_on(async {
            let cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "v").await;
            let (leader, _) = cluster.wait_for_leader().await;
            cluster.sleep(Duration::from_secs(3)).await;
            let offsets = cluster.node(leader).clock_offsets();
            assert!(offsets.len() == 2 && offsets.values().all(|offset| offset.abs() < 100), "{offsets:?}");
            assert_eq!(*cluster.node(leader).clock_warning().borrow(), None);
            sim.set_clock(&cluster.machine(leader), offset_ms);
            let moved = |cluster: &Cluster| cluster.leader().is_some_and(|(id, _)| id != leader);
            cluster.until("another leads", moved).await;
            let warning = cluster.node(leader).clock_warning().borrow().clone();
            let Some(ClockWarning { offsets }) = warning else { panic!("it says so") };
            assert!((offsets[&leader] - offset_ms).abs() < 100, "{offsets:?}");
            let (next, _) = cluster.wait_for_leader().await;
            let said = |cluster: &Cluster| {
                let warning = cluster.node(next).clock_warning().borrow().clone();
                warning.is_some_and(|warning| warning.offsets.contains_key(&leader))
            };
            cluster.until("the next leader says it too", said).await;
            cluster.sleep(Duration::from_secs(20)).await;
            assert_eq!(cluster.wait_for_leader().await.0, next, "and stays");
        })
        .unwrap();
    }
}

/// A leader that was deposed while it was cut off goes on sending, when only its own direction is joined again. What it
/// says is refused, and must not pass for a sign of life of the one that leads.
#[test]
fn the_words_of_a_deposed_leader_keep_nobody_quiet() {
    for seed in 0..6 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let cluster = Cluster::all(&sim, 5).await;
            cluster.put("a", "v").await;
            cluster.wait_until_level().await;
            let (deposed, _) = cluster.wait_for_leader().await;
            let ids = cluster.ids();
            cluster.network.partition(&[deposed], &ids);
            let moved = |cluster: &Cluster| cluster.leader().is_some_and(|(id, _)| id != deposed);
            cluster.until("another leads", moved).await;
            let (next, _) = cluster.wait_for_leader().await;
            cluster.network.heal();
            for other in others(&cluster, deposed) {
                cluster.network.cut_one_way(other, deposed);
            }
            cluster.sleep(Duration::from_secs(2)).await;
            let began = sim.now();
            cluster.network.partition(&[next], &ids);
            let again =
                |cluster: &Cluster| cluster.leader().is_some_and(|(id, _)| ![deposed, next].contains(&id));
            cluster.until("a third one leads", again).await;
            let took = sim.now() - began;
            assert!(took < Duration::from_millis(1_500), "seed {seed}: {took:?}");
        })
        .unwrap();
    }
}
