//! Networks on Linux: one namespace per VPC, routed veths, nftables.
//!
//! ```text
//!   instance namespace        VPC namespace (router)              host namespace
//!   eth0 10.0.0.4/32 ───────── e-<hash>   lo 10.0.0.1 …  up ───── <prefix>-<hash>  203.0.113.9/32
//!   default via 10.0.0.1      source filter, security groups      routes to public addresses
//!                             vx ═════ VXLAN over the host's own network ═════ other machines
//! ```
//!
//! A VPC is routed, never bridged, so the forward hook sees both ends of every packet, and two VPCs with the same
//! addresses share nothing: routes, filters and connections are the namespace's own. A bridge per subnet was
//! rejected: bridged packets do not pass the forward hook, and this kernel tracks no connections on bridges.
//!
//! Each run goes the same way: [`topology`] reads what is wanted, [`desired`] says which kernel objects that means,
//! [`observe`] reads which there are, [`plan`] takes the difference, [`apply`] carries it out, [`revocation`] ends
//! the connections that are no longer allowed. Nothing is remembered between runs but which VPCs had their
//! connections checked, so a restarted agent takes up what the one before it left, and drift is repaired by the
//! same path that builds.

mod apply;
mod desired;
mod error;
mod firewall;
mod health_check;
mod kernel;
mod metadata;
mod model;
mod names;
pub mod netns;
mod observe;
mod permissions;
mod plan;
mod resolver;
mod revocation;
mod session;
#[cfg(test)]
mod tests;
mod topology;

pub use error::NetworkError;

use super::super::{BackendError, NetworkState};
use crate::resolver::Sockets;
use controlplane_proto::agent as proto;
use error::Result;
use metadata::Doors;
use model::{Place, Plane, World};
use netns::NetNs;
use plan::{Change, Step};
use resolver::ResolverDoors;
use session::Sessions;
use std::collections::BTreeSet;
use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use topology::{Topology, object_key};

/// How this machine's networks are laid out. Two agents on one host differ in `run_dir` and `prefix`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where namespaces are kept as bind-mounted files; should not survive a reboot (below `/run`).
    pub run_dir: PathBuf,
    /// What host links (`<prefix>-…`) and the host's nftables table (`hearth-<prefix>`) are called after: one to
    /// five lower-case letters or digits.
    pub prefix: String,
    /// The namespace that plays the host's part; the calling thread's if absent.
    pub host_netns: Option<PathBuf>,
    /// The way to the world beyond this machine; absent, instances reach each other and the host's own processes reach them.
    pub outside: Option<Outside>,
    /// This machine's address for others; absent, it is the only one.
    pub underlay: Option<IpAddr>,
    /// Port of the metadata service on 169.254.169.254; 80 unless a test says otherwise.
    pub metadata_port: u16,
}

/// A real device of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Its name.
    pub link: String,
    /// Whether public addresses are hidden behind the device's own, for when the network outside does not route them here.
    pub masquerade: bool,
}

/// The networks of this machine.
#[derive(Debug)]
pub struct Network {
    config: Config,
    host: NetNs,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// VPCs whose connections were judged since their filters last changed. After a start none: the agent before
    /// may have died between the two.
    judged: BTreeSet<String>,
    doors: Doors,
    resolvers: ResolverDoors,
}

impl Memory {
    fn retain_doors(&mut self, keep: impl Fn(&str) -> bool) {
        self.doors.retain(&keep);
        self.resolvers.retain(&keep);
    }
}

impl Config {
    /// Metric of this agent's routes without a link, by which it knows them: agents that share a host share the routes'
    /// protocol number. So high that any other route to the same range is preferred.
    fn last_resort(&self) -> u32 {
        let digits = self.prefix.bytes().map(|byte| (byte as char).to_digit(36).unwrap_or(0) + 1);
        (1 << 30) + digits.fold(0, |number, digit| number * 37 + digit)
    }

    fn check(&self) -> Result<()> {
        let plain = self.prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !plain || !(1..=5).contains(&self.prefix.len()) {
            return Err(config(format!(
                "prefix: {:?} is not 1 to 5 lower-case letters or digits",
                self.prefix
            )));
        }
        let device = |link: &str| (1..=15).contains(&link.len()) && !link.contains(['/', '"', '*', ' ']);
        match &self.outside {
            Some(outside) if !device(&outside.link) => {
                Err(config(format!("outside.link: {:?} is no device name", outside.link)))
            }
            _ => Ok(()),
        }
    }
}

fn config(reason: String) -> NetworkError {
    NetworkError::Config(reason)
}

impl Network {
    /// Checks the configuration; touches nothing.
    pub fn new(config: Config) -> std::result::Result<Self, NetworkError> {
        config.check()?;
        let host = match &config.host_netns {
            None => NetNs::current()?,
            Some(path) => NetNs::open(path)?.ok_or_else(|| {
                NetworkError::Config(format!("host_netns: {} is no network namespace", path.display()))
            })?,
        };
        Ok(Self { config, host, memory: Mutex::default() })
    }

