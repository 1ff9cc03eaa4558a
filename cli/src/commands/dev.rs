use super::agent::{Machine, encrypting};
use super::dns::TransferFlags;
use super::region::RegionFlags;
use super::server::{self, Doors};
use super::shutdown;
use crate::background::Background;
use crate::client::Target;
use crate::enroll::{JoinFlags, enroll};
use crate::error::CliError;
use crate::{observe, output};
use agent::backend::sim::SimMachine;
use agent::backend::{Backend, BackendError, ImageArchive};
use agent::ledger::{FileStore, LedgerStore};
use agent::session::{Connect, ConnectError, Link};
use agent::{AgentConfig, AgentHandle, Thresholds, Timing};
use clap::{Args, ValueEnum};
use controlplane_proto::cluster::Servers;
use controlplane_raft::TokioRuntime;
use controlplane_server::agents::Agents;
use controlplane_server::images::ImageStore;
use controlplane_server::pki::Role;
use controlplane_server::{Begin, Server, ServerConfig};
use controlplane_types::{BoxFuture, Runtime};
use dns::{Config as DnsConfig, LocalFeed, LocationConfig};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Run server, agents and DNS in one process, for tests and for trying out
///
/// Example: hearth dev --backend sim --nodes 3 --data-dir ./lab
#[derive(Args, Debug)]
pub(crate) struct Dev {
    #[command(flatten)]
    region: RegionFlags,
    #[command(flatten)]
    doors: Doors,
    #[command(flatten)]
    machine: Machine,
    /// Where DNS queries are answered, UDP and TCP
    #[arg(long, default_value = "127.0.0.1:5353")]
    dns_addr: SocketAddr,
    /// Where query logs of hosted zones are written, a file for each [default: none are written]
    #[arg(long, value_name = "DIR")]
    query_log_dir: Option<PathBuf>,
    #[command(flatten)]
    transfer: TransferFlags,
    /// What instances run on
    #[arg(long, value_enum, default_value_t = BackendKind::Linux)]
    backend: BackendKind,
    /// Simulated machines, spread over the regions and their zones
    #[arg(long, default_value_t = 1)]
    nodes: u32,
    /// Take any unknown access key for the account's root; signatures and dates are not checked (loopback only)
    #[arg(long)]
    any_credentials: bool,
    /// Let POST /_hearth/reset return to the state of a first start (loopback only)
    #[arg(long)]
    allow_reset: bool,
}

/// The one real machine.
const NODE: &str = "node-1";

/// What instances run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BackendKind {
    /// Containers on this machine (needs root)
    Linux,
    /// Nothing real: machines in memory
    Sim,
}

