//! Members come, go, move and are replaced.

use super::cluster::Cluster;
use crate::runtime::sim::Sim;
use crate::transport::sim::Weather;
use crate::{Leadership, MembershipError, NodeId, Remaining, Role, TransferError};
use std::future::Future;
use std::time::Duration;

fn run<F: Future>(seed: u64, test: impl FnOnce(Sim) -> F) -> F::Output {
    let sim = Sim::new(seed);
    sim.block_on(test(sim.clone())).unwrap()
}

/// Adds a server that runs already, and gives it a vote when it has the log.
async fn join(cluster: &Cluster, id: NodeId) {
    cluster.put(&format!("before {id}"), "v").await;
    let mut added = false;
    let mut last = None;
    for _ in 0..100 {
        let (leader, _) = cluster.wait_for_leader().await;
        let node = cluster.node(leader);
        let result = match added {
            false => node.add_learner(id, format!("sim:{id}")).await,
            true => node.promote(id).await,
        };
        match result {
            Ok(()) if !added => added = true,
            Ok(()) | Err(MembershipError::AlreadyVoter(_)) => return,
            Err(error) => {
                last = Some(error);
                cluster.sleep(Duration::from_millis(100)).await;
            }
        }
    }
    panic!("server {id} did not become a voter: {last:?}");
}

async fn remove(cluster: &Cluster, id: NodeId) {
    let mut last = None;
    for _ in 0..100 {
        let (leader, _) = cluster.wait_for_leader().await;
        match cluster.node(leader).remove(id, Remaining::HaveQuorum).await {
            Ok(()) | Err(MembershipError::Unknown(_)) => return,
            Err(error) => {
                last = Some(error);
                cluster.sleep(Duration::from_millis(100)).await;
            }
        }
    }
    panic!("server {id} was not removed: {last:?}");
}

fn voters(cluster: &Cluster, id: NodeId) -> Vec<NodeId> {
    let members = cluster.node(id).members();
    members.into_iter().filter(|(_, member)| member.role == Role::Voter).map(|(id, _)| id).collect()
}

#[test]
fn a_cluster_of_one_grows_to_three() {
    run(1, |sim| async move {
        let mut cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "1").await;
        for id in [2, 3] {
            cluster.install_and_start(id).await;
            assert!(cluster.node(id).members().is_empty(), "it waits to be added");
            join(&cluster, id).await;
        }
        cluster.wait_until_level().await;
        for id in cluster.ids() {
            assert_eq!(voters(&cluster, id), [1, 2, 3], "server {id}");
            assert_eq!(cluster.get(id, "a").await.as_deref(), Some(&b"1"[..]));
        }
        let members = cluster.node(1).members();
        let last = cluster.node(1).metrics().last_log;
        assert!(members.values().all(|member| member.matched == Some(last)), "{members:?}");
        // The founder is no longer needed.
        cluster.kill(1);
        cluster.put("b", "1").await;
    });
}

