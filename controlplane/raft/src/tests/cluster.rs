//! A simulated cluster whose servers can be started, cut off and killed.

use crate::runtime::sim::{Sim, SimRuntime};
use crate::store::{FaultyDisk, Fuse, Stores};
use crate::transport::sim::SimNetwork;
use crate::{Batch, Change, Config, NodeId, RaftNode, Start, StartError, Timing};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Cluster {
    pub(super) sim: Sim,
    pub(super) network: SimNetwork,
    pub(super) timing: Timing,
    /// The name under which servers start from now on.
    pub(super) name: String,
    servers: BTreeMap<NodeId, Server>,
    /// Those a server with empty disks founds the cluster with, if it is one of them.
    founders: Vec<NodeId>,
}

struct Server {
    log: FaultyDisk,
    state: FaultyDisk,
    running: Option<(Arc<SimRuntime>, RaftNode)>,
}

pub(super) fn change(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Change {
    Change { key: key.into(), value: Some(value.into()) }
}

impl Cluster {
    /// `count` servers with empty disks, none of them running.
    pub(super) fn new(sim: &Sim, count: u64) -> Self {
        let mut cluster = Self {
            sim: sim.clone(),
            network: SimNetwork::new(sim),
            timing: Timing::default(),
            name: "sim".to_owned(),
            servers: BTreeMap::new(),
            founders: (1..=count).collect(),
        };
        (1..=count).for_each(|id| cluster.install(id));
        cluster
    }

    /// Brings a server with empty disks.
    pub(super) fn install(&mut self, id: NodeId) {
        let disk = || FaultyDisk::new(self.sim.random());
        let server = Server { log: disk(), state: disk(), running: None };
        self.servers.insert(id, server);
    }

    /// A server that is to join.
    pub(super) async fn install_and_start(&mut self, id: NodeId) {
        self.install(id);
        self.start(id).await;
    }

    pub(super) async fn all(sim: &Sim, count: u64) -> Self {
        let mut cluster = Self::new(sim, count);
        for id in cluster.ids() {
            cluster.start(id).await;
        }
        cluster
    }

    pub(super) fn ids(&self) -> Vec<NodeId> {
        self.servers.keys().copied().collect()
    }

    pub(super) fn running(&self) -> Vec<NodeId> {
        self.servers.iter().filter(|(_, server)| server.running.is_some()).map(|(id, _)| *id).collect()
    }

    /// Cuts the power of a server's disks before one of its steps.
    pub(super) fn fuse(&self, id: NodeId, steps: u64) -> Fuse {
        Fuse::new(&[&self.servers[&id].log, &self.servers[&id].state], steps)
    }

    pub(super) fn log_disk(&self, id: NodeId) -> &FaultyDisk {
        &self.servers[&id].log
    }

    /// The two stores of a server that does not run.
    pub(super) fn stores(&self, id: NodeId) -> Stores {
        let server = &self.servers[&id];
        assert!(server.running.is_none());
        Stores { log: server.log.open(), state: server.state.open() }
    }

    pub(super) fn machine(&self, id: NodeId) -> Arc<SimRuntime> {
        self.servers[&id].running.as_ref().expect("the server runs").0.clone()
    }

    pub(super) fn state_disk(&self, id: NodeId) -> &FaultyDisk {
        &self.servers[&id].state
    }

    pub(super) fn node(&self, id: NodeId) -> &RaftNode {
        &self.servers[&id].running.as_ref().expect("the server runs").1
    }

    pub(super) async fn start(&mut self, id: NodeId) {
        self.try_start(id, &format!("sim:{id}")).await.unwrap();
    }

    pub(super) async fn try_start(&mut self, id: NodeId, address: &str) -> Result<(), StartError> {
        let founders = self.founders.iter().map(|id| (*id, format!("sim:{id}"))).collect();
        let start = if self.founders.contains(&id) && address == format!("sim:{id}") {
            Start::Found(founders)
        } else {
            Start::Join
        };
        let config = Config {
            id,
            address: address.to_owned(),
            cluster: self.name.clone(),
            start,
            timing: self.timing.clone(),
        };
        let runtime = self.sim.machine(&format!("server {id}"));
        let server = self.servers.get_mut(&id).unwrap();
        let stores = Stores { log: server.log.open(), state: server.state.open() };
        let transport = self.network.transport(id, runtime.clone());
        let node = RaftNode::start(config, runtime.clone(), stores, transport).await?;
        self.network.attach(id, runtime.clone(), node.inbound());
        server.running = Some((runtime, node));
        Ok(())
    }

    /// Cuts the power of one server: tasks vanish, unsynced writes are lost.
    pub(super) fn kill(&mut self, id: NodeId) {
        self.network.detach(id);
        let server = self.servers.get_mut(&id).unwrap();
        let (runtime, node) = server.running.take().expect("the server runs");
        self.sim.kill(&runtime);
        drop(node);
        server.log.power_cut();
        server.state.power_cut();
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        self.sim.machine("clock").sleep(duration).await;
    }

    /// The server with the newest ready leadership.
    pub(super) fn leader(&self) -> Option<(NodeId, u64)> {
        let leads = |id: NodeId| self.node(id).leadership().borrow().leads().map(|term| (id, term));
        self.running().into_iter().filter_map(leads).max_by_key(|(_, term)| *term)
    }

    pub(super) async fn wait_for_leader(&self) -> (NodeId, u64) {
        for _ in 0..2_000 {
            if let Some(leader) = self.leader() {
                return leader;
            }
            self.sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody leads after {:?}", self.sim.now());
    }

    /// Waits until every running server has applied what the leader has.
    pub(super) async fn wait_until_level(&self) -> u64 {
        for _ in 0..2_000 {
            let applied: Vec<_> = self.running().into_iter().map(|id| self.node(id).metrics()).collect();
            let last = applied.iter().map(|metrics| metrics.last_log).max().unwrap_or(0);
            if applied.iter().all(|metrics| metrics.applied == last) {
                return last;
            }
            self.sleep(Duration::from_millis(10)).await;
        }
        let metrics: Vec<_> = self.running().into_iter().map(|id| self.node(id).metrics()).collect();
        panic!("servers are not level after {:?}: {metrics:#?}", self.sim.now());
    }

    /// Waits until `condition` holds.
    pub(super) async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        for _ in 0..2_000 {
            if condition(self) {
                return;
            }
            self.sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} did not come true until {:?}", self.sim.now());
    }

    /// Proposes one change at the leader, until it is applied.
    pub(super) async fn put(&self, key: &str, value: &str) -> u64 {
        for _ in 0..100 {
            let (id, term) = self.wait_for_leader().await;
            let node = self.node(id);
            let previous = node.state().await.unwrap().last;
            let batch = Batch { term, previous, changes: vec![change(key, value)], ..Batch::default() };
            if let Ok(index) = node.propose(batch).await {
                return index;
            }
            self.sleep(Duration::from_millis(100)).await;
        }
        panic!("{key} was never applied");
    }

    pub(super) async fn get(&self, id: NodeId, key: &str) -> Option<Vec<u8>> {
        let state = self.node(id).state().await.unwrap();
        state.records.into_iter().find(|(found, _)| found == key).map(|(_, value)| value)
    }
}

/// Waits until `node` leads and is ready.
pub(super) async fn ready(node: &RaftNode) -> u64 {
    let mut leadership = node.leadership();
    let leads = leadership.wait_for(|leadership| leadership.leads().is_some()).await.unwrap();
    leads.leads().unwrap()
}
