//! Servers that die at the wrong moment, and disks that lie.

use super::stage::Stage;
use controlplane_raft::store::FaultyDisk;
use controlplane_raft::{NodeId, Sim, Store};
use std::ops::ControlFlow;

const ROUNDS: usize = 12;

/// Many clients write while one server after another loses its power.
pub(super) async fn crash_under_high_load(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(12);
    for _ in 0..ROUNDS {
        stage.pause_up_to(600).await;
        let running = stage.region.servers.running();
        let id = running[stage.random.below(running.len() as u64) as usize];
        stage.region.servers.power_off(id);
        stage.pause_up_to(1_500).await;
        stage.region.servers.start(id).await;
    }
    stage.judge(working).await;
}

/// One server, whose power fails at any moment: whatever it answered is there.
pub(super) async fn single_server_crash(sim: Sim) {
    let mut stage = Stage::new(&sim, 1).await;
    let working = stage.busy_clients(8);
    for round in 0..2 * ROUNDS {
        stage.pause_up_to(400).await;
        match round % 3 {
            0 => stage.region.servers.crash(1),
            _ => stage.region.servers.power_off(1),
        }
        stage.region.servers.start(1).await;
    }
    stage.judge(working).await;
}

/// A flipped byte in any entry but the newest: the server says what is wrong instead of starting without what it
/// acknowledged; it never panics and never pulls the others down. (A damaged newest entry cannot be told from a torn end
/// and is cut; the leader then sends it again.)
pub(super) async fn damage_is_refused(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    stage.write_many(60).await;
    let id = stage.region.servers.ids()[stage.random.below(3) as usize];
    stage.region.servers.power_off(id);
    let mut entries = entries(&stage.region.servers.log_disk(id));
    entries.pop();
    assert!(entries.len() > 5, "{} entries", entries.len());
    for key in &entries {
        let error = starts_damaged(&mut stage, id, key).await.expect_err("damage is noticed");
        assert!(error.contains("damaged"), "{error}");
    }
    stage.region.servers.start(id).await;
    stage.write_many(10).await;
    stage.judge(Vec::new()).await;
}

/// Starts server `id` with one byte under `key` flipped, and repairs that again.
async fn starts_damaged(stage: &mut Stage, id: NodeId, key: &[u8]) -> Result<(), String> {
    let disk = stage.region.servers.log_disk(id);
    let place = stage.random.below(1 << 16) as usize;
    let flip = |bytes: &mut Vec<u8>| {
        let index = place % bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(index) {
            *byte ^= 0x40;
        }
    };
    assert!(disk.corrupt(key, flip), "the key is there");
    let started = stage.region.servers.try_start(id).await;
    if started.is_ok() {
        stage.region.servers.power_off(id);
    }
    disk.corrupt(key, flip);
    started.map_err(|error| chain(&error))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The keys of all entries of a log, in order.
fn entries(disk: &FaultyDisk) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let note = &mut |key: &[u8], _: &[u8]| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    };
    disk.open().scan(b"entry/", b"entry0", note).expect("the disk can be read");
    keys
}
