//! Whole agents on simulated machines, in virtual time.

mod control_plane_lost;
mod life;
mod line;
mod pressure;
mod trouble;

use crate::backend::sim::{SimConfig, SimMachine};
use crate::testing::Virtual;
use crate::testing::objects::{ground, instance};
use crate::testing::plane::Plane;
use crate::{Agent, AgentConfig, AgentHandle, Thresholds, Timing};
use controlplane_proto::agent::instance::Target;
use controlplane_proto::agent::instance_status::State;
use controlplane_proto::agent::{InstanceStatus, Object};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One machine, its agent, and its control plane.
struct Node {
    runtime: Arc<dyn Runtime>,
    machine: SimMachine,
    plane: Plane,
    agent: Option<AgentHandle>,
}

impl Node {
    fn new(world: &Virtual) -> Self {
        let runtime = world.runtime();
        let machine = SimMachine::new(runtime.clone(), SimConfig::new("node-1"));
        let mut node = Self { plane: Plane::new(runtime.clone()), runtime, machine, agent: None };
        node.start_agent();
        node
    }

    fn start_agent(&mut self) {
        let config = AgentConfig {
            node: "node-1".into(),
            labels: BTreeMap::from([("zone".to_owned(), "a".to_owned())]),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: "192.0.2.1".into(),
            timing: Timing::default(),
            ledger: Arc::new(self.machine.disk()),
            backend: Arc::new(self.machine.clone()),
            runtime: self.runtime.clone(),
            connect: Arc::new(self.plane.clone()),
        };
        self.agent = Some(Agent::start(config).unwrap());
    }

    fn kill_agent(&mut self) {
        self.agent.take().unwrap().kill();
    }

    /// Waits in virtual time; a minute is an age.
    async fn until(&self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        let limit = self.runtime.monotonic() + Duration::from_secs(60);
        while !condition(self) {
            assert!(
                self.runtime.monotonic() < limit,
                "never: {what}; told {:#?}",
                self.plane.told().statuses
            );
            self.runtime.sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until_state(&self, id: &str, state: State) -> InstanceStatus {
        self.until(&format!("{id} {state:?}"), |node| node.state(id) == Some(state)).await;
        self.status(id).unwrap()
    }

    async fn pass(&self, seconds: u64) {
        self.runtime.sleep(Duration::from_secs(seconds)).await;
    }

    fn status(&self, id: &str) -> Option<InstanceStatus> {
        self.plane.told().statuses.get(id).cloned()
    }

    fn state(&self, id: &str) -> Option<State> {
        self.status(id).map(|status| status.state())
    }

    fn errors(&self) -> Vec<String> {
        self.plane.told().errors.into_iter().map(|error| error.reason).collect()
    }
}

/// Runs a test in virtual time.
fn on_a_node<F: Future<Output = ()>>(test: impl FnOnce(Node) -> F) {
    let world = Virtual::new(7);
    world.block_on(test(Node::new(&world)));
}

/// The ground and these instances: number, run, target.
fn with(instances: &[(u32, u64, Target)]) -> Vec<Object> {
    let objects = instances.iter().flat_map(|(number, run, target)| instance(*number, *run, *target));
    ground().into_iter().chain(objects).collect()
}
