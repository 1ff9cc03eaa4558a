//! What a cluster does, case by case, in the simulator.

use super::cluster::{Cluster, change, ready};
use crate::runtime::sim::Sim;
use crate::store::Faults;
use crate::{Batch, BatchId, Event, Leadership, NodeId, Outcome, ProposeError};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

fn run<F: Future>(seed: u64, test: impl FnOnce(Sim) -> F) -> F::Output {
    let sim = Sim::new(seed);
    sim.block_on(test(sim.clone())).unwrap()
}

#[test]
fn a_single_server_leads_at_once() {
    run(1, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        ready(cluster.node(1)).await;
        assert!(sim.now() < Duration::from_millis(100), "took {:?}", sim.now());
        let index = cluster.put("a", "1").await;
        assert_eq!(cluster.node(1).applied_index(), index);
        assert_eq!(cluster.get(1, "a").await.as_deref(), Some(&b"1"[..]));
    });
}

#[test]
fn an_idle_server_still_takes_proposals_and_writes_nothing_meanwhile() {
    run(1, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "1").await;
        cluster.sleep(Duration::from_secs(1)).await;
        let before = cluster.node(1).metrics();
        cluster.sleep(Duration::from_secs(60)).await;
        assert_eq!(cluster.node(1).metrics(), before, "idle means no entries and no syncs");
        cluster.put("a", "2").await;
    });
}

#[test]
fn a_restarted_server_has_everything() {
    run(2, |sim| async move {
        let mut cluster = Cluster::all(&sim, 1).await;
        for round in 0..5 {
            cluster.put(&format!("k{round}"), "v").await;
            cluster.kill(1);
            cluster.start(1).await;
        }
        ready(cluster.node(1)).await;
        let state = cluster.node(1).state().await.unwrap();
        assert_eq!(state.records.len(), 5);
        assert_eq!(state.last.position, 1, "each leadership counts its own batches");
    });
}

#[test]
fn three_servers_elect_and_replicate() {
    run(3, |sim| async move {
        let cluster = Cluster::all(&sim, 3).await;
        cluster.put("a", "1").await;
        cluster.wait_until_level().await;
        for id in cluster.ids() {
            assert_eq!(cluster.get(id, "a").await.as_deref(), Some(&b"1"[..]), "server {id}");
        }
    });
}

#[test]
fn a_batch_that_skips_one_is_refused_and_so_is_what_follows_it() {
    run(4, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        let node = cluster.node(1);
        let term = ready(node).await;
        let mut events = node.subscribe();
        let batch = |previous, key: &str| Batch {
            term,
            previous,
            changes: vec![change(key, "")],
            ..Batch::default()
        };
        let first = batch(BatchId::default(), "first");
        let lost = batch(first.id(), "lost");
        let third = batch(lost.id(), "third");
        let fourth = batch(third.id(), "fourth");
        let proposals = [first, third, fourth].map(|batch| node.propose(batch));
        let [first, third, fourth] = futures::future::join_all(proposals).await.try_into().unwrap();
        assert!(first.is_ok());
        assert!(matches!(third, Err(ProposeError::Refused { .. })), "{third:?}");
        assert!(matches!(fourth, Err(ProposeError::Refused { .. })), "{fourth:?}");
        let mut outcomes = Vec::new();
        while let Some(Event::Batch { outcome, .. }) = events.try_next() {
            outcomes.push(outcome);
        }
        assert_eq!(outcomes, [Outcome::Applied, Outcome::Refused, Outcome::Refused]);
        assert_eq!(node.state().await.unwrap().records.len(), 1);
    });
}

#[test]
fn a_batch_for_another_leadership_is_not_proposed() {
    run(5, |sim| async move {
        let cluster = Cluster::all(&sim, 3).await;
        let (id, term) = cluster.wait_for_leader().await;
        let follower = cluster.ids().into_iter().find(|other| *other != id).unwrap();
        let late = cluster.node(id).propose(Batch { term: term + 1, ..Batch::default() }).await;
        assert!(matches!(late, Err(ProposeError::LostLeadership { .. })), "{late:?}");
        let elsewhere = cluster.node(follower).propose(Batch { term, ..Batch::default() }).await;
        assert_eq!(elsewhere, Err(ProposeError::LostLeadership { leader: Some(id) }));
    });
}

