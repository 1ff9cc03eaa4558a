//! One Linux machine: root file systems, cgroups and shims below `container`, archives below `image`, namespaces,
//! veths and nftables below `network`. Here the parts are joined to a [`Backend`].
//!
//! Nothing of the machine's state is kept in memory: what runs, lies and is connected is read from the kernel and the
//! disk each time it is asked for. So a new agent needs no handover from the old one.
//!
//! What dies with a boot is below the run folder, what outlives it below the data folder. Losing the run folder is
//! therefore a boot to this agent ([`boot`]), whatever the kernel says.

mod boot;
mod capacity;
pub mod container;
pub mod image;
mod margins;
pub mod network;
mod usage;

use super::{
    Backend, BackendError, Connection, ExecRequest, ExecSession, Footprints, ImageArchive, Margins,
    NetworkState, ObservedInstance, Usage, proto,
};
use crate::desired::Held;
use crate::metadata::Metadata;
use crate::offer::{Offer, OfferError};
use crate::resolver::{Forwarders, Resolvers, Sockets};
use container::{Containers, ContainersConfig, StartRequest};
use controlplane_types::{BoxFuture, Runtime};
use dns::health::Way;
use network::Network;
use rustls::server::ResolvesServerCert;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::warn;

/// Where an agent lives on a machine. Two agents on one machine differ in both folders and in name.
#[derive(Clone, Debug)]
pub struct LinuxConfig {
    /// Containers and images.
    pub containers: ContainersConfig,
    /// Networks.
    pub network: network::Config,
    /// What the machine has; measured if absent.
    pub capacity: Option<proto::Capacity>,
    /// Whom the resolvers of VPCs ask for names they do not hold.
    pub forwarders: Forwarders,
}

impl LinuxConfig {
    /// The usual places. `name` (one to five lower-case letters or digits) tells the agent's cgroups, links and tables
    /// from those of others.
    pub fn new(data: impl Into<PathBuf>, run: impl Into<PathBuf>, name: &str) -> Self {
        let (data, run) = (data.into(), run.into());
        let network = network::Config {
            run_dir: run.join("network"),
            prefix: name.to_owned(),
            host_netns: None,
            outside: None,
            underlay: None,
            metadata_port: 80,
        };
        Self {
            containers: ContainersConfig::new(data, run, name),
            network,
            capacity: None,
            forwarders: Forwarders::default(),
        }
    }
}

/// The machine. Clones are the same machine.
#[derive(Clone)]
pub struct LinuxBackend {
    containers: Containers,
    network: Arc<Network>,
    metadata: Arc<Metadata>,
    resolvers: Arc<Resolvers>,
    data: PathBuf,
    run: PathBuf,
    boot_id: String,
    capacity: proto::Capacity,
}

impl LinuxBackend {
    /// Takes over what earlier agents left below the same folders.
    pub async fn open(config: LinuxConfig, runtime: Arc<dyn Runtime>) -> Result<Self, BackendError> {
        let (data, run) = (config.containers.data.clone(), config.containers.run.clone());
        // This makes the folders the rest stands on.
        let containers = Containers::open(config.containers, runtime.clone()).await?;
        let network = Network::new(config.network).map_err(BackendError::from)?;
        Ok(Self {
            containers,
            network: Arc::new(network),
            metadata: Arc::new(Metadata::new(runtime.clone())),
            resolvers: Arc::new(Resolvers::new(config.forwarders, runtime)),
            boot_id: boot::boot_id(&run)?,
            run,
            capacity: config.capacity.unwrap_or_else(|| capacity::capacity(&data)),
            data,
        })
    }

    /// The same machine, which offers that much of itself.
    pub fn offering(self, offer: &Offer) -> Result<Self, OfferError> {
        Ok(Self { capacity: offer.of(self.capacity)?, ..self })
    }

    /// The same machine, whose resolvers answer over TLS too, under the certificate of the moment. To be said before its VPCs
    /// come up.
    pub fn encrypting(self, certificate: Arc<dyn ResolvesServerCert>) -> Result<Self, rustls::Error> {
        self.resolvers.encrypt(certificate)?;
        Ok(self)
    }

    /// Removes everything this agent ever made, running instances included: for leaving a machine without a trace.
    pub async fn purge(&self) -> Result<(), BackendError> {
        self.containers.purge().await?;
        let network = self.network.clone();
        off_the_loop(move || network.purge()).await?.map_err(BackendError::from)?;
        boot::forget(&self.run)
    }
}

/// Netlink and nft answer in milliseconds, but not in none; the thread that serves other tasks must not wait.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BackendError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|broken| BackendError::Retry(format!("the task broke: {broken}")))
}

fn about_vpc(id: String, error: BackendError) -> (proto::ObjectKey, BackendError) {
    (proto::ObjectKey { kind: "vpc".to_owned(), id }, error)
}

impl LinuxBackend {
    async fn make_network(&self, state: NetworkState) -> Vec<(proto::ObjectKey, BackendError)> {
        let vpcs: Vec<String> = state.vpcs.keys().cloned().collect();
        let network = self.network.clone();
        let applied = off_the_loop(move || network.apply(&state)).await;
        let mut errors = applied.unwrap_or_else(|error| {
            warn!(%error, "networks were not applied");
            vpcs.into_iter().map(|id| about_vpc(id, error.clone())).collect()
        });
        errors.extend(self.open_metadata_doors());
        errors.extend(self.open_resolver_doors());
        errors
    }

