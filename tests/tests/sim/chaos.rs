//! Whole regions under faults.

use controlplane_raft::Sim;
use std::sync::{Arc, Mutex, PoisonError};
use tests::sim::chaos::{Tally, run};
use tests::sim::nemesis::Kind;
use tests::sim::run_many;

/// Seeds in `make test`; `HEARTH_SIM_SEEDS=100000` runs more.
const SEEDS: u64 = 200;

#[test]
fn whole_regions_under_faults() {
    let total = Arc::new(Mutex::new(Tally::default()));
    let count = run_many("whole_regions_under_faults", SEEDS, |sim| {
        let total = total.clone();
        Box::pin(async move {
            let tally = run(sim).await;
            total.lock().unwrap_or_else(PoisonError::into_inner).add(&tally);
        })
    });
    let total = total.lock().unwrap();
    println!("{count} seeds: {total:#?}");
    if count >= SEEDS {
        for kind in Kind::ALL {
            let struck = total.faults.get(&kind).copied().unwrap_or(0);
            assert!(struck >= count / 4, "{kind:?} hardly happened: {struck} times");
        }
        assert!(total.operations.0 as u64 > count * 50 && total.made as u64 > count * 5, "{total:?}");
    }
}

/// The trace and the tally of one seed.
fn story(seed: u64) -> (u64, String) {
    let sim = Sim::new(seed);
    let tally = sim.block_on(run(sim.clone())).expect("the world goes on");
    sim.end();
    (sim.trace(), format!("{tally:?}"))
}

#[test]
fn a_seed_under_faults_replays_bit_for_bit() {
    for seed in [1, 2] {
        assert_eq!(story(seed), story(seed), "seed {seed}");
    }
    assert_ne!(story(1), story(2));
}
