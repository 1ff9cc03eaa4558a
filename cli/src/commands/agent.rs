use super::shutdown;
use crate::client::Target;
use crate::enroll::{JoinFlags, enroll};
use crate::error::{CliError, Kind};
use crate::footprint;
use crate::observe::{self, MetricsFlags, TraceFlags};
use crate::offer::OfferFlags;
use crate::output;
use crate::pressure::PressureFlags;
use crate::registries::RegistryFlags;
use crate::resolver::ResolverFlags;
use agent::backend::linux::{LinuxBackend, LinuxConfig};
use agent::backend::sim::SimConfig;
use agent::ledger::{FileStore, LedgerStore};
use agent::offer::OfferError;
use agent::session::GrpcConnect;
use agent::{AgentConfig, Timing};
use clap::Args;
use controlplane_raft::TokioRuntime;
use controlplane_scheduler::Taint;
use controlplane_server::pki::{Credentials, Role};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Run the agent of this machine
///
/// Example: hearth agent --join 10.0.0.1:4567 --token hearth1... --node rack1-a --zone us-east-1a
#[derive(Args, Debug)]
pub(crate) struct Agent {
    /// Name of the node [default: the host name]
    #[arg(long)]
    node: Option<String>,
    /// Availability zone the machine stands in; `*` stands for every zone of its region (a lab of one machine)
    #[arg(long, default_value = "*")]
    zone: String,
    /// Rack in the zone
    #[arg(long)]
    rack: Option<String>,
    /// More labels, KEY=VALUE
    #[arg(long = "label", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Keep instances off that do not tolerate it, KEY[=VALUE]:NoSchedule or KEY[=VALUE]:NoExecute
    #[arg(long = "taint", value_name = "TAINT")]
    taints: Vec<Taint>,
    /// Where other nodes reach this one
    #[arg(long, default_value = "127.0.0.1")]
    underlay_address: IpAddr,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    pressure: PressureFlags,
    #[command(flatten)]
    join: JoinFlags,
    #[command(flatten)]
    traces: TraceFlags,
    #[command(flatten)]
    metrics: MetricsFlags,
    /// Remove everything an agent with these settings ever made on this machine, and end
    #[arg(long)]
    purge: bool,
}

/// Where an agent lives on a machine.
#[derive(Args, Clone, Debug)]
pub(crate) struct Machine {
    /// Folder for what lasts until the machine restarts
    #[arg(long, default_value = "/run/hearth")]
    run_dir: PathBuf,
    /// One to five lower-case letters or digits that tell this agent's links, tables and cgroups from others'
    #[arg(long, default_value = "hth")]
    prefix: String,
    #[command(flatten)]
    offer: OfferFlags,
    #[command(flatten)]
    registries: RegistryFlags,
    #[command(flatten)]
    resolver: ResolverFlags,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn nothing_offered(error: &OfferError) -> CliError {
    CliError::failed("this machine offers nothing", error)
        .with_kind(Kind::Usage)
        .with_hint("--system-reserved says what is kept for the system")
}

impl Machine {
    /// The machine as an agent's backend; `dns` is a DNS server of this process, if there is one.
    pub(crate) async fn open(
        &self,
        data_dir: &Path,
        dns: Option<SocketAddr>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<LinuxBackend, CliError> {
        // Shims and mounts work from other folders than this program's.
        let (data_dir, run_dir) = (std::path::absolute(data_dir)?, std::path::absolute(&self.run_dir)?);
        let mut config = LinuxConfig::new(data_dir, run_dir, &self.prefix);
        config.containers.registry = self.registries.settings();
        config.forwarders = self.resolver.forwarders(dns);
        let backend = LinuxBackend::open(config, runtime).await.map_err(|error| {
            CliError::failed("this machine cannot run instances", &error)
                .with_hint("the agent needs root, the nft command (package nftables) and network namespaces")
        })?;
        let offer = self.offer.offer();
        backend.offering(&offer).map_err(|error| nothing_offered(&error))
    }

    /// A simulated machine that offers as much of itself as a real one would.
    pub(crate) fn simulated(&self, name: &str) -> Result<SimConfig, CliError> {
        let config = SimConfig::new(name);
        let offered = self.offer.offer().of(config.capacity).map_err(|error| nothing_offered(&error))?;
        Ok(SimConfig { capacity: offered, ..config })
    }
}

impl Agent {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let data_dir = target.data_dir.join("agent");
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let backend = self.machine.open(&data_dir, None, runtime.clone()).await?;
        if self.purge {
            backend
                .purge()
                .await
                .map_err(|error| CliError::failed("something could not be removed", &error))?;
            return output::write("nothing of this agent is left on the machine\n");
        }
        observe::start()?;
        self.traces.start("hearth-agent")?;
        self.metrics.start().await?;
        let node = self.node_name()?;
        let credentials = enroll(&self.join, Role::Agent, &node, target, &runtime).await?;
        let backend = encrypting(backend, &credentials)?;
        let connector = credentials
            .connector(Role::Server)
            .map_err(|error| CliError::failed("the agent's certificate cannot be used", &error))?;
        let ledger = FileStore::open(data_dir.join("ledger"))
            .map_err(|error| CliError::failed("the agent's ledger cannot be used", &error))?;
        let ledger: Arc<dyn LedgerStore> = Arc::new(ledger);
        let connect = GrpcConnect::new(&target.addresses()?, connector, ledger.clone(), runtime.clone())
            .map_err(|error| CliError::failed("the servers cannot be reached", &error))?;
        let handle = agent::Agent::start(AgentConfig {
            node,
            labels: self.all_labels(target.region.as_deref()),
            taints: self.taints.iter().map(Taint::to_string).collect(),
            thresholds: self.pressure.thresholds(),
            underlay_address: self.underlay_address.to_string(),
            timing: Timing::default(),
            ledger,
            backend: Arc::new(backend),
            runtime,
            connect: Arc::new(connect),
        })
        .map_err(|error| CliError::failed("the agent does not start", &error))?;
        tokio::spawn(footprint::give_back_after(handle.passes()));
        output::write("hearth: ready\n")?;
        shutdown::asked().await?;
        handle.shutdown().await;
        observe::finish().await;
        Ok(())
    }

    fn node_name(&self) -> Result<String, CliError> {
        match &self.node {
            Some(name) => Ok(name.clone()),
            None => host_name(),
        }
    }

    fn all_labels(&self, region: Option<&str>) -> BTreeMap<String, String> {
        let mut labels: BTreeMap<String, String> = self.labels.iter().cloned().collect();
        labels.extend(region.map(|region| ("region".to_owned(), region.to_owned())));
        labels.insert("zone".to_owned(), self.zone.clone());
        if let Some(rack) = &self.rack {
            labels.insert("rack".to_owned(), rack.clone());
        }
        labels
    }
}

/// The machine, whose resolvers show the agent's certificate.
pub(crate) fn encrypting(backend: LinuxBackend, credentials: &Credentials) -> Result<LinuxBackend, CliError> {
    let encrypting = backend.encrypting(credentials.resolver());
    encrypting.map_err(|error| CliError::failed("the resolvers cannot answer over TLS", &error))
}

/// The machine's own name.
pub(crate) fn host_name() -> Result<String, CliError> {
    let name = nix::unistd::gethostname()
        .map_err(|error| CliError::failed("the host name cannot be read", &error))?;
    name.into_string().map_err(|_| CliError::new(Kind::Failed, "the host name is not UTF-8; give --node"))
}