impl Dev {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        observe::start()?;
        self.doors.traces.start("hearth-dev")?;
        if self.any_credentials {
            tracing::warn!(
                "--any-credentials: NO SIGNATURE IS CHECKED; whoever reaches the AWS port owns the account"
            );
        }
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let server = server::start(self.server_config(target)?, target).await?;
        let dns = self.start_dns(&server, target, runtime.clone()).await?;
        let background = self.background()?;
        let behind = background.as_ref().and_then(Background::runtime);
        let machines = behind.map_or(runtime, |behind| behind as Arc<dyn Runtime>);
        let agents = self.start_agents(&server, dns.local_addr(), target, &machines).await?;
        tracing::info!(dns = %dns.local_addr(), agents = agents.len(), "serving");
        output::write("hearth: ready\n")?;
        shutdown::asked_of(&server).await?;
        for agent in agents {
            agent.shutdown().await;
        }
        dns.shutdown().await;
        server.shutdown().await;
        observe::finish().await;
        Ok(())
    }

    fn server_config(&self, target: &Target) -> Result<ServerConfig, CliError> {
        Ok(ServerConfig {
            data_dir: target.server_dir(),
            pki_dir: target.pki_dir(),
            name: "dev".to_owned(),
            begin: Begin::Bootstrap,
            advertise: self.doors.advertise.clone(),
            aws_addr: self.doors.aws_addr,
            aws_link: self.doors.aws_link(),
            certificate_life: self.doors.certificate_life(),
            grpc_addr: self.doors.grpc_addr,
            first_start: self.region.first_start()?,
            any_credentials: self.any_credentials,
            allow_reset: self.allow_reset,
            enable_bench: self.doors.enable_bench,
            limits: self.doors.api_limits.clone(),
            loopback_providers: self.doors.loopback_providers,
            node_grace: Duration::from_secs(self.doors.node_grace),
            trails: self.doors.store.trails()?,
        })
    }

    /// Where simulated machines run. A real one's agent is as urgent as the server.
    fn background(&self) -> Result<Option<Background>, CliError> {
        match self.backend {
            BackendKind::Sim => Background::start().map(Some),
            BackendKind::Linux => Ok(None),
        }
    }

    async fn start_dns(
        &self,
        server: &Server,
        target: &Target,
        runtime: Arc<dyn Runtime>,
    ) -> Result<dns::Handle, CliError> {
        let config = DnsConfig {
            name: "dev".to_owned(),
            dns_addr: self.dns_addr,
            data_dir: target.data_dir.join("dns"),
            workers: 0,
            health: None,
            checker_region: String::new(),
            location: LocationConfig::default(),
            nsid: String::new(),
            response_rate: 0,
            query_log_dir: self.query_log_dir.clone(),
            transfer: self.transfer.config(),
        };
        let dns_feed = server.core().dns_feed.clone();
        let feed = LocalFeed::new(move || dns_feed.connect());
        dns::Server::start(config, runtime, Arc::new(feed))
            .await
            .map_err(|error| CliError::failed("the DNS server does not start", &error))
    }

    async fn start_agents(
        &self,
        server: &Server,
        dns: SocketAddr,
        target: &Target,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Vec<AgentHandle>, CliError> {
        let connect: Arc<dyn Connect> =
            Arc::new(LocalConnect { agents: server.core().agents.clone(), images: server.images().clone() });
        let machines = match self.backend {
            BackendKind::Sim => self.sim_machines(runtime)?,
            BackendKind::Linux => vec![self.linux_machine(dns, target, runtime).await?],
        };
        let start = |machine: DevMachine| {
            agent::Agent::start(AgentConfig {
                node: machine.node,
                labels: BTreeMap::from([("zone".to_owned(), machine.zone)]),
                taints: Vec::new(),
                thresholds: Thresholds::default(),
                underlay_address: "127.0.0.1".to_owned(),
                timing: Timing::default(),
                ledger: machine.ledger,
                backend: machine.backend,
                runtime: runtime.clone(),
                connect: connect.clone(),
            })
            .map_err(|error| CliError::failed("an agent does not start", &error))
        };
        machines.into_iter().map(start).collect()
    }

    fn sim_machines(&self, runtime: &Arc<dyn Runtime>) -> Result<Vec<DevMachine>, CliError> {
        let zones = self.region.zones_in_turn()?;
        let machines = (1..=self.nodes).map(|number| {
            let node = format!("node-{number}");
            let machine = SimMachine::new(runtime.clone(), self.machine.simulated(&node)?);
            let zone = zones[(number as usize - 1) % zones.len()].to_string();
            Ok(DevMachine { node, zone, ledger: Arc::new(machine.disk()), backend: Arc::new(machine) })
        });
        machines.collect()
    }

    async fn linux_machine(
        &self,
        mut dns: SocketAddr,
        target: &Target,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<DevMachine, CliError> {
        let data_dir = target.data_dir.join("agent");
        if dns.ip().is_unspecified() {
            dns.set_ip(if dns.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        let backend = self.machine.open(&data_dir, Some(dns), runtime.clone()).await?;
        let credentials = enroll(&JoinFlags::default(), Role::Agent, NODE, target, runtime).await?;
        let backend = encrypting(backend, &credentials)?;
        let ledger = FileStore::open(data_dir.join("ledger"))
            .map_err(|error| CliError::failed("the agent's ledger cannot be used", &error))?;
        Ok(DevMachine {
            node: NODE.to_owned(),
            zone: "*".to_owned(),
            ledger: Arc::new(ledger),
            backend: Arc::new(backend),
        })
    }
}

/// One machine of `hearth dev`.
struct DevMachine {
    node: String,
    zone: String,
    ledger: Arc<dyn LedgerStore>,
    backend: Arc<dyn Backend>,
}

/// The way to the server of this process.
pub(crate) struct LocalConnect {
    pub(crate) agents: Agents,
    pub(crate) images: ImageStore,
}

impl Connect for LocalConnect {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let (to_server, from_server) = self.agents.connect();
        Box::pin(async move { Ok(Link { to_server, from_server }) })
    }

    /// There is one, and it is here.
    fn learn(&self, _: &Servers) {}

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        let images = self.images.clone();
        Box::pin(async move {
            let mut chunks =
                images.read(&digest).await.map_err(|error| BackendError::Permanent(error.to_string()))?;
            let (sender, archive) = mpsc::channel(4);
            tokio::spawn(async move {
                while let Some(chunk) = chunks.recv().await {
                    let chunk =
                        chunk.map(|chunk| chunk.data).map_err(|error| BackendError::Retry(error.to_string()));
                    if sender.send(chunk).await.is_err() {
                        return;
                    }
                }
            });
            Ok(archive)
        })
    }
}
