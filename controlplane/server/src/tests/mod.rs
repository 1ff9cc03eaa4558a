//! Whole servers without sockets, on the simulator: what only several of them together show.

mod answers;
mod asking;
mod authorization;
mod coverage;
mod credentials;
mod generated;
mod latencies;
mod membership;
mod overload;
mod quotas;
mod reading;
mod regions;
mod retries;
mod telling;
mod throttling;
mod trail;
mod trails;
mod uses;
mod watching;
mod web_identity;

use crate::FirstStart;
use crate::core::{Core, CoreConfig};
use crate::writer::{Done, Work, WriteError};
use controlplane_raft::{Config, NodeId, Sim, SimNetwork, SimRuntime, Start, Stores, Timing};
use controlplane_services_kernel::Caller;
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Servers that know each other.
struct Cluster {
    sim: Sim,
    network: SimNetwork,
    servers: BTreeMap<NodeId, (Arc<SimRuntime>, Core)>,
    clock: Arc<dyn Runtime>,
}

/// Runs a test in a world of `count` servers, one of which leads.
fn run<F: Future<Output = ()>>(count: u64, test: impl FnOnce(Cluster) -> F) {
    let sim = Sim::new(7);
    let world = async {
        let cluster = Cluster::start(&sim, count).await;
        cluster.leader().await;
        test(cluster).await;
    };
    sim.block_on(world).expect("the world goes on");
}

impl Cluster {
    async fn start(sim: &Sim, count: u64) -> Self {
        let clock = sim.machine("clock");
        let mut cluster =
            Self { sim: sim.clone(), network: SimNetwork::new(sim), servers: BTreeMap::new(), clock };
        let founders: BTreeMap<_, _> = (1..=count).map(|id| (id, format!("sim:{id}"))).collect();
        for id in 1..=count {
            cluster.add(id, Start::Found(founders.clone())).await;
        }
        cluster
    }

    /// One server more.
    async fn add(&mut self, id: NodeId, start: Start) {
        let machine = self.sim.machine(&format!("server {id}"));
        let raft = Config {
            id,
            address: format!("sim:{id}"),
            cluster: "sim".to_owned(),
            start,
            timing: Timing::default(),
        };
        let config = CoreConfig { raft, first_start: first_start(), node_grace: Duration::from_secs(30) };
        let transport = self.network.transport(id, machine.clone());
        let stores = Stores::in_memory(self.sim.random());
        let core = Core::start(config, stores, transport, machine.clone()).await.expect("it starts");
        self.network.attach(id, machine.clone(), core.node.inbound());
        self.servers.insert(id, (machine, core));
    }

    fn core(&self, id: NodeId) -> &Core {
        &self.servers[&id].1
    }

    /// Waits until somebody leads and has finished the first start.
    async fn leader(&self) -> (NodeId, &Core) {
        loop {
            for (id, (_, core)) in &self.servers {
                if core.node.leadership().borrow().leads().is_some() {
                    core.ready().await;
                    return (*id, core);
                }
            }
            self.sleep(50).await;
        }
    }

    /// Somebody who does not lead.
    async fn follower(&self) -> (NodeId, &Core) {
        let (leader, _) = self.leader().await;
        let (id, (_, core)) = self.servers.iter().find(|(id, _)| **id != leader).expect("another server");
        (*id, core)
    }

    fn kill(&mut self, id: NodeId) {
        self.network.detach(id);
        if let Some((machine, _)) = self.servers.remove(&id) {
            self.sim.kill(&machine);
        }
    }

    async fn sleep(&self, millis: u64) {
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    fn root(&self) -> Caller {
        first_start().root()
    }
}

/// Tells people something: the smallest write there is.
async fn tell(core: &Core, caller: Caller, text: String) -> Result<Done, WriteError> {
    let work = Work::new(caller, move |cx| {
        cx.event("test", "it", "Told", text);
        Ok(Box::new(()) as _)
    });
    core.writer.write(work).await
}

fn first_start() -> FirstStart {
    FirstStart {
        region: "us-east-1".into(),
        zones: vec!["us-east-1a".into()],
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.51.100.0/24".parse().expect("a network"),
        manifests: Vec::new(),
    }
}
