//! openraft's own suite for storage, and what it cannot know: damage, torn ends, groups, purging.

use super::*;
use crate::batch::{Batch, Change};
use crate::runtime::{Sim, TokioRuntime};
use crate::state::{StateMachine, StateStore};
use crate::store::{Faults, FaultyDisk, StoreError, Stores, WriteBatch};
use crate::types::{Entry, LogId, Payload, Types, Vote};
use crate::wire::{LogIdRecord, VoteRecord};
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::testing::log::{StoreBuilder, Suite};
use openraft::{RaftLogReader, StorageError};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;

/// The suite purges entries it never applied.
pub(crate) struct OpenGate;

impl Gate for OpenGate {
    fn ensure_durable(&self, _: u64) -> BoxFuture<io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

enum Builder {
    Memory,
    Disk,
}

impl StoreBuilder<Types, LogStore, StateMachine, Option<tempfile::TempDir>> for Builder {
    async fn build(
        &self,
    ) -> Result<(Option<tempfile::TempDir>, LogStore, StateMachine), StorageError<Types>> {
        let (folder, stores) = match self {
            Self::Memory => (None, Stores::in_memory(1)),
            Self::Disk => {
                let folder = tempfile::tempdir().unwrap();
                let stores = Stores::open(folder.path()).unwrap();
                (Some(folder), stores)
            }
        };
        let runtime = TokioRuntime::current();
        let log = open(stores.log.clone(), runtime.clone(), Arc::new(OpenGate)).unwrap();
        let state = StateStore::open(stores.state, stores.log, runtime).unwrap();
        Ok((folder, log, StateMachine(state)))
    }
}

#[tokio::test]
async fn openrafts_suite_in_memory() {
    Suite::test_all(Builder::Memory).await.unwrap();
}

#[tokio::test]
async fn openrafts_suite_on_rocksdb() {
    Suite::test_all(Builder::Disk).await.unwrap();
}

fn entry(index: u64) -> Entry {
    let change = Change { key: format!("k{index}"), value: Some(vec![7; 20]) };
    let batch = Batch { term: 1, changes: vec![change], ..Batch::default() };
    Entry { log_id: LogIdRecord { term: 1, index }.into(), payload: Payload::Normal(Arc::new(batch)) }
}

fn id(index: u64) -> LogId {
    LogIdRecord { term: 1, index }.into()
}

fn try_open(disk: &FaultyDisk, sim: &Sim) -> Result<LogStore, StoreError> {
    open(disk.open(), sim.machine("m"), Arc::new(OpenGate))
}

async fn append(log: &mut LogStore, indexes: std::ops::Range<u64>) -> io::Result<()> {
    let (sender, receiver) = oneshot_pair();
    log.append(indexes.map(entry), IOFlushed::<Types>::signal(sender)).await?;
    receiver.await.unwrap()
}

/// A disk with entries 0 to 9.
fn written() -> (Sim, FaultyDisk) {
    let (sim, disk) = (Sim::new(1), FaultyDisk::new(1));
    let mut log = try_open(&disk, &sim).unwrap();
    sim.block_on(append(&mut log, 0..10)).unwrap().unwrap();
    (sim, disk)
}

#[expect(clippy::ptr_arg, reason = "one of several damages, of which others shorten the vector")]
fn flip(bytes: &mut Vec<u8>) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

async fn last_index(log: &mut LogStore) -> Option<u64> {
    log.get_log_state().await.unwrap().last_log_id.map(|last| last.index())
}

#[test]
fn a_torn_end_is_cut_and_the_log_goes_on_behind_it() {
    let damages: [fn(&mut Vec<u8>); 3] = [flip, |bytes| bytes.truncate(20), |bytes| bytes.clear()];
    for damage in damages {
        let (sim, disk) = written();
        assert!(disk.corrupt(&entry_key(9), damage));
        assert!(disk.corrupt(&entry_key(8), damage));
        let mut log = try_open(&disk, &sim).unwrap();
        sim.block_on(async {
            assert_eq!(last_index(&mut log).await, Some(7));
            append(&mut log, 8..9).await.unwrap();
        })
        .unwrap();
        let mut log = try_open(&disk, &sim).unwrap();
        assert_eq!(sim.block_on(last_index(&mut log)).unwrap(), Some(8));
    }
}

#[test]
fn damage_in_front_of_good_entries_refuses_to_start() {
    let (_, missing) = written();
    let mut batch = WriteBatch::default();
    batch.delete(entry_key(4));
    missing.open().write(batch, crate::store::Durability::Synced).unwrap();

    let (_, damaged) = written();
    damaged.corrupt(&entry_key(4), flip);

    let (_, swapped) = written();
    let foreign = FaultyDisk::new(2);
    let sim = Sim::new(2);
    let mut other = try_open(&foreign, &sim).unwrap();
    sim.block_on(append(&mut other, 0..3)).unwrap().unwrap();
    let stray = foreign.open().get(&entry_key(2)).unwrap().unwrap();
    let first = foreign.open().get(&entry_key(0)).unwrap().unwrap();
    assert_eq!(first, swapped.open().get(&entry_key(0)).unwrap().unwrap(), "equal logs have equal chains");
    swapped.corrupt(&entry_key(1), |bytes| bytes.clone_from(&stray));

    let cases =
        [(missing, "entry 4 is missing"), (damaged, "entry 4 does not match"), (swapped, "entry 1 does not")];
    for (disk, expected) in cases {
        let before = disk.syncs();
        let error = try_open(&disk, &Sim::new(1)).err().expect("must refuse").to_string();
        assert!(error.contains(expected) && error.contains("hearth server remove"), "{error}");
        assert_eq!(disk.syncs(), before, "a refusal must not write");
    }
}

#[test]
fn an_end_that_was_committed_is_never_torn() {
    let (sim, disk) = written();
    let mut log = try_open(&disk, &sim).unwrap();
    sim.block_on(async {
        log.save_committed(Some(id(9))).await.unwrap();
        log.save_vote(&vote(2)).await.unwrap();
    })
    .unwrap();
    disk.corrupt(&entry_key(9), flip);
    let error = try_open(&disk, &sim).err().expect("must refuse").to_string();
    assert!(error.contains("up to 9 were committed"), "{error}");
}

fn vote(term: u64) -> Vote {
    VoteRecord { term, node: 1, committed: true }.into()
}

#[test]
fn the_chain_holds_over_purges_truncations_and_restarts() {
    let (sim, disk) = written();
    let rounds: [(Option<u64>, Option<u64>, std::ops::Range<u64>); 4] = [
        (Some(3), None, 10..12),
        (None, Some(7), 8..10),
        (Some(9), None, 10..11),
        // A snapshot far ahead replaced everything.
        (Some(50), None, 51..53),
    ];
    for (purge, truncate, more) in rounds {
        let mut log = try_open(&disk, &sim).unwrap();
        let expected = more.end - 1;
        sim.block_on(async {
            if let Some(index) = purge {
                log.purge(id(index)).await.unwrap();
            }
            if let Some(index) = truncate {
                log.truncate_after(Some(id(index))).await.unwrap();
            }
            append(&mut log, more).await.unwrap();
            let read = log.try_get_log_entries(..).await.unwrap();
            assert_eq!(read.last().map(|entry| entry.log_id.index()), Some(expected));
        })
        .unwrap();
        let mut log = try_open(&disk, &sim).unwrap();
        assert_eq!(sim.block_on(last_index(&mut log)).unwrap(), Some(expected));
    }
}

#[test]
fn entries_are_readable_before_they_are_synced_and_reported_only_after() {
    let (sim, disk) = (Sim::new(1), FaultyDisk::new(1));
    disk.set_faults(Faults {
        delay: Some(Duration::from_secs(1)..Duration::from_secs(2)),
        ..Faults::default()
    });
    let mut log = try_open(&disk, &sim).unwrap();
    sim.block_on(async {
        let (sender, mut flushed) = oneshot_pair();
        log.append([entry(0)], IOFlushed::<Types>::signal(sender)).await.unwrap();
        assert_eq!(log.try_get_log_entries(0..1).await.unwrap(), [entry(0)]);
        assert!(flushed.try_recv().is_err() && !disk.is_durable(&entry_key(0)));
        flushed.await.unwrap().unwrap();
        assert!(disk.is_durable(&entry_key(0)));
    })
    .unwrap();
}

type Flushed = io::Result<()>;

fn oneshot_pair()
-> (openraft::type_config::alias::OneshotSenderOf<Types, Flushed>, oneshot::Receiver<Flushed>) {
    <Types as openraft::type_config::TypeConfigExt>::oneshot()
}

#[test]
fn appends_that_wait_share_a_sync() {
    let (sim, disk) = (Sim::new(1), FaultyDisk::new(1));
    disk.set_faults(Faults {
        delay: Some(Duration::from_millis(5)..Duration::from_millis(6)),
        ..Faults::default()
    });
    let mut log = try_open(&disk, &sim).unwrap();
    sim.block_on(async {
        let mut waiting = Vec::new();
        for index in 0..100 {
            let (sender, flushed) = oneshot_pair();
            log.append([entry(index)], IOFlushed::<Types>::signal(sender)).await.unwrap();
            waiting.push(flushed);
        }
        for flushed in waiting {
            flushed.await.unwrap().unwrap();
        }
    })
    .unwrap();
    assert_eq!(log.counters().appends.load(Ordering::Relaxed), 100);
    assert!(disk.syncs() <= 2, "{} syncs", disk.syncs());
}

#[test]
fn after_a_failed_write_nothing_is_reported_as_flushed() {
    let (sim, disk) = (Sim::new(1), FaultyDisk::new(1));
    let mut log = try_open(&disk, &sim).unwrap();
    sim.block_on(async {
        disk.set_faults(Faults { capacity_bytes: Some(10), ..Faults::default() });
        let error = append(&mut log, 0..1).await.unwrap_err();
        assert!(error.to_string().contains("the disk is full"), "{error}");
        disk.set_faults(Faults::default());
        assert!(append(&mut log, 1..2).await.is_err(), "entry 0 is missing in front of it");
        assert!(log.save_vote(&vote(1)).await.is_err());
    })
    .unwrap();
}

#[test]
fn nothing_is_purged_before_its_effect_is_durable() {
    struct Closed;
    impl Gate for Closed {
        fn ensure_durable(&self, index: u64) -> BoxFuture<io::Result<()>> {
            Box::pin(async move { Err(io::Error::other(format!("{index} is not durable"))) })
        }
    }
    let (sim, disk) = written();
    let mut log = open(disk.open(), sim.machine("m"), Arc::new(Closed)).unwrap();
    sim.block_on(async {
        assert!(log.purge(id(3)).await.is_err());
        assert_eq!(log.try_get_log_entries(..).await.unwrap().len(), 10);
    })
    .unwrap();
}
