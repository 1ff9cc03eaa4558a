//! A whole region in one thread: servers, agents on simulated machines, a DNS server, clients. No sockets, no real
//! time, everything decided by one seed.
//!
//! What is real here: every line between the AWS door and the agents' reconcilers, Raft and the log included. What is
//! not: the network ([`controlplane_raft::SimNetwork`] between servers, [`line`] between server and agent), the disks
//! (in memory, lose what was not synced at a power cut) and the machines ([`agent::backend::sim`]).
//!
//! What readers get wrong: virtual time passes only when nothing can run. "Within ten minutes" in a test costs as much
//! as the events in those ten minutes cost, and a test that waits for a condition looks at it in virtual time, too.

pub mod client;
pub mod door;
pub mod line;
pub mod machine;
pub mod manifests;
pub mod name_server;
pub mod region;
pub mod server;
pub mod truth;

use controlplane_raft::Sim;
use controlplane_types::BoxFuture;
use std::future::Future;

/// Names the seed to run instead of a test's own.
const SEED: &str = "HEARTH_SIM_SEED";

/// Runs a test in the world of `seed` (or of the seed in the environment); its trace.
///
/// # Panics
/// When the test does, or when nothing in the world can go on. Either way the seed and the command that replays it are
/// printed.
pub fn run<F: Future<Output = ()>>(test: &'static str, seed: u64, body: impl FnOnce(Sim) -> F) -> u64 {
    let seed = given_seed().unwrap_or(seed);
    let _replay = Replay { test, seed };
    let sim = Sim::new(seed);
    let world = body(sim.clone());
    sim.block_on(world).expect("the world goes on");
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

fn given_seed() -> Option<u64> {
    let text = std::env::var(SEED).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{SEED}={text:?} is not a number")))
}

/// Says how to see a failure again.
struct Replay {
    test: &'static str,
    seed: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {}; replay: {SEED}={} cargo test -p tests --test sim {}",
                self.seed, self.seed, self.test
            );
        }
    }
}