#[test]
fn unwise_changes_are_refused_and_named() {
    run(2, |sim| async move {
        let mut cluster = Cluster::all(&sim, 3).await;
        cluster.put("a", "1").await;
        cluster.wait_until_level().await;
        let (leader, _) = cluster.wait_for_leader().await;
        let node = cluster.node(leader).clone();
        let others: Vec<_> = cluster.ids().into_iter().filter(|id| *id != leader).collect();
        let elsewhere = cluster.node(others[0]).remove(leader, Remaining::HaveQuorum).await;
        assert_eq!(elsewhere, Err(MembershipError::NotLeader { leader: Some(leader) }));
        assert_eq!(node.promote(9).await, Err(MembershipError::Unknown(9)));
        assert_eq!(node.remove(9, Remaining::HaveQuorum).await, Err(MembershipError::Unknown(9)));
        assert_eq!(node.promote(others[0]).await, Err(MembershipError::AlreadyVoter(others[0])));
        assert_eq!(node.add_learner(9, String::new()).await, Err(MembershipError::NoAddress));
        let taken = node.add_learner(9, format!("sim:{leader}")).await;
        assert!(matches!(taken, Err(MembershipError::AddressTaken { by, .. }) if by == leader), "{taken:?}");
        let again = node.add_learner(others[0], "sim:77".to_owned()).await;
        assert_eq!(again, Err(MembershipError::AlreadyMember(others[0])));
        // A learner that nobody has seen cannot vote.
        node.add_learner(9, "sim:9".to_owned()).await.unwrap();
        node.add_learner(9, "sim:9".to_owned()).await.unwrap();
        assert!(matches!(node.promote(9).await, Err(MembershipError::Behind { matched: 0, .. })));
        assert_eq!(node.transfer_leader(9).await, Err(TransferError::NotAVoter(9)));
        node.remove(9, Remaining::HaveQuorum).await.unwrap();
        // With one of three dead, the other one must stay.
        cluster.kill(others[0]);
        cluster.sleep(Duration::from_secs(2)).await;
        assert_eq!(node.transfer_leader(others[0]).await, Err(TransferError::Unreachable(others[0])));
        let refused = node.remove(others[1], Remaining::HaveQuorum).await;
        assert_eq!(refused, Err(MembershipError::NoQuorum { reachable: 1, needed: 2 }));
        node.remove(others[0], Remaining::HaveQuorum).await.unwrap();
        assert_eq!(voters(&cluster, leader).len(), 2);
    });
}

#[test]
fn the_last_voter_stays() {
    run(3, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "1").await;
        assert_eq!(cluster.node(1).remove(1, Remaining::HaveQuorum).await, Err(MembershipError::LastVoter));
    });
}

#[test]
fn a_removed_follower_learns_of_it_and_leaves_the_others_alone() {
    for seed in 0..10 {
        run(seed, |sim| async move {
            let mut cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "1").await;
            let (leader, term) = cluster.wait_for_leader().await;
            let away = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
            // On even seeds it is not there when it happens.
            let absent = seed % 2 == 0;
            if absent {
                cluster.network.partition(&[away], &cluster.ids());
            }
            remove(&cluster, away).await;
            cluster.sleep(Duration::from_secs(3)).await;
            cluster.network.heal();
            let told = |cluster: &Cluster| cluster.node(away).watch_members().borrow().removed;
            cluster.until("the removed member knows", told).await;
            cluster.sleep(Duration::from_secs(5)).await;
            cluster.put("b", "1").await;
            assert_eq!(cluster.leader(), Some((leader, term)), "seed {seed}: nobody was disturbed");
            assert!(!matches!(*cluster.node(away).leadership().borrow(), Leadership::Leader { .. }));
            // Also after a restart.
            cluster.kill(away);
            cluster.start(away).await;
            cluster.until("it still knows", told).await;
            assert_eq!(cluster.leader(), Some((leader, term)), "seed {seed}");
        });
    }
}

#[test]
fn a_leader_that_removes_itself_hands_over() {
    for seed in 0..10 {
        run(seed, |sim| async move {
            let cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "1").await;
            cluster.wait_until_level().await;
            let (leader, _) = cluster.wait_for_leader().await;
            remove(&cluster, leader).await;
            let told = |cluster: &Cluster| cluster.node(leader).watch_members().borrow().removed;
            cluster.until("the leader knows that it is none", told).await;
            let other = |cluster: &Cluster| cluster.leader().is_some_and(|(id, _)| id != leader);
            cluster.until("another leads", other).await;
            cluster.put("b", "1").await;
        });
    }
}

