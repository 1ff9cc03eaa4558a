//! A whole region under faults, from one seed: clients use it, the nemesis breaks it, everything is healed, every rule is
//! checked.

use super::invariant::convergence;
use super::manifests::named_fleet;
use super::nemesis::{Kind, Nemesis};
use super::region::{self, Region};
use super::truth;
use super::workload::{Working, Workload};
use controlplane_raft::Sim;
use controlplane_raft::runtime::sim::Random;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long things go wrong.
const TROUBLE: Duration = Duration::from_secs(30);
/// How long a healed region may take to become what is desired. An agent that was silent is only missed after its grace,
/// its instances are replaced then, and a controller whose intent failed waits up to a minute.
const RECOVERY_S: u64 = 240;
/// Clients of registers.
const CLIENTS: usize = 4;

/// What a run was like, to see over many that they are worth something.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Faults by kind.
    pub faults: BTreeMap<Kind, u64>,
    /// Operations on registers, and those of them nobody knows the end of.
    pub operations: (usize, usize),
    /// Interfaces acknowledged.
    pub made: usize,
    /// Terms with a leader.
    pub terms: usize,
    /// Revisions that were followed.
    pub revisions: usize,
}

impl Tally {
    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.faults {
            *self.faults.entry(*kind).or_default() += count;
        }
        self.operations.0 += other.operations.0;
        self.operations.1 += other.operations.1;
        self.made += other.made;
        self.terms += other.terms;
        self.revisions += other.revisions;
    }
}

/// One run.
///
/// # Panics
/// When a rule is broken; what went wrong before is printed.
pub async fn run(sim: Sim) -> Tally {
    let mut random = Random::new(sim.random());
    let mut chaos = Chaos::begin(&sim, &mut random).await;
    let working = chaos.set_to_work();
    chaos.trouble(&mut random).await;
    chaos.settle(working).await;
    chaos.judge().await;
    chaos.tally()
}

struct Chaos {
    region: Region,
    workload: Workload,
    nemesis: Nemesis,
    /// Members of the group, as desired last.
    members: usize,
}

impl Chaos {
    async fn begin(sim: &Sim, random: &mut Random) -> Self {
        let servers = [1, 3, 3, 3, 5][random.below(5) as usize];
        let mut setup = region::setup(servers);
        // Small, so that logs are purged and snapshots sent within a run.
        setup.timing.entries_per_snapshot = 20 + random.below(200);
        setup.timing.entries_kept = random.below(40);
        let region = Region::with(sim, setup, 3 + random.below(4) as usize).await;
        let members = 4 + random.below(6) as usize;
        region.apply_patiently(&named_fleet(members)).await;
        let workload = Workload::new(sim, &region.servers, truth::registers(&region.view()));
        let nemesis = Nemesis::new(Random::new(random.draw()));
        Self { region, workload, nemesis, members }
    }

    fn set_to_work(&self) -> Vec<Working> {
        let subnet = truth::subnet(&self.region.view());
        let mut working: Vec<Working> =
            (0..CLIENTS).map(|number| self.workload.use_registers(&format!("client-{number}"))).collect();
        working.push(self.workload.make_interfaces("maker", &subnet));
        working.push(self.workload.read_revisions("revision-reader"));
        working
    }

    /// Half of the trouble comes before the group is resized and half after, so that there is something to converge to.
    async fn trouble(&mut self, random: &mut Random) {
        self.nemesis.run(&mut self.region, TROUBLE / 2).await;
        let members = 3 + random.below(8) as usize;
        if let Some((_, core)) = self.region.servers.leader() {
            // Whether it was taken is known only by what is recorded in the end.
            drop(self.region.try_apply(&core, named_fleet(members)).await);
        }
        self.nemesis.run(&mut self.region, TROUBLE / 2).await;
        self.members = members;
    }

    async fn settle(&mut self, working: Vec<Working>) {
        self.nemesis.heal(&mut self.region).await;
        self.workload.stop();
        for end in working {
            end.await.expect("the client ends");
        }
        self.region.apply_patiently(&named_fleet(self.members)).await;
        let end = self.region.sim.now() + Duration::from_secs(RECOVERY_S);
        loop {
            let differences = convergence::differences(&self.region, self.members).await;
            if differences.is_empty() {
                return;
            }
            if self.region.sim.now() >= end {
                panic!("not within {RECOVERY_S} s:\n{}", differences.join("\n"));
            }
            self.region.sleep(Duration::from_millis(500)).await;
        }
    }

    async fn judge(&self) {
        for id in self.region.servers.ids() {
            self.workload.read_all(id).await;
        }
        self.region.look_at_machines().await;
        let mut views = Vec::new();
        for id in self.region.servers.ids() {
            views.push((id, self.region.read_at(id).await));
        }
        let mut broken = self.region.broken();
        broken.extend(self.workload.broken(&views));
        broken.extend(self.region.different_servers().await);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    fn tally(&self) -> Tally {
        let seen = self.region.servers.witness.seen();
        Tally {
            faults: self.nemesis.tally.clone(),
            operations: self.workload.history.size(),
            made: self.workload.acknowledged().count(),
            terms: seen.leaders.terms(),
            revisions: seen.watch.revisions(),
        }
    }
}

impl Drop for Chaos {
    /// Whatever ends a run early, what went wrong before it is the first thing to know.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what went wrong, by virtual time:\n{}", self.nemesis.timeline.join("\n"));
        }
    }
}
