//! What idle servers cost, counted: steps of the simulator, log entries, bytes and syncs of disks. The seconds are printed
//! for people, and say little in a build that is not optimised:
//! `cargo test --release -p tests --test sim idle -- --nocapture`.

use std::time::{Duration, Instant};
use tests::sim::region::Region;
use tests::sim::run;

/// Long enough that the seconds printed mean something.
const IDLE: Duration = Duration::from_secs(120);
/// Until what the start caused is over: agents asleep, flushes done.
const SETTLE: Duration = Duration::from_secs(30);

/// Everything that an idle region must not change.
fn durable(region: &Region) -> Vec<(u64, u64, usize)> {
    let servers = &region.servers;
    let disks = |id| [servers.log_disk(id), servers.state_disk(id)];
    let lines = servers.ids().into_iter().flat_map(disks).map(|disk| (disk.syncs(), disk.used_bytes()));
    lines.map(|(syncs, bytes)| (region.newest_entry(), syncs, bytes)).collect()
}

/// Lets `servers` with `nodes` machines idle; no more than `budget` polls of tasks per virtual second, and nothing written.
fn idles_within(test: &'static str, servers: u64, nodes: usize, budget: u64) {
    run(test, 1, |sim| async move {
        let region = Region::new(&sim, servers, nodes).await;
        region.sleep(SETTLE).await;
        let (steps, held, started) = (sim.steps(), durable(&region), Instant::now());
        region.sleep(IDLE).await;
        let (steps, took) = (sim.steps() - steps, started.elapsed());
        let ratio = IDLE.as_secs_f64() / took.as_secs_f64();
        let rate = steps as f64 / IDLE.as_secs_f64();
        println!(
            "{servers} servers, {nodes} machines, idle: {rate:.1} steps per virtual second, {ratio:.0} times real time"
        );
        assert_eq!(durable(&region), held, "entries, syncs and bytes of each disk");
        assert!(steps <= budget * IDLE.as_secs(), "{steps} steps in {IDLE:?}");
    });
}

#[test]
fn a_lone_idle_server_hardly_wakes_up() {
    idles_within("a_lone_idle_server_hardly_wakes_up", 1, 0, 1);
}

#[test]
fn three_idle_servers_say_only_that_they_are_there() {
    idles_within("three_idle_servers_say_only_that_they_are_there", 3, 0, 230);
}

#[test]
fn idle_machines_add_little() {
    idles_within("idle_machines_add_little", 3, 9, 300);
}
