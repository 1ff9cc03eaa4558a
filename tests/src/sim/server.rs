//! The servers of a simulated region: their disks outlive them, as disks do.

use super::request::{Path, Request};
use super::witness::Witness;
use controlplane_raft::store::{Faults, FaultyDisk, Stores};
use controlplane_raft::transport::sim::Weather;
use controlplane_raft::{Config, NodeId, RaftNode, Sim, SimNetwork, SimRuntime, Start, Timing};
use controlplane_server::FirstStart;
use controlplane_server::core::{Core, CoreConfig, CoreError};
use controlplane_server::gateway::{Gateway, GatewaySettings};
use controlplane_server::providers::Nowhere;
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a node may be silent: little more than the least that a server takes, so that a failover that costs agents
/// more time than it should shows as replaced instances.
pub const NODE_GRACE: Duration = Duration::from_secs(10);

/// One server's power supply, clock, disks and, while it runs, its core and door.
struct Server {
    log: FaultyDisk,
    state: FaultyDisk,
    clock_ms: i64,
    running: Option<Running>,
}

struct Running {
    machine: Arc<SimRuntime>,
    core: Core,
    gateway: Arc<Gateway>,
}

/// How the servers of a region are set up.
#[derive(Clone)]
pub struct Setup {
    /// How many.
    pub count: u64,
    /// What the region begins with.
    pub first_start: FirstStart,
    /// Raft's.
    pub timing: Timing,
    /// Whether every key is believed.
    pub any_credentials: bool,
}

/// All servers of a region; clones share them.
#[derive(Clone)]
pub struct Servers {
    sim: Sim,
    /// Between the servers.
    pub network: SimNetwork,
    /// What clients come through.
    pub path: Path,
    /// What is seen of every server over all its lives.
    pub witness: Witness,
    members: Arc<Mutex<BTreeMap<NodeId, Server>>>,
    setup: Arc<Mutex<Setup>>,
}

