//! A machine of a simulated region and its agent.

use super::door::Door;
use super::invariant::generation::Generations;
use super::server::Servers;
use agent::backend::sim::{SimConfig, SimMachine};
use agent::backend::{Backend, InstanceState, ObservedInstance};
use agent::desired::keeper::Kept;
use agent::{Agent, AgentConfig, AgentHandle, Thresholds, Timing};
use controlplane_proto::agent::Generation;
use controlplane_raft::{Sim, SimRuntime};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A machine.
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub zone: String,
    /// The machine itself.
    pub hardware: SimMachine,
    address: String,
    sim: Sim,
    runtime: Arc<SimRuntime>,
    servers: Servers,
    cut: watch::Sender<bool>,
    agent: Option<AgentHandle>,
    paused: bool,
    generations: Arc<Mutex<Generations>>,
}

impl Machine {
    /// A machine with a new disk whose agent has just started.
    pub fn new(sim: &Sim, servers: &Servers, number: usize, zone: &str) -> Self {
        let name = format!("node-{number:03}");
        let runtime = sim.machine(&name);
        let mut machine = Self {
            hardware: SimMachine::new(runtime.clone(), SimConfig::new(&name)),
            name,
            zone: zone.to_owned(),
            address: format!("192.0.2.{}", number + 1),
            sim: sim.clone(),
            runtime,
            servers: servers.clone(),
            cut: watch::Sender::new(false),
            agent: None,
            paused: false,
            generations: Arc::default(),
        };
        machine.start_agent();
        machine
    }

    /// Starts the agent on what its ledger holds.
    ///
    /// # Panics
    /// When it runs already or cannot start.
    pub fn start_agent(&mut self) {
        assert!(self.agent.is_none(), "the agent of {} runs", self.name);
        let labels = [("zone", self.zone.as_str()), ("region", "us-east-1")];
        let config = AgentConfig {
            node: self.name.clone(),
            labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: self.address.clone(),
            timing: timing(),
            ledger: Arc::new(self.hardware.disk()),
            backend: Arc::new(self.hardware.clone()),
            runtime: self.runtime.clone(),
            connect: Arc::new(Door::new(&self.servers, self.runtime.clone(), self.cut.subscribe())),
        };
        let agent = Agent::start(config).expect("the agent starts");
        let witness = watch_generations(agent.kept(), self.generations.clone());
        self.runtime.spawn("witness", Box::pin(witness));
        self.agent = Some(agent);
    }

    /// Ends the agent where it stands; instances run on.
    pub fn kill_agent(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.kill();
        }
    }

    /// Cuts the power. The servers only notice the silence.
    pub fn power_off(&mut self) {
        self.cut.send_replace(true);
        self.kill_agent();
        self.hardware.power_off();
    }

    /// Turns the power on again: the agent restores what its ledger holds, then looks for a server.
    pub fn power_on(&mut self) {
        self.hardware.reboot();
        self.cut.send_replace(false);
        self.start_agent();
    }

    /// Cuts the line to the servers, or heals it. Whatever runs goes on.
    pub fn cut_off(&self, cut: bool) {
        self.cut.send_replace(cut);
    }

    /// Stops everything on it, agent and instances, until [`resume`](Self::resume).
    pub fn pause(&mut self) {
        self.paused = true;
        self.sim.pause(&self.runtime);
    }

    /// Lets a paused machine go on.
    pub fn resume(&mut self) {
        self.paused = false;
        self.sim.resume(&self.runtime);
    }

    /// Makes its wall clock differ by so much.
    pub fn set_clock(&self, offset_ms: i64) {
        self.sim.set_clock(&self.runtime, offset_ms);
    }

    /// Whether it has power and a line, and an agent that is not paused.
    pub fn is_whole(&self) -> bool {
        self.agent.is_some() && !self.paused && !*self.cut.borrow()
    }

    /// The instances whose first process runs: run and start time, by id.
    pub async fn running(&self) -> BTreeMap<String, (u64, u64)> {
        let found: Vec<ObservedInstance> = self.hardware.instances().await.unwrap_or_default();
        let running = found.into_iter().filter(|instance| instance.state == InstanceState::Running);
        running.map(|instance| (instance.id, (instance.run, instance.started_at_ms))).collect()
    }

    /// Every time a desired set followed a newer one, or was refused.
    pub fn steps_back(&self) -> Vec<String> {
        self.generations().broken().to_vec()
    }

    /// The newest desired set that was in force.
    pub fn generation(&self) -> Option<Generation> {
        self.generations().newest().cloned()
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn watch_generations(mut kept: watch::Receiver<Kept>, seen: Arc<Mutex<Generations>>) {
    loop {
        let now = kept.borrow_and_update().clone();
        seen.lock().unwrap_or_else(PoisonError::into_inner).note(&now);
        if kept.changed().await.is_err() {
            return;
        }
    }
}

/// As in production but for sweeps, which would be most of what a quiet region does.
fn timing() -> Timing {
    Timing { drift: Duration::from_secs(300), ..Timing::default() }
}