#[test]
fn too_large_and_too_many_are_told_apart() {
    run(6, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        let node = cluster.node(1);
        let term = ready(node).await;
        let batch = |size| Batch { term, changes: vec![change("k", vec![0; size])], ..Batch::default() };
        let large = node.propose(batch(crate::MAX_BATCH_BYTES)).await;
        assert!(matches!(large, Err(ProposeError::TooLarge { .. })), "{large:?}");
        let mut waiting: Vec<_> = (0..16).map(|_| node.propose(batch(crate::MAX_BATCH_BYTES - 1))).collect();
        assert_eq!(node.propose(batch(1)).await, Err(ProposeError::Full));
        for proposal in waiting.drain(..) {
            assert_ne!(proposal.await, Err(ProposeError::Full));
        }
        assert_ne!(node.propose(batch(1)).await, Err(ProposeError::Full), "room comes back");
    });
}

#[test]
fn any_member_reads_what_was_acknowledged() {
    run(7, |sim| async move {
        let cluster = Cluster::all(&sim, 3).await;
        for round in 0..10_u8 {
            let index = cluster.put("a", &round.to_string()).await;
            for id in cluster.ids() {
                let node = cluster.node(id);
                let read = node.read_index().await.unwrap();
                assert!(read >= index, "server {id} may read at {read}, but {index} was acknowledged");
                node.wait_applied(read).await.unwrap();
                assert_eq!(cluster.get(id, "a").await.unwrap(), round.to_string().as_bytes());
            }
        }
    });
}

#[test]
fn a_leader_without_a_majority_neither_reads_nor_writes() {
    run(8, |sim| async move {
        let cluster = Cluster::all(&sim, 3).await;
        let (id, term) = cluster.wait_for_leader().await;
        cluster.network.partition(&[id], &cluster.ids());
        cluster.sleep(Duration::from_secs(3)).await;
        assert!(cluster.node(id).read_index().await.is_err());
        let lost = cluster.node(id).propose(Batch { term, ..Batch::default() }).await;
        assert!(matches!(lost, Err(ProposeError::LostLeadership { .. })), "{lost:?}");
        let (other, newer) = cluster.wait_for_leader().await;
        assert!(other != id && newer > term);
        cluster.network.heal();
        cluster.put("a", "1").await;
        cluster.wait_until_level().await;
        assert!(matches!(
            *cluster.node(id).leadership().borrow(),
            Leadership::Follower { leader: Some(_), .. }
        ));
    });
}

#[test]
fn leadership_can_be_handed_over() {
    run(9, |sim| async move {
        let cluster = Cluster::all(&sim, 3).await;
        let (id, _) = cluster.wait_for_leader().await;
        cluster.put("a", "1").await;
        cluster.wait_until_level().await;
        let next = cluster.ids().into_iter().find(|other| *other != id).unwrap();
        cluster.node(id).transfer_leader(next).await.unwrap();
        ready(cluster.node(next)).await;
        cluster.put("b", "1").await;
    });
}

#[test]
fn a_server_far_behind_gets_a_snapshot() {
    run(10, |sim| async move {
        let mut cluster = Cluster::new(&sim, 3);
        cluster.timing.entries_per_snapshot = 20;
        cluster.timing.entries_kept = 5;
        for id in cluster.ids() {
            cluster.start(id).await;
        }
        let (leader, _) = cluster.wait_for_leader().await;
        let behind = cluster.ids().into_iter().find(|other| *other != leader).unwrap();
        cluster.put("before", "1").await;
        cluster.kill(behind);
        for round in 0..100 {
            cluster.put(&format!("k{round}"), "v").await;
        }
        cluster.sleep(Duration::from_secs(1)).await;
        let metrics = cluster.node(leader).metrics();
        assert!(metrics.purged > 50, "the log was purged: {metrics:?}");
        assert!(metrics.purged <= metrics.durable, "never beyond what is durable: {metrics:?}");
        cluster.start(behind).await;
        let mut events = cluster.node(behind).subscribe();
        cluster.wait_until_level().await;
        while !matches!(events.try_next().expect("a snapshot was installed"), Event::Reload { .. }) {}
        let state = cluster.node(behind).state().await.unwrap();
        assert_eq!(state, cluster.node(leader).state().await.unwrap());
        assert_eq!(state.records.len(), 101);
        cluster.kill(behind);
        cluster.start(behind).await;
        cluster.put("after", "1").await;
        cluster.wait_until_level().await;
        assert_eq!(cluster.node(behind).state().await.unwrap().records.len(), 102);
    });
}