#[test]
fn a_dead_member_is_replaced() {
    for seed in 0..10 {
        run(seed, |sim| async move {
            let mut cluster = Cluster::new(&sim, 3);
            // The new one has to be sent a snapshot.
            cluster.timing.entries_per_snapshot = 20;
            cluster.timing.entries_kept = 5;
            for id in cluster.ids() {
                cluster.start(id).await;
            }
            for round in 0..60 {
                cluster.put(&format!("k{round}"), "v").await;
            }
            let dead = 1 + seed % 3;
            cluster.kill(dead);
            cluster.install_and_start(4).await;
            join(&cluster, 4).await;
            remove(&cluster, dead).await;
            cluster.put("last", "v").await;
            cluster.wait_until_level().await;
            let expected: Vec<_> = [1, 2, 3, 4].into_iter().filter(|id| *id != dead).collect();
            for id in cluster.running() {
                assert_eq!(voters(&cluster, id), expected, "seed {seed}, server {id}");
                assert_eq!(cluster.node(id).state().await.unwrap().records.len(), 62, "seed {seed}");
            }
        });
    }
}

#[test]
fn members_change_in_bad_weather() {
    for seed in 0..6 {
        run(seed, |sim| async move {
            let mut cluster = Cluster::all(&sim, 3).await;
            cluster.put("first", "v").await;
            let delay = Duration::from_micros(100)..Duration::from_millis(40);
            cluster.network.set_weather(Weather { delay, loss_percent: 8, doubled_percent: 8 });
            for (came, went) in [(4, 1), (5, 2), (6, 3)] {
                cluster.install_and_start(came).await;
                join(&cluster, came).await;
                // The leader dies while the change is under way, now and then.
                if seed % 3 == 0 {
                    let (leader, _) = cluster.wait_for_leader().await;
                    cluster.kill(leader);
                    cluster.start(leader).await;
                }
                remove(&cluster, went).await;
            }
            cluster.network.set_weather(Weather::default());
            cluster.put("last", "v").await;
            let settled = |cluster: &Cluster| [4, 5, 6].iter().all(|id| voters(cluster, *id) == [4, 5, 6]);
            cluster.until("all three have been replaced", settled).await;
            for id in [1, 2, 3] {
                let told = |cluster: &Cluster| cluster.node(id).watch_members().borrow().removed;
                cluster.until("a removed member knows", told).await;
                cluster.kill(id);
            }
            cluster.put("alone", "v").await;
        });
    }
}

#[test]
fn a_member_that_moved_is_found_again() {
    run(5, |sim| async move {
        let mut cluster = Cluster::all(&sim, 3).await;
        cluster.put("a", "1").await;
        let (leader, _) = cluster.wait_for_leader().await;
        let moved = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
        cluster.kill(moved);
        cluster.try_start(moved, "sim:new").await.unwrap();
        let known = |cluster: &Cluster| {
            cluster.ids().into_iter().all(|id| cluster.node(id).members()[&moved].address == "sim:new")
        };
        cluster.until("everyone knows the new address", known).await;
    });
    run(6, |sim| async move {
        let mut cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "1").await;
        cluster.kill(1);
        cluster.try_start(1, "sim:new").await.unwrap();
        let known = |cluster: &Cluster| cluster.node(1).members()[&1].address == "sim:new";
        cluster.until("a server of its own records its new address", known).await;
    });
}

#[test]
fn a_change_that_a_dead_leader_began_is_ended() {
    for seed in 0..12 {
        run(seed, |sim| async move {
            let mut cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "1").await;
            cluster.wait_until_level().await;
            let (leader, _) = cluster.wait_for_leader().await;
            let gone = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
            let changing = cluster.node(leader).clone();
            {
                let change = changing.remove(gone, Remaining::HaveQuorum);
                let time = cluster.sleep(Duration::from_micros(400 * (seed + 1)));
                futures::future::select(std::pin::pin!(change), std::pin::pin!(time)).await;
            }
            drop(changing);
            cluster.kill(leader);
            cluster.sleep(Duration::from_millis(200)).await;
            cluster.start(leader).await;
            cluster.put("b", "1").await;
            // A change in between refuses the next one; one that was ended does not.
            remove(&cluster, gone).await;
            let (next, _) = cluster.wait_for_leader().await;
            assert_eq!(voters(&cluster, next).len(), 2, "seed {seed}");
        });
    }
}
