//! Durability by counting syncs: no answer leaves before its entry is on the disks of a majority.

use super::cluster::{Cluster, change, ready};
use crate::log::entry_key;
use crate::runtime::{Sim, TokioRuntime};
use crate::store::{Faults, Stores};
use crate::{Batch, BatchId, Config, NodeId, RaftNode, SimNetwork, Start, Timing};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::time::Duration;

fn slow(from_ms: u64, to_ms: u64) -> Faults {
    let delay = Duration::from_millis(from_ms)..Duration::from_millis(to_ms);
    Faults { delay: Some(delay), ..Faults::default() }
}

fn synced(cluster: &Cluster, index: u64) -> usize {
    cluster.ids().into_iter().filter(|id| cluster.log_disk(*id).is_durable(&entry_key(index))).count()
}

#[test]
fn an_answer_leaves_only_when_a_majority_has_synced() {
    for seed in 0..20 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let cluster = Cluster::all(&sim, 3).await;
            cluster.wait_for_leader().await;
            for id in cluster.ids() {
                cluster.log_disk(id).set_faults(slow(1, 40));
            }
            for round in 0..20 {
                let index = cluster.put("k", &round.to_string()).await;
                let count = synced(&cluster, index);
                assert!(count >= 2, "seed {seed}: entry {index} was answered with {count} syncs");
            }
        })
        .unwrap();
    }
}

#[test]
fn no_answer_leaves_while_the_followers_disks_hang() {
    let sim = Sim::new(1);
    sim.block_on(async {
        let cluster = Cluster::all(&sim, 3).await;
        let (leader, term) = cluster.wait_for_leader().await;
        cluster.wait_until_level().await;
        let followers: Vec<NodeId> = cluster.ids().into_iter().filter(|id| *id != leader).collect();
        for id in &followers {
            cluster.log_disk(*id).set_faults(slow(3_600_000, 3_600_001));
        }
        let batch = Batch { term, changes: vec![change("k", "v")], ..Batch::default() };
        let answer = cluster.node(leader).propose(batch);
        let clock = sim.machine("clock");
        tokio::select! {
            biased;
            result = answer => panic!("answered with {result:?}"),
            () = clock.sleep(Duration::from_millis(900)) => {}
        }
        let index = cluster.node(leader).metrics().last_log;
        assert_eq!(synced(&cluster, index), 1, "the entry is on the leader's disk only");
    })
    .unwrap();
}

#[test]
fn each_member_syncs_exactly_once_per_commit() {
    let sim = Sim::new(1);
    sim.block_on(async {
        let cluster = Cluster::all(&sim, 3).await;
        cluster.put("first", "").await;
        cluster.wait_until_level().await;
        let syncs = || cluster.ids().iter().map(|id| cluster.log_disk(*id).syncs()).collect::<Vec<_>>();
        let before = syncs();
        for round in 0..25 {
            cluster.put("k", &round.to_string()).await;
            cluster.wait_until_level().await;
        }
        let spent: Vec<u64> = syncs().iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(spent, [25, 25, 25]);
    })
    .unwrap();
}

#[test]
fn a_power_cut_of_every_server_loses_no_answered_batch() {
    for seed in 0..20 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let mut cluster = Cluster::all(&sim, 3).await;
            let mut answered = Vec::new();
            for round in 0..5 {
                for item in 0..5 {
                    let key = format!("{round}/{item}");
                    cluster.put(&key, "v").await;
                    answered.push(key);
                }
                for id in cluster.ids() {
                    cluster.kill(id);
                }
                for id in cluster.ids() {
                    cluster.start(id).await;
                }
            }
            cluster.wait_for_leader().await;
            cluster.wait_until_level().await;
            for id in cluster.ids() {
                let state = cluster.node(id).state().await.unwrap();
                let keys: Vec<_> = state.records.into_iter().map(|(key, _)| key).collect();
                assert_eq!(keys, answered, "seed {seed}, server {id}");
            }
        })
        .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_proposed_together_share_syncs_on_rocksdb() {
    const BATCHES: u64 = 500;
    let folder = tempfile::tempdir().unwrap();
    let start = Start::Found(BTreeMap::from([(1, "unused".to_owned())]));
    let (address, cluster) = ("unused".to_owned(), "c".to_owned());
    let config = Config { id: 1, address, cluster, start, timing: Timing::default() };
    let stores = Stores::open(folder.path()).unwrap();
    // A single member calls nobody.
    let sim = Sim::new(1);
    let transport = SimNetwork::new(&sim).transport(1, sim.machine("nobody"));
    let node = RaftNode::start(config, TokioRuntime::current(), stores, transport).await.unwrap();
    let term = ready(&node).await;
    let before = node.metrics();
    let mut previous = BatchId::default();
    let mut waiting = Vec::new();
    for number in 0..BATCHES {
        let batch =
            Batch { term, previous, changes: vec![change(format!("k{number:03}"), "v")], ..Batch::default() };
        previous = batch.id();
        waiting.push(node.propose(batch));
    }
    for proposal in waiting {
        proposal.await.unwrap();
    }
    let after = node.metrics();
    let syncs = after.log_syncs - before.log_syncs;
    assert_eq!(after.log_entries - before.log_entries, BATCHES);
    assert!((1..=BATCHES / 4).contains(&syncs), "{BATCHES} batches took {syncs} syncs");
    assert_eq!(node.state().await.unwrap().records.len() as u64, BATCHES);
    node.shutdown().await;
}
