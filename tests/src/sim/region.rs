//! A region: servers, machines, a name server, and the tests' view of them.

use super::client::Client;
use super::machine::Machine;
use super::manifests::ZONES;
use super::name_server::NameServer;
use super::server::{Servers, Setup};
use super::truth::{self, Member};
use controlplane_raft::{Leadership, NodeId, Sim, State, Timing};
use controlplane_server::FirstStart;
use controlplane_server::core::Core;
use controlplane_server::registry::SERVICES;
use controlplane_server::writer::{Done, Work, WriteError};
use controlplane_services_kernel::View;
use controlplane_services_kernel::manifest::{apply::apply, parse};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long an operator waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A simulated region.
pub struct Region {
    /// The world.
    pub sim: Sim,
    /// Its servers.
    pub servers: Servers,
    /// Its machines, in the order of their names.
    pub machines: Vec<Machine>,
    /// Its name server.
    pub name_server: NameServer,
    clock: Arc<dyn Runtime>,
}

impl Region {
    /// `servers` servers and `nodes` machines, evenly over three zones.
    pub async fn new(sim: &Sim, servers: u64, nodes: usize) -> Self {
        Self::with(sim, setup(servers), nodes).await
    }

    /// The same with another setup.
    pub async fn with(sim: &Sim, setup: Setup, nodes: usize) -> Self {
        let clock: Arc<dyn Runtime> = sim.machine("clock");
        let servers = Servers::new(sim, setup);
        for id in servers.ids() {
            servers.start(id).await;
        }
        let name_server = NameServer::start(&servers, &clock);
        let zone = |number: usize| ZONES[number % ZONES.len()];
        let machines = (0..nodes).map(|number| Machine::new(sim, &servers, number, zone(number))).collect();
        let region = Self { sim: sim.clone(), servers, machines, name_server, clock };
        let ready = |region: &Self| {
            region.servers.leader().is_some_and(|(_, core)| core.agents.connected().len() == nodes)
        };
        region.until("every agent has a session", 60, ready).await;
        region
    }

    /// Waits, in virtual time.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// Waits until `holds`, at most so many virtual seconds.
    ///
    /// # Panics
    /// When it does not come to hold.
    pub async fn until(&self, what: &str, seconds: u64, holds: impl Fn(&Self) -> bool) {
        let end = self.sim.now() + Duration::from_secs(seconds);
        while !holds(self) {
            assert!(self.sim.now() < end, "not within {seconds} s: {what}; {}", self.summary());
            self.sleep(LOOK).await;
        }
    }

    fn summary(&self) -> String {
        let Some((id, core)) = self.servers.leader() else { return "nobody leads".to_owned() };
        let view = core.replica.applied().view;
        let (running, others) = (truth::running(&view).len(), truth::on_the_way(&view));
        let sessions = core.agents.connected().len();
        format!(
            "server {id} leads {sessions} agents, {running} members run, {others} instances are on their way"
        )
    }

    /// The leader.
    ///
    /// # Panics
    /// When nobody leads; see [`Region::elected`].
    pub fn leader(&self) -> Core {
        self.servers.leader().expect("a leader").1
    }

    /// Waits for a leader.
    pub async fn elected(&self) -> (NodeId, Core) {
        self.until("a leader", 30, |region| region.servers.leader().is_some()).await;
        self.servers.leader().expect("a leader")
    }

    /// The leader's records.
    pub fn view(&self) -> View {
        self.leader().replica.applied().view
    }

    /// A consistent read on server `id`, tried again as long as the weather swallows it.
    ///
    /// # Panics
    /// When the server does not run, or after a minute.
    pub async fn read_at(&self, id: NodeId) -> View {
        let core = self.servers.core(id).expect("the server runs");
        let end = self.sim.now() + Duration::from_secs(60);
        loop {
            match core.reads.reader(core.first_start.root()).await {
                Ok(reader) => return reader.view,
                Err(error) => assert!(self.sim.now() < end, "server {id}: {error}"),
            }
            self.sleep(LOOK).await;
        }
    }

    /// The running members of the group, as recorded.
    pub fn members(&self) -> BTreeMap<String, Member> {
        truth::running(&self.view())
    }

    /// Index of the newest log entry at the leader.
    pub fn newest_entry(&self) -> u64 {
        self.leader().node.metrics().last_log
    }

    /// A client of the AWS door.
    pub fn client(&self, name: &str) -> Client {
        Client::new(&self.servers, self.sim.machine(name), name)
    }

