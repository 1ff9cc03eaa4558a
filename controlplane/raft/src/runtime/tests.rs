//! The simulator keeps its promises.

use super::{Sim, SimRuntime};
use controlplane_types::Runtime;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

const SECOND: Duration = Duration::from_secs(1);

/// Ten tasks that each draw numbers, wait and write their name down.
fn scramble(seed: u64) -> (Vec<u64>, u64) {
    let sim = Sim::new(seed);
    let order = Arc::new(Mutex::new(Vec::new()));
    let machine = sim.machine("m");
    for name in 0..10 {
        let (order, clock) = (order.clone(), machine.clone());
        let task = async move {
            for _ in 0..3 {
                clock.sleep(Duration::from_millis(clock.random() % 5)).await;
                order.lock().unwrap().push(name);
            }
        };
        machine.spawn("task", Box::pin(task));
    }
    sim.block_on(machine.sleep(SECOND)).unwrap();
    let order = order.lock().unwrap().clone();
    (order, sim.trace())
}

#[test]
fn a_seed_replays_and_another_does_not() {
    let (order, trace) = scramble(7);
    assert_eq!(order.len(), 30);
    assert_eq!(scramble(7), (order.clone(), trace));
    assert_ne!(scramble(8), (order, trace));
}

#[test]
fn time_jumps_to_the_next_timer() {
    let sim = Sim::new(1);
    let machine = sim.machine("m");
    let before = machine.now();
    sim.block_on(machine.sleep(SECOND * 3600)).unwrap();
    assert_eq!(sim.now(), SECOND * 3600);
    assert_eq!(machine.now().since(before), SECOND * 3600);
}

#[test]
fn a_deadlock_is_an_error() {
    let sim = Sim::new(1);
    let stalled = sim.block_on(std::future::pending::<()>());
    assert!(stalled.is_err());
}

fn ticker(machine: &Arc<SimRuntime>) -> Arc<AtomicU64> {
    let ticks = Arc::new(AtomicU64::new(0));
    let (count, clock) = (ticks.clone(), machine.clone());
    let task = async move {
        loop {
            clock.sleep(SECOND).await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    };
    machine.spawn("ticker", Box::pin(task));
    ticks
}

#[test]
fn a_killed_machine_does_nothing_more() {
    let sim = Sim::new(1);
    let (dies, lives) = (sim.machine("dies"), sim.machine("lives"));
    let (dead, alive) = (ticker(&dies), ticker(&lives));
    sim.block_on(lives.sleep(SECOND * 5 + SECOND / 2)).unwrap();
    sim.kill(&dies);
    ticker(&dies);
    sim.block_on(lives.sleep(SECOND * 5)).unwrap();
    assert_eq!((dead.load(Ordering::Relaxed), alive.load(Ordering::Relaxed)), (5, 10));
}

#[test]
fn who_waits_for_an_aborted_task_is_told() {
    let sim = Sim::new(1);
    let machine = sim.machine("m");
    let (sender, receiver) = oneshot::channel::<()>();
    let task = async move {
        let _sender = sender;
        std::future::pending().await
    };
    let handle = machine.spawn("stuck", Box::pin(task));
    let aborting = machine.clone();
    let aborter = async move {
        aborting.sleep(SECOND).await;
        handle.abort();
    };
    machine.spawn("aborter", Box::pin(aborter));
    assert!(sim.block_on(receiver).unwrap().is_err());
}

#[test]
fn a_paused_machine_misses_nothing_but_time() {
    let sim = Sim::new(1);
    let (pauses, lives) = (sim.machine("pauses"), sim.machine("lives"));
    let (paused, alive) = (ticker(&pauses), ticker(&lives));
    let ticks = || (paused.load(Ordering::Relaxed), alive.load(Ordering::Relaxed));
    sim.block_on(lives.sleep(SECOND * 2 + SECOND / 2)).unwrap();
    sim.pause(&pauses);
    let spawned = ticker(&pauses);
    sim.block_on(lives.sleep(SECOND * 5)).unwrap();
    assert_eq!(ticks(), (2, 7));
    sim.resume(&pauses);
    sim.block_on(lives.sleep(SECOND * 2 - SECOND / 4)).unwrap();
    // The tick that was due is late, the others of the pause were never asked for.
    assert_eq!(ticks(), (4, 9));
    assert_eq!(spawned.load(Ordering::Relaxed), 1, "what was begun in the pause begins after it");
}

#[test]
fn a_clock_jumps_and_durations_do_not() {
    let sim = Sim::new(1);
    let (jumps, other) = (sim.machine("jumps"), sim.machine("other"));
    let hour = 3_600_000;
    for offset in [hour, -hour] {
        sim.set_clock(&jumps, offset);
        let differs = jumps.now().0 as i64 - other.now().0 as i64;
        assert!((differs - offset).abs() < 50, "{differs}");
        let before = jumps.monotonic();
        sim.block_on(jumps.sleep(SECOND)).unwrap();
        assert_eq!(jumps.monotonic() - before, SECOND);
    }
}
