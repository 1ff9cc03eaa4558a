//! Snapshots that are not what they claim, and swaps that a crash interrupts.

use super::*;
use crate::batch::Batch;
use crate::log::intent;
use crate::runtime::Sim;
use crate::store::FaultyDisk;
use crate::types::{Entry, Payload, SnapshotMeta};
use crate::wire::{SnapshotId, TransferPoint};
use bytes::Bytes;
use controlplane_types::Runtime;
use futures::{StreamExt, stream};
use openraft::storage::RaftStateMachine;

struct World {
    sim: Sim,
    state: FaultyDisk,
    log: FaultyDisk,
}

impl World {
    fn new() -> Self {
        Self { sim: Sim::new(1), state: FaultyDisk::new(1), log: FaultyDisk::new(2) }
    }

    fn open(&self) -> Arc<StateStore> {
        let (state, log) = (self.state.open(), self.log.open());
        finish_swap(state.as_ref(), log.as_ref()).unwrap();
        StateStore::open(state, log, self.sim.machine("m")).unwrap()
    }
}

fn entry(index: u64, previous: BatchId, value_bytes: usize) -> Entry {
    let change = Change { key: format!("k{index:03}"), value: Some(vec![1; value_bytes]) };
    let batch = Batch { term: 1, previous, now: Timestamp(index), changes: vec![change] };
    Entry { log_id: LogIdRecord { term: 1, index }.into(), payload: Payload::Normal(Arc::new(batch)) }
}

async fn fill(store: &Arc<StateStore>, count: u64, value_bytes: usize) {
    let mut machine = StateMachine(store.clone());
    let mut previous = BatchId::default();
    for index in 1..=count {
        let entry = entry(index, previous, value_bytes);
        previous = BatchId { term: 1, position: index };
        machine.apply(stream::iter([Ok((entry, None))])).await.unwrap();
    }
}

/// A store with `count` records of 100 kB, and an image of it.
async fn image(count: u64) -> (Arc<StateStore>, Taken) {
    let source = World::new().open();
    fill(&source, count, 100_000).await;
    let mut machine = StateMachine(source.clone());
    let mut builder = machine.get_snapshot_builder().await;
    let snapshot = openraft::RaftSnapshotBuilder::build_snapshot(&mut builder).await.unwrap();
    let SnapshotData::Image(taken) = snapshot.snapshot else { panic!("a built snapshot is an image") };
    (source, taken)
}

/// The chunks of a store with `count` records, and its meta data.
async fn chunks(count: u64) -> (SnapshotMeta, Vec<Bytes>) {
    let (_, taken) = image(count).await;
    let chunks =
        send(taken.image, TransferPoint::default(), false).map(|chunk| chunk.unwrap()).collect().await;
    (taken.meta, chunks)
}

const ID: SnapshotId = SnapshotId { boot: 1, image: 1 };

/// Takes in a snapshot from its start.
async fn receive_all(
    target: &StateStore,
    last: Option<LogId>,
    chunks: impl futures::Stream<Item = Result<Bytes, StoreError>> + Unpin + Send,
) -> Result<Box<Received>, String> {
    receive(target, ID, TransferPoint::default(), last, chunks).await.map_err(|error| error.to_string())
}

fn arriving(chunks: &[Bytes]) -> impl futures::Stream<Item = Result<Bytes, StoreError>> + Unpin + Send {
    stream::iter(chunks.to_vec()).map(Ok)
}

#[test]
fn a_snapshot_arrives_whole() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let (meta, chunks) = chunks(50).await;
            assert!(chunks.len() >= 5, "5 MB take several chunks, not {}", chunks.len());
            let target = world.open();
            fill(&target, 3, 1).await;
            let mut events = target.subscribe();
            let received = receive_all(&target, meta.last_log_id, arriving(&chunks)).await.unwrap();
            assert_eq!(target.load().await.unwrap().applied, 3, "nothing changes before it is installed");
            let mut machine = StateMachine(target.clone());
            machine.install_snapshot(&meta, SnapshotData::Received(received)).await.unwrap();
            let state = target.load().await.unwrap();
            assert_eq!((state.applied, state.records.len(), state.last.position), (50, 50, 50));
            assert_eq!(state.now, Timestamp(50));
            assert_eq!(events.next().await, Some(Event::Reload { index: 50 }));
        })
        .unwrap();
}

#[test]
fn a_snapshot_that_is_not_what_it_claims_changes_nothing() {
    let world = World::new();
    let (meta, chunks) = world.sim.block_on(chunks(50)).unwrap();
    let mut flipped = chunks.clone();
    let mut bytes = flipped[2].to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    flipped[2] = bytes.into();
    let mut dropped = chunks.clone();
    dropped.remove(2);
    let short = chunks[..chunks.len() - 1].to_vec();
    let garbage = vec![Bytes::from_static(b"not cbor")];
    let later = Some(LogIdRecord { term: 1, index: 51 }.into());
    let cases = [
        ("does not match its checksum", flipped, meta.last_log_id),
        ("does not match its checksum", dropped, meta.last_log_id),
        ("ended early", short, meta.last_log_id),
        ("malformed", garbage, meta.last_log_id),
        ("was announced", chunks.clone(), later),
    ];
    let target = world.open();
    for (expected, chunks, last) in cases {
        let result = world.sim.block_on(receive_all(&target, last, arriving(&chunks))).unwrap();
        let error = result.err().expect("must be refused");
        assert!(error.contains(expected), "{error}, not {expected}");
        assert!(!world.state.open().adopt().unwrap(), "a refused snapshot must not be adoptable");
    }
    let again = world.sim.block_on(receive_all(&target, meta.last_log_id, arriving(&chunks))).unwrap();
    assert!(again.is_ok(), "a refused snapshot does not stand in the way of the next");
}