    /// Applies a manifest, as `hearth apply` does.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn apply(&self, text: String) {
        let core = self.leader();
        core.writer.write(applying(&core, text)).await.expect("the manifest is applied");
    }

    /// Applies a manifest, as often as it takes.
    ///
    /// # Panics
    /// When it is refused for what it says, or not taken within two minutes.
    pub async fn apply_patiently(&self, text: &str) {
        let end = self.sim.now() + Duration::from_secs(120);
        let mut refusal = None;
        loop {
            if let Some((_, core)) = self.servers.leader() {
                match self.try_apply(&core, text.to_owned()).await {
                    Some(Ok(done)) => {
                        core.replica.wait_revision(done.revision).await;
                        return;
                    }
                    Some(Err(WriteError::Service(error))) => panic!("the manifest is refused: {error}"),
                    Some(Err(error)) => refusal = Some(error),
                    None => refusal = None,
                }
            }
            let summary = || format!("last {refusal:?}; {}", self.summary());
            assert!(self.sim.now() < end, "the manifest is not taken: {}", summary());
            self.sleep(LOOK).await;
        }
    }

    /// Applies a manifest through `core`; `None` when it does not answer in time, and may still do it.
    pub async fn try_apply(&self, core: &Core, text: String) -> Option<Result<Done, WriteError>> {
        tokio::select! {
            biased;
            result = core.writer.write(applying(core, text)) => Some(result),
            () = self.sleep(PATIENCE) => None,
        }
    }

    /// Waits until exactly `count` members run, every record of another instance is closed, and every running member
    /// runs on its machine and nowhere else.
    pub async fn converged(&self, count: usize, seconds: u64) {
        let settled = |region: &Self| {
            let Some((_, core)) = region.servers.leader() else { return false };
            let view = core.replica.applied().view;
            truth::running(&view).len() == count && truth::on_the_way(&view) == 0
        };
        self.until(&format!("{count} members run"), seconds, settled).await;
        self.assert_real().await;
    }

    /// Every running member runs on its machine, once, and on machines runs nothing else.
    ///
    /// # Panics
    /// When it is not so.
    pub async fn assert_real(&self) {
        let recorded = self.members().into_iter().map(|(id, member)| (id, (member.node, member.run)));
        let mut real = BTreeMap::new();
        for machine in &self.machines {
            for (id, (run, _)) in machine.running().await {
                let twice = real.insert(id.clone(), (machine.name.clone(), run));
                assert_eq!(twice, None, "{id} also runs on {}", machine.name);
            }
        }
        assert_eq!(real, recorded.collect(), "machines and records");
    }

    /// When every process on every machine was started, by instance.
    pub async fn starts(&self) -> BTreeMap<String, (u64, u64)> {
        let mut starts = BTreeMap::new();
        for machine in &self.machines {
            starts.extend(machine.running().await);
        }
        starts
    }

    /// No agent ever held an older desired set after a newer one, no delta of the DNS feed left a gap.
    ///
    /// # Panics
    /// When one did.
    pub fn assert_forward(&self) {
        for machine in &self.machines {
            assert_eq!(machine.steps_back(), Vec::<String>::new(), "{}", machine.name);
        }
        assert_eq!(self.name_server.gaps(), Vec::<String>::new());
    }

    /// Starts servers, as far as their disks let them; what was done.
    pub async fn start_servers(&self, ids: &[NodeId]) -> Option<String> {
        let mut started = Vec::new();
        for id in ids {
            let outcome = self.servers.try_start(*id).await;
            started.push(
                outcome.map_or_else(|error| format!("{id} does not: {error}"), |()| format!("{id} starts")),
            );
        }
        (!started.is_empty()).then(|| format!("server {}", started.join(", ")))
    }

    /// Starts servers again whose log has stopped, as whoever supervises a process does; what was done.
    pub async fn restart_stopped(&self) -> Option<String> {
        let stopped = |id: &NodeId| {
            let core = self.servers.core(*id);
            core.is_some_and(|core| *core.node.leadership().borrow() == Leadership::Stopped)
        };
        let ids: Vec<NodeId> = self.servers.running().into_iter().filter(stopped).collect();
        ids.iter().for_each(|id| self.servers.crash(*id));
        self.start_servers(&ids).await
    }

    /// Shows the rules what every machine runs now.
    pub async fn look_at_machines(&self) {
        let mut running = BTreeMap::new();
        for machine in &self.machines {
            running.insert(machine.name.clone(), machine.running().await.into_keys().collect());
        }
        self.servers.witness.machines(&running);
    }

    /// Whatever broke a rule that servers, agents and the name server are held to.
    pub fn broken(&self) -> Vec<String> {
        let mut all = self.servers.witness.broken();
        let steps = |machine: &Machine| {
            let name = machine.name.clone();
            machine
                .steps_back()
                .into_iter()
                .map(move |step| format!("agent of {name}: {step}"))
                .collect::<Vec<_>>()
        };
        all.extend(self.machines.iter().flat_map(steps));
        all.extend(self.name_server.gaps().into_iter().map(|gap| format!("name server: {gap}")));
        all
    }

    /// Servers whose stores hold something else at the same applied index.
    ///
    /// # Panics
    /// When a store cannot be read.
    pub async fn different_servers(&self) -> Vec<String> {
        let mut states: BTreeMap<u64, (NodeId, State)> = BTreeMap::new();
        let mut found = Vec::new();
        for id in self.servers.running() {
            let Some(core) = self.servers.core(id) else { continue };
            let state = core.node.state().await.expect("the records can be read");
            let index = state.applied;
            let (first, known) = states.entry(index).or_insert_with(|| (id, state.clone()));
            if *known != state {
                found.push(format!("servers {first} and {id} differ at index {index}"));
            }
        }
        found
    }

    /// All records of server `id`.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn records(&self, id: NodeId) -> Vec<(String, Vec<u8>)> {
        let core = self.servers.core(id).expect("the server runs");
        core.node.state().await.expect("the records can be read").records
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.servers.dismantle();
    }
}

/// What applies a manifest, for a writer.
fn applying(core: &Core, text: String) -> Work {
    Work::new(core.first_start.root(), move |cx| {
        apply(SERVICES, parse(&text)?, "sim", &cx.caller.region.clone(), cx)?;
        Ok(Box::new(()) as _)
    })
}

/// `count` servers as in production, but that every key is believed.
pub fn setup(count: u64) -> Setup {
    Setup { count, first_start: first_start(), timing: Timing::default(), any_credentials: true }
}

fn first_start() -> FirstStart {
    FirstStart {
        region: "us-east-1".into(),
        zones: ZONES.map(Into::into).to_vec(),
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.51.100.0/24".parse().expect("a network"),
        manifests: Vec::new(),
    }
}
