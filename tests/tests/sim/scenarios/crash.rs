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

/// Flipped bytes in the log or in what a store knows of itself: the server starts on what is sound or says what is wrong;
/// it never panics and never pulls the others down.
pub(super) async fn damage_is_refused(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    stage.write_many(60).await;
    let id = stage.region.servers.ids()[stage.random.below(3) as usize];
    stage.region.servers.power_off(id);
    let (mut refused, mut keys) = (0, keys(&stage.region.servers.log_disk(id)));
    // The newest entries may be a torn end, which is cut: that is another scenario's matter.
    keys.retain(|key| key.starts_with(b"entry/"));
    keys.truncate(keys.len() * 3 / 4);
    for key in &keys {
        refused += usize::from(starts_damaged(&mut stage, id, key).await.is_err());
    }
    assert!(refused > keys.len() / 2, "{refused} of {} damages were noticed", keys.len());
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
    started.map_err(|error| error.to_string())
}

fn keys(disk: &FaultyDisk) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let note = &mut |key: &[u8], _: &[u8]| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    };
    disk.open().scan(&[], &[0xff], note).expect("the disk can be read");
    keys
}