    /// Where an instance's network namespace is; its file exists once the instance has an interface here.
    pub fn instance_namespace(&self, instance_id: &str) -> PathBuf {
        self.config.run_dir.join(format!("{}{instance_id}", session::INSTANCE_FILE))
    }

    /// Listening sockets of VPCs that came up since the last call, by VPC id. `accept` on one fails once its VPC is
    /// gone from this machine; then drop it.
    pub fn metadata_listeners(&self) -> Vec<(String, TcpListener)> {
        self.memory().doors.take()
    }

    /// Sockets for the resolvers of VPCs that came up since the last call, and VPCs that went: whoever serves those has to
    /// drop their sockets, which would keep the namespace.
    pub fn resolver_doors(&self) -> (Vec<(String, Sockets)>, Vec<String>) {
        self.memory().resolvers.take()
    }

    /// Makes the machine's networks exactly `state`. Blocks; the work is done on a thread of its own.
    pub fn apply(&self, state: &NetworkState) -> Vec<(proto::ObjectKey, BackendError)> {
        let topology = Topology::new(state, self.config.underlay);
        let failures = match self.on_own_thread(|sessions| self.converge(sessions, &topology)) {
            Ok(failures) => failures,
            Err(error) => everyone(&topology, &error),
        };
        topology.problems.into_iter().chain(failures).collect()
    }

    /// Removes every namespace, link, table and route of this agent.
    pub fn purge(&self) -> std::result::Result<(), NetworkError> {
        self.memory().retain_doors(|_| false);
        self.on_own_thread(|sessions| {
            let nothing = World::from([(Place::Host, Plane::default())]);
            let found = observe::observe(sessions, &self.config, &nothing)?;
            apply::Executor::new(sessions, &Default::default()).run(plan::plan(&found, &nothing));
            let left = plan::plan(&observe::observe(sessions, &self.config, &nothing)?, &nothing);
            left.first().map_or(Ok(()), |step| Err(NetworkError::NotRemoved(format!("{step:?}"))))
        })?;
        for (_, path) in session::files(&self.config)? {
            netns::remove(&path)?;
        }
        match std::fs::remove_dir(&self.config.run_dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(NetworkError::system(format!("remove {}", self.config.run_dir.display()))(error))
            }
            _ => Ok(()),
        }
    }

    fn on_own_thread<T: Send>(&self, work: impl FnOnce(&mut Sessions<'_>) -> Result<T> + Send) -> Result<T> {
        self.host.run(|| work(&mut Sessions::new(&self.config, &self.host)))?
    }

    fn converge(
        &self,
        sessions: &mut Sessions<'_>,
        topology: &Topology,
    ) -> Result<Vec<(proto::ObjectKey, BackendError)>> {
        let mut memory = self.memory();
        let steps = self.steps(sessions, topology)?;
        memory.judged.retain(|vpc| !steps.iter().any(|step| changes_filter(step, vpc)));
        memory.retain_doors(|vpc| desired::used(topology).any(|(id, _)| id == vpc));
        let owners = desired::owners(topology, &self.config);
        let mut failures = apply::Executor::new(sessions, &owners).run(steps);
        for (id, vpc) in desired::used(topology) {
            if let Err(error) = self.finish(sessions, &mut memory, id, vpc) {
                failures.push((object_key("vpc", id), error.into()));
            }
        }
        Ok(failures)
    }

    fn steps(&self, sessions: &mut Sessions<'_>, topology: &Topology) -> Result<Vec<Step>> {
        let wanted = desired::world(topology, &self.config);
        let found = observe::observe(sessions, &self.config, &wanted)?;
        Ok(plan::plan(&found, &wanted))
    }

    /// What follows the filters: old connections are judged, and metadata service and resolver get their sockets.
    fn finish(
        &self,
        sessions: &mut Sessions<'_>,
        memory: &mut Memory,
        id: &str,
        vpc: &topology::Vpc,
    ) -> Result<()> {
        let place = Place::Vpc(id.to_owned());
        if !memory.judged.contains(id) {
            sessions.enter(&place)?;
            let ended = revocation::enforce(vpc)?;
            tracing::debug!(vpc = id, ended, "judged the connections");
            memory.judged.insert(id.to_owned());
        }
        let namespace = &sessions.get(&place)?.namespace;
        memory.doors.open(id, namespace, self.config.metadata_port)?;
        memory.resolvers.open(id, vpc, namespace)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changes_filter(step: &Step, vpc_id: &str) -> bool {
    matches!(&step.place, Place::Vpc(id) if id == vpc_id) && matches!(step.change, Change::Filter(_))
}

/// A failure before the first step concerns all.
fn everyone(topology: &Topology, error: &NetworkError) -> Vec<(proto::ObjectKey, BackendError)> {
    let retry = || BackendError::Retry(error.to_string());
    topology.vpcs.keys().map(|id| (object_key("vpc", id), retry())).collect()
}