#[test]
fn one_snapshot_is_received_at_a_time() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let (meta, chunks) = chunks(5).await;
            let target = world.open();
            let first = receive_all(&target, meta.last_log_id, arriving(&chunks)).await.unwrap();
            let second = receive_all(&target, meta.last_log_id, arriving(&chunks)).await;
            assert!(second.err().expect("must wait").contains("another snapshot"));
            drop(first);
            assert!(receive_all(&target, meta.last_log_id, arriving(&chunks)).await.is_ok());
        })
        .unwrap();
}

#[test]
fn a_swap_is_finished_after_a_crash_if_and_only_if_it_was_intended() {
    for intended in [false, true] {
        let world = World::new();
        let (meta, chunks) = world.sim.block_on(chunks(5)).unwrap();
        let target = world.open();
        let received =
            world.sim.block_on(receive_all(&target, meta.last_log_id, arriving(&chunks))).unwrap().unwrap();
        received.finish().unwrap();
        if intended {
            intent::record(world.log.open().as_ref(), meta.last_log_id).unwrap();
        }
        world.state.power_cut();
        world.log.power_cut();
        let state = world.sim.block_on(world.open().load()).unwrap().unwrap();
        assert_eq!(state.applied, if intended { 5 } else { 0 });
        let again = world.sim.block_on(world.open().load()).unwrap().unwrap();
        assert_eq!(again, state, "and only once");
    }
}

#[test]
fn a_slow_subscriber_is_told_to_reload() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let store = world.open();
            let mut events = store.subscribe();
            fill(&store, FEED as u64 + 10, 1).await;
            let index = FEED as u64 + 10;
            assert_eq!(events.next().await, Some(Event::Reload { index }));
            assert_eq!(events.try_next(), None);
            assert_eq!(store.load().await.unwrap().applied, index);
        })
        .unwrap();
}

#[test]
fn unflushed_records_and_their_index_are_lost_together() {
    for seed in 0..20 {
        let world = World { state: FaultyDisk::new(seed), ..World::new() };
        let store = world.open();
        world
            .sim
            .block_on(async {
                fill(&store, 5, 1).await;
                store.flush().await.unwrap();
                fill_more(&store, 5, 15).await;
            })
            .unwrap();
        assert_eq!(store.durable(), 5);
        world.state.power_cut();
        let state = world.sim.block_on(world.open().load()).unwrap().unwrap();
        assert!(state.applied >= 5);
        assert_eq!(state.records.len() as u64, state.applied);
        assert_eq!(state.last.position, state.applied);
    }
}

async fn fill_more(store: &Arc<StateStore>, from: u64, to: u64) {
    let mut machine = StateMachine(store.clone());
    for index in from + 1..=to {
        let entry = entry(index, BatchId { term: 1, position: index - 1 }, 1);
        machine.apply(stream::iter([Ok((entry, None))])).await.unwrap();
    }
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let (source, taken) = image(50).await;
            let target = world.open();
            let last = taken.meta.last_log_id;
            let mut point = TransferPoint::default();
            let mut sent = 0;
            let received = loop {
                // Two more chunks, then the line breaks.
                let chunks: Vec<_> = send(taken.image.clone(), point.clone(), false).collect().await;
                let arriving = stream::iter(chunks).take(2);
                sent += 2;
                match receive(&target, ID, point, last, arriving).await {
                    Ok(received) => break received,
                    Err(error) => assert!(error.to_string().contains("ended early"), "{error}"),
                }
                let again = target.transfer_point(&ID);
                assert!(again.pairs > 0 && again.after.is_some(), "what arrived is kept");
                assert_eq!(
                    target.transfer_point(&SnapshotId { boot: 2, image: 1 }),
                    TransferPoint::default()
                );
                point = again;
            };
            assert!((6..=10).contains(&sent), "5 MB in chunks of 1 MB took {sent}");
            let mut machine = StateMachine(target.clone());
            machine.install_snapshot(&taken.meta, SnapshotData::Received(received)).await.unwrap();
            let (state, reference) = (target.load().await.unwrap(), source.load().await.unwrap());
            assert_eq!(state, reference);
        })
        .unwrap();
}

#[test]
fn a_sender_that_goes_on_elsewhere_is_refused() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let (_, taken) = image(50).await;
            let target = world.open();
            let last = taken.meta.last_log_id;
            let first = send(taken.image.clone(), TransferPoint::default(), false).take(2);
            assert!(receive(&target, ID, TransferPoint::default(), last, first).await.is_err());
            let mut point = target.transfer_point(&ID);
            point.pairs += 1;
            let rest = send(taken.image.clone(), point.clone(), false);
            let refused = receive(&target, ID, point, last, rest).await.err().expect("must refuse");
            assert!(refused.to_string().contains("does not continue"), "{refused}");
            assert_eq!(target.transfer_point(&ID), TransferPoint::default(), "and is begun anew");
        })
        .unwrap();
}

#[test]
fn the_next_image_waits_while_one_is_sent() {
    let world = World::new();
    world
        .sim
        .block_on(async {
            let store = world.open();
            let mut machine = StateMachine(store.clone());
            let runtime = world.sim.machine("clock");
            let transfers = store.transfers();
            let transfer = transfers.begin(runtime.as_ref());
            assert!(machine.try_create_snapshot_builder(false).await.is_none());
            assert!(machine.try_create_snapshot_builder(true).await.is_some());
            drop(transfer);
            assert!(machine.try_create_snapshot_builder(false).await.is_none(), "the receiver may come back");
            runtime.sleep(std::time::Duration::from_secs(6)).await;
            assert!(machine.try_create_snapshot_builder(false).await.is_some());
        })
        .unwrap();
}
