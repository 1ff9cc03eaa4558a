//! Going on when a majority is lost for good.

use super::cluster::{Cluster, ready};
use crate::runtime::sim::Sim;
use crate::{Identity, RecoverError, Recovered, assess, identity, recover};

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
            let assessed = assess(&cluster.stores(survivor)).unwrap();
            assert!(!assessed.changed && assessed.members_before.len() == 3, "{assessed:?}");
            assert_eq!((assessed.id, assessed.cluster.as_str()), (survivor, "sim"));
            assert!(assessed.last_index >= 31 && assessed.committed_index <= assessed.last_index);
            let recovered = recover(&cluster.stores(survivor), "sim+2").unwrap();
            assert_eq!(recovered, Recovered { changed: true, ..assessed });
            let again = recover(&cluster.stores(survivor), "sim+3").unwrap();
            assert!(!again.changed && again.members_before.len() == 1, "{again:?}");
            let own = Identity { cluster: "sim+2".to_owned(), node: survivor };
            assert_eq!(identity(&cluster.stores(survivor)).unwrap(), Some(own));
            assert!(cluster.try_start(survivor, "sim:new").await.is_err(), "the old name is gone");
            cluster.name = "sim+2".to_owned();
            cluster.try_start(survivor, "sim:new").await.unwrap();
            ready(cluster.node(survivor)).await;
            assert_eq!(cluster.node(survivor).state().await.unwrap().records.len(), 30, "seed {seed}");
            // It announces its address by itself.
            cluster.sleep(std::time::Duration::from_secs(3)).await;
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
            assert!(recover(&cluster.stores(1), "sim+2").is_err());
            cluster.log_disk(1).set_faults(crate::store::Faults::default());
            cluster.log_disk(1).power_cut();
            assert_eq!(identity(&cluster.stores(1)).unwrap().unwrap().cluster, "sim");
            recover(&cluster.stores(1), "sim+2").unwrap();
            cluster.log_disk(1).power_cut();
            cluster.state_disk(1).power_cut();
            cluster.name = "sim+2".to_owned();
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
fn those_left_behind_are_strangers() {
    let sim = Sim::new(3);
    sim.block_on(async {
        let mut cluster = Cluster::all(&sim, 3).await;
        cluster.put("a", "v").await;
        cluster.wait_until_level().await;
        for id in cluster.ids() {
            cluster.kill(id);
        }
        recover(&cluster.stores(1), "sim+2").unwrap();
        // They start on their old data, under the old name, and would be a majority of the old cluster.
        cluster.start(2).await;
        cluster.start(3).await;
        cluster.name = "sim+2".to_owned();
        cluster.try_start(1, "sim:1").await.unwrap();
        ready(cluster.node(1)).await;
        let term = cluster.node(1).metrics().term;
        cluster.sleep(std::time::Duration::from_secs(20)).await;
        assert_eq!(cluster.node(1).metrics().term, term, "they do not disturb it");
        assert_eq!(cluster.node(1).members().len(), 1);
    })
    .unwrap();
}

#[test]
fn an_empty_folder_is_refused() {
    let sim = Sim::new(1);
    sim.block_on(async {
        let mut cluster = Cluster::all(&sim, 1).await;
        cluster.install(2);
        assert_eq!(identity(&cluster.stores(2)).unwrap(), None);
        assert!(matches!(recover(&cluster.stores(2), "x"), Err(RecoverError::Empty)));
        cluster.kill(1);
        assert!(!recover(&cluster.stores(1), "x").unwrap().changed, "it is alone already");
    })
    .unwrap();
}