    /// The same for resolvers, and those of VPCs that went end.
    fn open_resolver_doors(&self) -> Vec<(proto::ObjectKey, BackendError)> {
        let (opened, closed) = self.network.resolver_doors();
        closed.iter().for_each(|vpc| self.resolvers.close(vpc));
        let serve = |(vpc, sockets): (String, Sockets)| {
            let failed = self.resolvers.serve(&vpc, sockets).err()?;
            Some(about_vpc(vpc, BackendError::Retry(format!("resolver: {failed}"))))
        };
        opened.into_iter().filter_map(serve).collect()
    }

    /// New VPCs have a listening socket nobody serves yet.
    fn open_metadata_doors(&self) -> Vec<(proto::ObjectKey, BackendError)> {
        let serve = |(vpc, listener): (String, TcpListener)| {
            let failed = self.metadata.serve(&vpc, listener).err()?;
            Some(about_vpc(vpc, BackendError::Retry(format!("metadata service: {failed}"))))
        };
        self.network.metadata_listeners().into_iter().filter_map(serve).collect()
    }
}

impl Backend for LinuxBackend {
    fn boot_id(&self) -> String {
        self.boot_id.clone()
    }

    fn capacity(&self) -> proto::Capacity {
        self.capacity
    }

    fn apply_network(&self, state: NetworkState) -> BoxFuture<Vec<(proto::ObjectKey, BackendError)>> {
        let machine = self.clone();
        Box::pin(async move { machine.make_network(state).await })
    }

    fn images(&self) -> BoxFuture<Result<Vec<String>, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.images().list() })
    }

    fn partial_images(&self) -> BoxFuture<Result<Vec<String>, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.images().partial() })
    }

    fn add_image(
        &self,
        image: proto::Image,
        archive: Option<ImageArchive>,
    ) -> BoxFuture<Result<(), BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.images().add(&image, archive).await })
    }

    fn remove_image(&self, digest: String) -> BoxFuture<Result<(), BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { off_the_loop(move || containers.remove_image(&digest)).await? })
    }

    fn instances(&self) -> BoxFuture<Result<Vec<ObservedInstance>, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.instances() })
    }

    fn start(&self, instance: proto::Instance, image: proto::Image) -> BoxFuture<Result<(), BackendError>> {
        let containers = self.containers.clone();
        let netns = self.network.instance_namespace(&instance.id);
        let request = StartRequest { instance, image, netns };
        Box::pin(async move { containers.start(request).await })
    }

    fn stop(&self, id: String, grace_ms: u64) -> BoxFuture<Result<(), BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.stop(&id, grace_ms).await })
    }

    fn remove(&self, id: String) -> BoxFuture<Result<(), BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.remove(&id).await })
    }

    fn set_metadata(&self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) -> BoxFuture<()> {
        let metadata = self.metadata.clone();
        Box::pin(async move { metadata.set(instances) })
    }

    fn set_names(&self, held: Arc<Held>) {
        self.resolvers.set(held);
    }

    fn way(&self) -> Option<Arc<dyn Way>> {
        Some(self.network.clone())
    }

    fn set_credentials(&self, credentials: proto::RoleCredentials) {
        self.metadata.set_credentials(credentials);
    }

    fn console(
        &self,
        id: String,
        tail_bytes: u32,
        follow: bool,
    ) -> BoxFuture<Result<mpsc::Receiver<Vec<u8>>, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.console(&id, tail_bytes, follow) })
    }

    fn exec(&self, id: String, request: ExecRequest) -> BoxFuture<Result<ExecSession, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.exec(&id, request) })
    }

    fn connect(&self, id: String, port: u16) -> BoxFuture<Result<Connection, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.connect(&id, port).await })
    }

    fn usage(&self) -> BoxFuture<Result<Usage, BackendError>> {
        let (containers, data) = (self.containers.clone(), self.data.clone());
        let read = move || {
            let machine = usage::machine(&data).map_err(|error| {
                BackendError::Retry(format!("cannot read the machine's counters: {error}"))
            })?;
            Ok(Usage { machine, instances: containers.usage()? })
        };
        Box::pin(async move { off_the_loop(read).await? })
    }

    fn margins(&self) -> BoxFuture<Result<Margins, BackendError>> {
        let data = self.data.clone();
        let failed = |error| BackendError::Retry(format!("cannot read what is left: {error}"));
        Box::pin(async move { off_the_loop(move || margins::margins(&data)).await?.map_err(failed) })
    }

    fn footprints(&self) -> BoxFuture<Result<Footprints, BackendError>> {
        let containers = self.containers.clone();
        Box::pin(async move { off_the_loop(move || containers.footprints()).await? })
    }

    fn changed(&self) -> BoxFuture<()> {
        let containers = self.containers.clone();
        Box::pin(async move { containers.changed().await })
    }
}

#[cfg(test)]
mod tests;
