//! What an idle cluster costs, counted in steps of the simulator; the seconds are printed for people.

use std::time::{Duration, Instant};
use tests::sim::region::Region;
use tests::sim::run;

/// Long enough that the seconds printed mean something.
const IDLE: Duration = Duration::from_secs(120);
/// Polls of tasks per virtual second that three servers without machines may need.
const STEPS_PER_SECOND: u64 = 800;

#[test]
fn an_idle_cluster_costs_little() {
    run("an_idle_cluster_costs_little", 1, |sim| async move {
        let region = Region::new(&sim, 3, 0).await;
        region.sleep(Duration::from_secs(10)).await;
        let (steps, started) = (sim.steps(), Instant::now());
        region.sleep(IDLE).await;
        let (steps, took) = (sim.steps() - steps, started.elapsed());
        let ratio = IDLE.as_secs_f64() / took.as_secs_f64();
        println!("idle: {} steps per virtual second, {ratio:.0} times real time", steps / IDLE.as_secs());
        assert!(steps <= STEPS_PER_SECOND * IDLE.as_secs(), "{steps} steps in {IDLE:?}");
    });
}