#[test]
fn requests_are_forwarded_to_a_handler() {
    struct Echo;
    impl crate::ForwardHandler for Echo {
        fn handle(
            &self,
            from: NodeId,
            body: bytes::Bytes,
        ) -> controlplane_types::BoxFuture<Result<bytes::Bytes, String>> {
            Box::pin(async move { Ok(format!("{from}: {}", String::from_utf8_lossy(&body)).into()) })
        }
    }
    run(11, |sim| async move {
        let cluster = Cluster::all(&sim, 2).await;
        let refused = cluster.node(1).forward(2, "hello".into()).await;
        assert!(matches!(refused, Err(crate::TransportError::Rejected { .. })), "{refused:?}");
        assert!(cluster.node(2).handle_forwarded(Arc::new(Echo)));
        assert!(!cluster.node(2).handle_forwarded(Arc::new(Echo)));
        assert_eq!(cluster.node(1).forward(2, "hello".into()).await.unwrap(), "1: hello");
        assert_eq!(cluster.node(1).forward(9, "".into()).await, Err(crate::TransportError::UnknownPeer(9)));
    });
}

#[test]
fn the_cluster_names_itself() {
    run(12, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        let node = cluster.node(1);
        let term = ready(node).await;
        assert_eq!(node.cluster().await.unwrap(), None);
        let changes = crate::cluster_changes("prod", 3);
        node.propose(Batch { term, changes, ..Batch::default() }).await.unwrap();
        let expected = crate::ClusterRecord { id: "prod".to_owned(), version: 3 };
        assert_eq!(node.cluster().await.unwrap(), Some(expected));
    });
}

#[test]
fn a_stopped_node_says_so_everywhere() {
    run(13, |sim| async move {
        let cluster = Cluster::all(&sim, 1).await;
        let node = cluster.node(1).clone();
        let term = ready(&node).await;
        node.shutdown().await;
        node.leadership().wait_for(|leadership| *leadership == Leadership::Stopped).await.unwrap();
        assert_eq!(node.propose(Batch { term, ..Batch::default() }).await, Err(ProposeError::Stopped));
        assert!(node.read_index().await.is_err());
        assert_eq!(node.wait_applied(1 << 40).await, Err(crate::Stopped));
        assert_eq!(node.subscribe().next().await, None);
    });
}

#[test]
fn a_full_disk_stops_the_node_and_loses_nothing() {
    run(14, |sim| async move {
        let mut cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "1").await;
        cluster.log_disk(1).set_faults(Faults { capacity_bytes: Some(10), ..Faults::default() });
        let node = cluster.node(1).clone();
        let term = ready(&node).await;
        let previous = node.state().await.unwrap().last;
        let batch = Batch { term, previous, changes: vec![change("b", "1")], ..Batch::default() };
        assert_eq!(node.propose(batch).await, Err(ProposeError::Stopped));
        node.leadership().wait_for(|leadership| *leadership == Leadership::Stopped).await.unwrap();
        cluster.log_disk(1).set_faults(Faults::default());
        cluster.kill(1);
        cluster.start(1).await;
        ready(cluster.node(1)).await;
        assert_eq!(cluster.get(1, "a").await.as_deref(), Some(&b"1"[..]));
        assert_eq!(cluster.get(1, "b").await, None);
    });
}