impl Servers {
    /// Servers with empty disks, none of them running.
    pub fn new(sim: &Sim, setup: Setup) -> Self {
        let server = |id| {
            let (log, state) = (slow_disk(sim), FaultyDisk::new(sim.random()));
            (id, Server { log, state, clock_ms: 0, running: None })
        };
        let members = (1..=setup.count).map(server).collect();
        Self {
            sim: sim.clone(),
            network: SimNetwork::new(sim),
            path: Path::new(sim),
            witness: Witness::default(),
            members: Arc::new(Mutex::new(members)),
            setup: Arc::new(Mutex::new(setup)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Server>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn setup(&self) -> Setup {
        self.setup.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the setup of servers that start from now on.
    pub fn reconfigure(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Every member, running or not.
    pub fn ids(&self) -> Vec<NodeId> {
        self.lock().keys().copied().collect()
    }

    /// The members that run.
    pub fn running(&self) -> Vec<NodeId> {
        self.lock().iter().filter(|(_, server)| server.running.is_some()).map(|(id, _)| *id).collect()
    }

    /// The members that do not.
    pub fn down(&self) -> Vec<NodeId> {
        self.lock().iter().filter(|(_, server)| server.running.is_none()).map(|(id, _)| *id).collect()
    }

    fn with<T>(&self, id: NodeId, look: impl FnOnce(&Running) -> T) -> Option<T> {
        self.lock().get(&id)?.running.as_ref().map(look)
    }

    /// Server `id`, if it runs.
    pub fn core(&self, id: NodeId) -> Option<Core> {
        self.with(id, |running| running.core.clone())
    }

    /// The machine server `id` runs on, if it runs.
    pub fn machine(&self, id: NodeId) -> Option<Arc<SimRuntime>> {
        self.with(id, |running| running.machine.clone())
    }

    /// The server at `address`, if it runs.
    pub fn core_at(&self, address_of: &str) -> Option<Core> {
        self.core(self.ids().into_iter().find(|id| address(*id) == address_of)?)
    }

    /// Addresses of every member.
    pub fn addresses(&self) -> Vec<String> {
        self.ids().into_iter().map(address).collect()
    }

    /// The disk the log of server `id` lies on.
    pub fn log_disk(&self, id: NodeId) -> FaultyDisk {
        self.lock()[&id].log.clone()
    }

    /// The disk the records of server `id` lie on.
    pub fn state_disk(&self, id: NodeId) -> FaultyDisk {
        self.lock()[&id].state.clone()
    }

    /// Switches server `id` on.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn start(&self, id: NodeId) {
        self.try_start(id).await.expect("the server starts");
    }

    /// Switches server `id` on, if its disks let it start.
    pub async fn try_start(&self, id: NodeId) -> Result<(), CoreError> {
        let setup = self.setup();
        let machine = self.sim.machine(&format!("server {id}"));
        let members = self.ids().into_iter().map(|id| (id, address(id))).collect();
        let raft = Config {
            id,
            address: address(id),
            cluster: "sim".to_owned(),
            start: Start::Found(members),
            timing: setup.timing.clone(),
        };
        let config = CoreConfig { raft, first_start: setup.first_start.clone(), node_grace: NODE_GRACE };
        let stores = self.open_disks(id, &machine);
        let transport = self.network.transport(id, machine.clone());
        let started = Core::start(config, stores, transport, machine.clone()).await;
        // Whatever a start that failed left running would go on on a dead machine.
        let core = started.inspect_err(|_| self.sim.kill(&machine))?;
        self.network.attach(id, machine.clone(), core.node.inbound());
        self.witness.attend(id, &core, &machine);
        let gateway = Gateway::new(gateway_settings(&setup), core.clone());
        gateway.take_forwarded();
        let running = Running { machine, core, gateway };
        if let Some(server) = self.lock().get_mut(&id) {
            server.running = Some(running);
        }
        Ok(())
    }

    fn open_disks(&self, id: NodeId, machine: &SimRuntime) -> Stores {
        let servers = self.lock();
        let server = &servers[&id];
        self.sim.set_clock(machine, server.clock_ms);
        Stores { log: server.log.open(), state: server.state.open() }
    }

    fn end(&self, id: NodeId) -> (FaultyDisk, FaultyDisk) {
        self.network.detach(id);
        let (running, log, state) = {
            let mut servers = self.lock();
            let server = servers.get_mut(&id).expect("a member");
            (server.running.take(), server.log.clone(), server.state.clone())
        };
        let running = running.expect("the server runs");
        self.sim.kill(&running.machine);
        (log, state)
    }

    /// Cuts the power of server `id`: its tasks vanish where they stand, its disks lose what was not synced.
    pub fn power_off(&self, id: NodeId) {
        let (log, state) = self.end(id);
        log.power_cut();
        state.power_cut();
    }

    /// Ends the process of server `id` (SIGKILL): the system still has what the log wrote, but the records, which keep no
    /// journal, lose what was not flushed.
    pub fn crash(&self, id: NodeId) {
        let (_, state) = self.end(id);
        state.power_cut();
    }

    /// Switches everything off and lets go of it: servers and their network hold each other.
    pub fn dismantle(&self) {
        for id in self.running() {
            self.end(id);
        }
    }

    /// Stops every task of server `id` until [`resume`](Self::resume).
    pub fn pause(&self, id: NodeId) {
        if let Some(machine) = self.machine(id) {
            self.sim.pause(&machine);
        }
    }

    /// Lets a paused server go on.
    pub fn resume(&self, id: NodeId) {
        if let Some(machine) = self.machine(id) {
            self.sim.resume(&machine);
        }
    }

    /// Sets the wall clock of server `id`, for this life and the next ones.
    pub fn set_clock(&self, id: NodeId, offset_ms: i64) {
        if let Some(server) = self.lock().get_mut(&id) {
            server.clock_ms = offset_ms;
        }
        if let Some(machine) = self.machine(id) {
            self.sim.set_clock(&machine, offset_ms);
        }
    }

    /// Hands a request to the AWS door of server `id`, where it runs on that server's machine. The answer never comes if
    /// the server dies or is paused for good; `None` when nobody listens.
    pub fn knock(&self, id: NodeId, request: Request) -> Option<oneshot::Receiver<super::request::Answer>> {
        let (machine, gateway) =
            self.with(id, |running| (running.machine.clone(), running.gateway.clone()))?;
        let (reply, answer) = oneshot::channel();
        let task = async move {
            let (parts, body) = request.into_http().into_parts();
            let response = gateway.answer(parts, body).await;
            // Whoever asked may have hung up.
            let _ = reply.send(response.into());
        };
        machine.spawn("aws request", Box::pin(task));
        Some(answer)
    }

    /// The member that leads and is ready, with the newest term.
    pub fn leader(&self) -> Option<(NodeId, Core)> {
        let cores = self.running().into_iter().filter_map(|id| Some((id, self.core(id)?)));
        let leading = cores.filter_map(|(id, core)| Some((term(&core.node)?, id, core)));
        leading.max_by_key(|(term, id, _)| (*term, *id)).map(|(_, id, core)| (id, core))
    }

    /// Changes the weather everywhere: between the servers and on the way to them.
    pub fn set_weather(&self, weather: &Weather) {
        self.network.set_weather(weather.clone());
        self.path.set_weather(weather.clone());
    }

    /// Whether a request may have arrived twice, on any way.
    pub fn may_double(&self) -> bool {
        self.path.has_doubled()
    }

    /// Fair weather and healthy disks everywhere; nobody is started.
    pub fn heal(&self) {
        self.network.heal();
        self.set_weather(&Weather::default());
        for id in self.ids() {
            self.resume(id);
            self.set_clock(id, 0);
            self.log_disk(id).set_faults(syncs_take_time());
            self.state_disk(id).set_faults(Faults::default());
        }
    }
}

fn gateway_settings(setup: &Setup) -> GatewaySettings {
    GatewaySettings {
        region: setup.first_start.region.clone(),
        account: setup.first_start.account.clone(),
        any_credentials: setup.any_credentials,
        allow_reset: false,
        enable_bench: false,
        limits: None,
        documents: Arc::new(Nowhere),
    }
}

fn address(id: NodeId) -> String {
    format!("sim:{id}")
}

/// The term `node` leads in, if it does.
fn term(node: &RaftNode) -> Option<u64> {
    node.leadership().borrow().leads()
}

/// A disk whose syncs take time, so that requests meet in batches as they do on real ones.
fn slow_disk(sim: &Sim) -> FaultyDisk {
    let disk = FaultyDisk::new(sim.random());
    disk.set_faults(syncs_take_time());
    disk
}

/// What a healthy log disk is like.
pub fn syncs_take_time() -> Faults {
    slow(1, 4)
}

/// A disk each of whose writes takes between two times.
pub fn slow(from_ms: u64, to_ms: u64) -> Faults {
    let delay = Duration::from_millis(from_ms)..Duration::from_millis(to_ms);
    Faults { delay: Some(delay), ..Faults::default() }
}
