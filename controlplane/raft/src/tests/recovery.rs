//! Going on when a majority is lost for good.

use super::cluster::{Cluster, ready};
use crate::runtime::sim::Sim;
use crate::{RecoverError, recover};

#[test]
fn one_of_three_goes_on_with_everything_it_has() {
    for seed in 0..20 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let mut cluster = Cluster::new(&sim, 3);
            // On odd seeds the log is purged behind a snapshot.
            if seed % 2 == 1 {
                cluster.timing.entries_per_snapshot = 10;
                cluster.timing.entries_kept = 2;
            }
            for id in cluster.ids() {
                cluster.start(id).await;
            }
            for round in 0..30 {
                cluster.put(&format!("k{round:02}"), "v").await;
            }
            cluster.wait_until_level().await;
            let survivor = 1 + seed % 3;
            for id in cluster.ids() {
                cluster.kill(id);
            }
            let recovered = recover(&cluster.stores(survivor), survivor, "sim:new", "sim").unwrap();
            assert!(recovered.changed && recovered.members_before.len() == 3, "{recovered:?}");
            assert!(recovered.last_index >= 31 && recovered.committed_index <= recovered.last_index);
            let again = recover(&cluster.stores(survivor), survivor, "sim:new", "sim").unwrap();
            assert!(!again.changed && again.members_before.len() == 1, "{again:?}");
            cluster.try_start(survivor, "sim:new").await.unwrap();
            ready(cluster.node(survivor)).await;
            assert_eq!(cluster.node(survivor).state().await.unwrap().records.len(), 30, "seed {seed}");
            let members = cluster.node(survivor).members();
            assert_eq!(members.len(), 1);
            assert_eq!(members[&survivor].address, "sim:new");
            cluster.put("after", "v").await;
        })
        .unwrap();
    }
}

#[test]
fn a_crash_during_the_recovery_leaves_all_or_nothing_of_it() {
    for seed in 0..20 {
        let sim = Sim::new(seed);
        sim.block_on(async {
            let mut cluster = Cluster::all(&sim, 3).await;
            cluster.put("a", "v").await;
            cluster.wait_until_level().await;
            for id in cluster.ids() {
                cluster.kill(id);
            }
            // The write fails; then the power goes.
            cluster.log_disk(1).set_faults(crate::store::Faults { failing: true, ..Default::default() });
            assert!(recover(&cluster.stores(1), 1, "sim:1", "sim").is_err());
            cluster.log_disk(1).set_faults(crate::store::Faults::default());
            cluster.log_disk(1).power_cut();
            recover(&cluster.stores(1), 1, "sim:1", "sim").unwrap();
            cluster.log_disk(1).power_cut();
            cluster.state_disk(1).power_cut();
            cluster.start(1).await;
            cluster.put("b", "v").await;
            // New members join under new numbers.
            cluster.install_and_start(4).await;
            cluster.node(1).add_learner(4, "sim:4".to_owned()).await.unwrap();
            cluster.wait_until_level().await;
            cluster.node(1).promote(4).await.unwrap();
            assert_eq!(cluster.get(4, "a").await.as_deref(), Some(&b"v"[..]), "seed {seed}");
        })
        .unwrap();
    }
}

#[test]
fn the_wrong_folder_is_refused() {
    let sim = Sim::new(1);
    sim.block_on(async {
        let mut cluster = Cluster::all(&sim, 1).await;
        cluster.put("a", "v").await;
        cluster.kill(1);
        let stores = cluster.stores(1);
        assert!(matches!(recover(&stores, 2, "x", "sim"), Err(RecoverError::Foreign { node: 1, .. })));
        assert!(matches!(recover(&stores, 1, "x", "other"), Err(RecoverError::Foreign { .. })));
        cluster.install(2);
        assert!(matches!(recover(&cluster.stores(2), 2, "x", "sim"), Err(RecoverError::Empty)));
    })
    .unwrap();
}
