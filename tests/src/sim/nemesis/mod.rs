//! What goes wrong in a region, drawn from its seed.
//!
//! Each seed draws which kinds of faults it has at all: a run in which everything fails at once hides what one fault
//! alone would show, and faults in pairs find what neither does. Every fault is repaired after a while, by itself or by
//! [`Nemesis::heal`]; faults overlap, also beyond a majority. What a real disk never does (forget what it synced, except
//! when it is replaced) is not among them: no consensus survives that.

mod fault;

pub use fault::Kind;

use super::region::Region;
use controlplane_raft::runtime::sim::Random;
use fault::Repair;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest time until the next fault.
const CALM_MS: u64 = 2_200;
/// The longest time until a fault is repaired.
const BROKEN_MS: u64 = 6_000;

/// A schedule of faults.
pub struct Nemesis {
    random: Random,
    kinds: Vec<Kind>,
    repairs: BTreeMap<(Duration, u64), Repair>,
    faults: u64,
    /// What happened when, for people.
    pub timeline: Vec<String>,
    /// How often each kind of fault happened.
    pub tally: BTreeMap<Kind, u64>,
}

impl Nemesis {
    /// A schedule with some kinds of faults, at least one.
    pub fn new(mut random: Random) -> Self {
        let mut kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|_| random.chance(40)).collect();
        if kinds.is_empty() {
            kinds.push(Kind::ALL[random.below(Kind::ALL.len() as u64) as usize]);
        }
        Self::with(random, kinds)
    }

    /// A schedule with these kinds of faults.
    pub fn with(random: Random, kinds: Vec<Kind>) -> Self {
        let (repairs, timeline, tally) = Default::default();
        Self { random, kinds, repairs, faults: 0, timeline, tally }
    }

    /// Breaks and repairs things for so long.
    pub async fn run(&mut self, region: &mut Region, duration: Duration) {
        let end = region.sim.now() + duration;
        let mut next_fault = region.sim.now() + self.pause(CALM_MS);
        while region.sim.now() < end {
            let next_repair = self.repairs.first_key_value().map(|((time, _), _)| *time);
            let next = next_repair.unwrap_or(end).min(next_fault).min(end);
            region.sleep(next.saturating_sub(region.sim.now())).await;
            self.repair_due(region).await;
            region.look_at_machines().await;
            if region.sim.now() >= next_fault {
                self.strike(region).await;
                next_fault = region.sim.now() + self.pause(CALM_MS);
            }
        }
    }

    fn pause(&mut self, longest_ms: u64) -> Duration {
        Duration::from_millis(self.random.below(longest_ms))
    }

    fn note(&mut self, region: &Region, what: &str) {
        self.timeline.push(format!("{:>9.3} s  {what}", region.sim.now().as_secs_f64()));
    }

    async fn strike(&mut self, region: &mut Region) {
        let kind = self.kinds[self.random.below(self.kinds.len() as u64) as usize];
        let Some((what, repair)) = fault::strike(kind, region, &mut self.random) else { return };
        self.note(region, &what);
        *self.tally.entry(kind).or_default() += 1;
        self.faults += 1;
        let due = region.sim.now() + self.pause(BROKEN_MS);
        self.repairs.insert((due, self.faults), repair);
    }

    async fn repair_due(&mut self, region: &mut Region) {
        while let Some(entry) = self.repairs.first_entry()
            && entry.key().0 <= region.sim.now()
        {
            let repair = entry.remove();
            if let Some(what) = repair.carry_out(region).await {
                self.note(region, &what);
            }
        }
    }

    /// Repairs everything that is still broken.
    pub async fn heal(&mut self, region: &mut Region) {
        while let Some((_, repair)) = self.repairs.pop_first() {
            repair.carry_out(region).await;
        }
        region.servers.heal();
        region.restart_stopped().await;
        let down = region.servers.down();
        region.start_servers(&down).await;
        self.note(region, "everything is healed");
    }
}
