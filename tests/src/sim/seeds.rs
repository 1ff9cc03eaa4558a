//! Which seeds a test runs, and how to see a failure again.
//!
//! `HEARTH_SIM_SEED=7` runs every test in the world of seed 7 and in no other. `HEARTH_SIM_SEEDS=100000` is how many
//! seeds [`run_many`] tries; `HEARTH_SIM_SEEDS=5000..6000` which ones.

use controlplane_raft::Sim;
use controlplane_types::BoxFuture;
use std::future::Future;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Names the seed to run instead of a test's own.
const SEED: &str = "HEARTH_SIM_SEED";
/// Names the seeds of a test that tries many.
const SEEDS: &str = "HEARTH_SIM_SEEDS";

/// Runs a test in the world of `seed` (or of the seed in the environment); its trace.
///
/// # Panics
/// When the test does, or when nothing in the world can go on. Either way the seed and the command that replays it are
/// printed.
pub fn run<F: Future<Output = ()>>(test: &'static str, seed: u64, body: impl FnOnce(Sim) -> F) -> u64 {
    let seed = given_seed().unwrap_or(seed);
    let _replay = Replay { test, seed };
    run_in(seed, body)
}

fn run_in<F: Future<Output = ()>>(seed: u64, body: impl FnOnce(Sim) -> F) -> u64 {
    let sim = Sim::new(seed);
    let world = body(sim.clone());
    sim.block_on(world).expect("the world goes on");
    sim.end();
    sim.trace()
}

/// Runs a test in several worlds, or only in that of the seed in the environment.
///
/// # Panics
/// As [`run`].
pub fn run_each(test: &'static str, seeds: &[u64], body: impl Fn(Sim) -> BoxFuture<()>) {
    let given = given_seed();
    for seed in given.as_ref().map_or(seeds, std::slice::from_ref) {
        run(test, *seed, &body);
    }
}

/// Runs a test in so many worlds (or as many as the environment asks for), as many at once as there are processors; how
/// many it were.
///
/// # Panics
/// As [`run`], when any of them does; the others still running are finished first.
pub fn run_many(test: &'static str, count: u64, body: impl Fn(Sim) -> BoxFuture<()> + Sync) -> u64 {
    let seeds = given_seed().map_or_else(|| given_seeds(count), |seed| seed..seed + 1);
    let (next, failed) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let worker = || {
        let _alarm = Alarm(&failed);
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            run_one(test, seed, &body);
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let ended: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        assert!(ended.iter().all(Result::is_ok), "a seed failed; see above how to replay it");
    });
    seeds.end - seeds.start
}

/// As [`run`], but with exactly this seed.
fn run_one(test: &'static str, seed: u64, body: &impl Fn(Sim) -> BoxFuture<()>) {
    let _replay = Replay { test, seed };
    run_in(seed, body);
}

fn given_seed() -> Option<u64> {
    let text = std::env::var(SEED).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{SEED}={text:?} is not a number")))
}

fn given_seeds(count: u64) -> Range<u64> {
    let Ok(text) = std::env::var(SEEDS) else { return 0..count };
    let read = || match text.split_once("..") {
        Some((start, end)) => Some(start.parse().ok()?..end.parse().ok()?),
        None => Some(0..text.parse().ok()?),
    };
    read().unwrap_or_else(|| panic!("{SEEDS}={text:?} is neither a number nor a range such as 5000..6000"))
}

/// Tells the other workers when one fails.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Says how to see a failure again.
struct Replay {
    test: &'static str,
    seed: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "seed {0}; replay: {SEED}={0} cargo test -p tests --test sim {1}",
                self.seed, self.test
            );
        }
    }
}
