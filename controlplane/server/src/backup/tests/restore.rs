//! Whole regions saved and restored, and restores that do not come to their end.

use super::{records, snapshot};
use crate::FirstStart;
use crate::backup::restore::Member;
use crate::backup::*;
use crate::core::{Core, CoreConfig};
use controlplane_raft::store::{FaultyDisk, Fuse};
use controlplane_raft::{
    CLUSTER_ID_KEY, Config, Start, State, Stores, Timing, TokioRuntime, TonicTransport, identity,
};
use controlplane_types::{Runtime, Timestamp};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// More steps than any restore takes.
const MANY: u64 = 1_000;

async fn region(cluster: &str, stores: Stores) -> Core {
    let address = "127.0.0.1:4567".to_owned();
    let start = Start::Found(BTreeMap::from([(1, address.clone())]));
    let raft = Config { id: 1, address, cluster: cluster.to_owned(), start, timing: Timing::default() };
    let first_start = FirstStart {
        region: "us-east-1".into(),
        zones: vec!["us-east-1a".into()],
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.18.0.0/16".parse().unwrap(),
        manifests: Vec::new(),
    };
    let config = CoreConfig { raft, first_start, node_grace: Duration::from_secs(30) };
    let core = Core::start(
        config,
        stores,
        TonicTransport::new(None, TokioRuntime::current()),
        TokioRuntime::current(),
    )
    .await
    .unwrap();
    core.ready().await;
    core
}

async fn save(core: &Core, path: &Path) -> Header {
    let mut saving = Saving::begin(core, false).await.unwrap();
    let mut incoming = Incoming::create(path).unwrap();
    while let Some(chunk) = saving.chunk().await.unwrap() {
        incoming.write(&chunk).unwrap();
    }
    incoming.finish().unwrap()
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// What the restored log says that it belongs to.
    fn cluster_name(&self) -> String {
        identity(&Stores::open(&self.path("server")).unwrap()).unwrap().expect("a log").cluster
    }

    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A snapshot of a few records that nobody reads.
    fn write_snapshot(&self) {
        fs::write(self.path("file"), snapshot(&records(20))).unwrap();
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        let restore = Restore {
            file: self.path("file"),
            dir: self.path("server"),
            id: 1,
            address: "127.0.0.1:4567".to_owned(),
        };
        super::super::restore(&restore, TokioRuntime::current()).await
    }
}

/// The one record that a restore changes.
fn without_name(state: &State) -> Vec<&(String, Vec<u8>)> {
    state.records.iter().filter(|(key, _)| key != CLUSTER_ID_KEY).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_region_holds_the_same_records_under_a_higher_incarnation() {
    let place = Place::new();
    let old = region("c1", Stores::in_memory(1)).await;
    let header = save(&old, &place.path("file")).await;
    let before = old.node.state().await.unwrap();
    assert_eq!((header.cluster.as_str(), header.applied), ("c1", before.applied));
    assert_eq!((header.records, header.now), (before.records.len() as u64, before.now));
    let restored = place.restore().await.unwrap();
    assert_eq!(restored.lineage.cluster, "c1");
    assert!(restored.lineage.incarnation > 1);
    assert!(refuse_unfinished(&place.path("server")).is_ok());
    let name = place.cluster_name();
    assert_eq!(name, restored.lineage.to_string());
    let new = region(&name, Stores::open(&place.path("server")).unwrap()).await;
    let after = new.node.state().await.unwrap();
    assert_eq!(
        without_name(&after),
        without_name(&before),
        "a first start that finds everything writes nothing"
    );
    assert!(before.records.len() > 10, "the first start made {} records", before.records.len());
    assert_eq!(new.node.cluster().await.unwrap().unwrap().id, name);
    assert_eq!(new.replica.applied().view.revision(), header.revision);
    let again = Lineage::parse(&name).raised(Timestamp::from_millis(0));
    assert!(again.incarnation > restored.lineage.incarnation);
    new.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_never_overwrites() {
    let place = Place::new();
    place.write_snapshot();
    fs::create_dir(place.path("server")).unwrap();
    place.restore().await.expect("an empty folder is none");
    let name = place.cluster_name();
    assert!(matches!(place.restore().await, Err(RestoreError::NotEmpty(_))));
    assert_eq!(place.cluster_name(), name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_changes_nothing() {
    let whole = snapshot(&records(20));
    let mut flipped = whole.clone();
    flipped[300] ^= 1;
    let cases = [("cut", whole[..whole.len() - 1].to_vec()), ("flipped", flipped), ("empty", Vec::new())];
    for (name, bytes) in cases {
        let place = Place::new();
        fs::write(place.path("file"), bytes).unwrap();
        let error = place.restore().await.unwrap_err();
        assert!(matches!(error, RestoreError::File(FileError::Format { .. })), "{name}: {error}");
        assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_restore_left_is_refused_until_the_restore_is_repeated() {
    let place = Place::new();
    place.write_snapshot();
    let aside = place.path("server.restoring");
    fs::create_dir_all(aside.join("log")).unwrap();
    fs::write(aside.join("log").join("current"), "not a number").unwrap();
    let refused = refuse_unfinished(&place.path("server")).unwrap_err();
    assert_eq!(refused.aside, aside);
    place.restore().await.unwrap();
    assert!(!aside.exists() && refuse_unfinished(&place.path("server")).is_ok());
}

/// Success is told only of what a power cut cannot take any more.
#[tokio::test(flavor = "multi_thread")]
async fn every_crash_point_of_the_filling_fails_or_leaves_everything() {
    let lineage = Lineage::parse("c1+7");
    for steps in 0..MANY {
        let disks = [FaultyDisk::new(steps), FaultyDisk::new(steps + MANY)];
        let fuse = Fuse::new(&[&disks[0], &disks[1]], steps);
        let filled = tokio::time::timeout(Duration::from_secs(60), fill(&lineage, &disks)).await;
        let told = filled.expect("a power cut ends the filling").is_ok();
        let blown = fuse.is_blown();
        fuse.remove();
        if told {
            disks.iter().for_each(FaultyDisk::power_cut);
            let core = region(&lineage.to_string(), stores(&disks)).await;
            let found = core.node.state().await.unwrap().records;
            assert!(
                records(20).iter().all(|record| found.contains(record)),
                "before step {steps}: {found:?}"
            );
        }
        if !blown {
            assert!(told && steps > 10, "{told} after {steps} steps");
            return;
        }
    }
    panic!("the filling takes more than {MANY} steps");
}

fn stores(disks: &[FaultyDisk; 2]) -> Stores {
    Stores { log: disks[0].open(), state: disks[1].open() }
}

async fn fill(lineage: &Lineage, disks: &[FaultyDisk; 2]) -> Result<(), RestoreError> {
    let member = Member { id: 1, address: "127.0.0.1:1".to_owned(), lineage: lineage.clone() };
    let mut parts: Vec<_> = records(20).chunks(3).map(<[RecordBytes]>::to_vec).rev().collect();
    let runtime: Arc<dyn Runtime> = TokioRuntime::current();
    member.fill(stores(disks), Timestamp::from_millis(1), move || Ok(parts.pop()), runtime).await
}
