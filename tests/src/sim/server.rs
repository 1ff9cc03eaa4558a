//! The servers of a simulated region: their disks outlive them, as disks do.

use controlplane_raft::store::{Faults, FaultyDisk, Stores};
use controlplane_raft::{Config, NodeId, RaftNode, Sim, SimNetwork, SimRuntime, Start, Timing};
use controlplane_server::FirstStart;
use controlplane_server::core::{Core, CoreConfig};
use controlplane_server::gateway::{Gateway, GatewaySettings};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a node may be silent: little more than the least that a server takes, so that a failover that costs agents
/// more time than it should shows as replaced instances.
pub const NODE_GRACE: Duration = Duration::from_secs(10);

/// One server's power supply, disks and, while it runs, its core and door.
struct Server {
    log: FaultyDisk,
    state: FaultyDisk,
    running: Option<Running>,
}

struct Running {
    machine: Arc<SimRuntime>,
    core: Core,
    gateway: Arc<Gateway>,
}

/// All servers of a region; clones share them.
#[derive(Clone)]
pub struct Servers {
    sim: Sim,
    /// Between the servers.
    pub network: SimNetwork,
    members: Arc<Mutex<BTreeMap<NodeId, Server>>>,
    start: Arc<FirstStart>,
}

impl Servers {
    /// `count` servers with empty disks, none of them running.
    pub fn new(sim: &Sim, count: u64, start: FirstStart) -> Self {
        let server =
            |id| (id, Server { log: slow_disk(sim), state: FaultyDisk::new(sim.random()), running: None });
        let members = (1..=count).map(server).collect();
        Self {
            sim: sim.clone(),
            network: SimNetwork::new(sim),
            members: Arc::new(Mutex::new(members)),
            start: Arc::new(start),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Server>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every member, running or not.
    pub fn ids(&self) -> Vec<NodeId> {
        self.lock().keys().copied().collect()
    }

    /// The members that run.
    pub fn running(&self) -> Vec<NodeId> {
        self.lock().iter().filter(|(_, server)| server.running.is_some()).map(|(id, _)| *id).collect()
    }

    /// Server `id`, if it runs.
    pub fn core(&self, id: NodeId) -> Option<Core> {
        self.lock().get(&id)?.running.as_ref().map(|running| running.core.clone())
    }

    /// The server at `address`, if it runs.
    pub fn core_at(&self, address_of: &str) -> Option<Core> {
        self.core(self.ids().into_iter().find(|id| address(*id) == address_of)?)
    }

    /// Addresses of every member.
    pub fn addresses(&self) -> Vec<String> {
        self.ids().into_iter().map(address).collect()
    }

    /// The AWS door of server `id`, if it runs.
    pub fn gateway(&self, id: NodeId) -> Option<Arc<Gateway>> {
        self.lock().get(&id)?.running.as_ref().map(|running| running.gateway.clone())
    }

    /// The disk the log of server `id` lies on.
    pub fn log_disk(&self, id: NodeId) -> FaultyDisk {
        self.lock()[&id].log.clone()
    }

    /// Switches server `id` on.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn start(&self, id: NodeId) {
        let machine = self.sim.machine(&format!("server {id}"));
        let members = self.ids().into_iter().map(|id| (id, address(id))).collect();
        let raft = Config {
            id,
            address: address(id),
            cluster: "sim".to_owned(),
            start: Start::Found(members),
            timing: Timing::default(),
        };
        let config = CoreConfig { raft, first_start: (*self.start).clone(), node_grace: NODE_GRACE };
        let stores = self.open_disks(id);
        let transport = self.network.transport(id, machine.clone());
        let core = Core::start(config, stores, transport, machine.clone()).await.expect("the server starts");
        self.network.attach(id, machine.clone(), core.node.inbound());
        let gateway = Gateway::new(self.gateway_settings(), core.clone());
        gateway.take_forwarded();
        let running = Running { machine, core, gateway };
        if let Some(server) = self.lock().get_mut(&id) {
            server.running = Some(running);
        }
    }

    fn open_disks(&self, id: NodeId) -> Stores {
        let servers = self.lock();
        let server = &servers[&id];
        Stores { log: server.log.open(), state: server.state.open() }
    }

    fn gateway_settings(&self) -> GatewaySettings {
        GatewaySettings {
            region: self.start.region.clone(),
            account: self.start.account.clone(),
            any_credentials: true,
            allow_reset: false,
            enable_bench: false,
        }
    }

    /// Cuts the power of server `id`: its tasks vanish where they stand, its disks lose what was not synced.
    pub fn power_off(&self, id: NodeId) {
        self.network.detach(id);
        let (running, log, state) = {
            let mut servers = self.lock();
            let server = servers.get_mut(&id).expect("a member");
            (server.running.take(), server.log.clone(), server.state.clone())
        };
        let running = running.expect("the server runs");
        self.sim.kill(&running.machine);
        log.power_cut();
        state.power_cut();
    }

    /// The member that leads and is ready, with the newest term.
    pub fn leader(&self) -> Option<(NodeId, Core)> {
        let cores = self.running().into_iter().filter_map(|id| Some((id, self.core(id)?)));
        let leading = cores.filter_map(|(id, core)| Some((term(&core.node)?, id, core)));
        leading.max_by_key(|(term, id, _)| (*term, *id)).map(|(_, id, core)| (id, core))
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
    let delay = Duration::from_millis(1)..Duration::from_millis(4);
    disk.set_faults(Faults { delay: Some(delay), ..Faults::default() });
    disk
}
