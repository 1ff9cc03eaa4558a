//! A server with its doors open.

mod refuse;

pub use refuse::StartError;

use crate::bootstrap::FirstStart;
use crate::cluster::origin::{DataFolder, Member, Own};
use crate::cluster::relay::Relay;
use crate::cluster::{Begin, OriginError, Removed, entering, note, standing};
use crate::core::{Core, CoreConfig};
use crate::gateway::{self, AwsLink, Gateway, GatewaySettings, Limits};
use crate::grpc;
use crate::identity::{IdentityDoor, keep_records};
use crate::images::ImageStore;
use crate::native::{NativeDoor, RowFeeds, SAVES_AT_ONCE};
use crate::pki::join::NewServer;
use crate::pki::{Credentials, FirstServer, Folder, PkiError, Role, renewal};
use crate::providers::Https;
use crate::trails::{self, TrailSettings};
use controlplane_raft::{Config, NodeId, Stores, Timing, TonicTransport, Transport};
use controlplane_types::Runtime;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Another member takes over within this, or has to find out by itself.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where everything durable lies.
    pub data_dir: PathBuf,
    /// Certificates; made there when missing.
    pub pki_dir: PathBuf,
    /// What people call it; kept from its first start.
    pub name: String,
    /// What to do if the data folder is empty.
    pub begin: Begin,
    /// Where other servers, agents and clients reach the gRPC port, `HOST:PORT`; the port's own address when absent.
    pub advertise: Option<String>,
    /// The AWS port; port 0 takes a free one.
    pub aws_addr: SocketAddr,
    /// How AWS's clients reach it.
    pub aws_link: AwsLink,
    /// The gRPC port; port 0 takes a free one.
    pub grpc_addr: SocketAddr,
    /// How long certificates live that this server issues.
    pub certificate_life: Duration,
    /// What the region begins with.
    pub first_start: FirstStart,
    /// See [`GatewaySettings::any_credentials`].
    pub any_credentials: bool,
    /// See [`GatewaySettings::allow_reset`].
    pub allow_reset: bool,
    /// See [`GatewaySettings::enable_bench`].
    pub enable_bench: bool,
    /// See [`GatewaySettings::limits`].
    pub limits: Option<Limits>,
    /// Identity providers may be on this machine's loopback addresses.
    pub loopback_providers: bool,
    /// How long a node may be silent before it counts as not ready.
    pub node_grace: Duration,
    /// Where trails deliver to; without it there are none.
    pub trails: Option<TrailSettings>,
}

/// Why a server ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was put out of its cluster.
    Removed(Removed),
    /// It cannot go on: a write of its log that failed can only be judged by a fresh look at the disk.
    Failed(String),
}

/// A running server.
pub struct Server {
    core: Core,
    images: ImageStore,
    aws_addr: SocketAddr,
    grpc_addr: SocketAddr,
    stop: watch::Sender<bool>,
    removed: watch::Receiver<Option<Removed>>,
}

impl Server {
    /// Opens the store, founds or joins its cluster if that is still to be done, and opens the doors. The ports answer from
    /// then on; [`Server::ready`] tells when requests succeed.
    pub async fn start(config: ServerConfig, runtime: Arc<dyn Runtime>) -> Result<Self, StartError> {
        controlplane_telemetry::metrics::install();
        refuse::refuse(&config)?;
        let pki = Folder::at(&config.pki_dir);
        let folder = DataFolder::open(&config.data_dir)?;
        folder.check(&config.begin, &pki)?;
        let aws = bind("AWS address", config.aws_addr).await?;
        let grpc = bind("gRPC address", config.grpc_addr).await?;
        let (aws_addr, grpc_addr) = (address(&aws, config.aws_addr), address(&grpc, config.grpc_addr));
        let own = Own { name: &config.name, server: new_server(&config, grpc_addr, aws_addr)? };
        let mut member = folder.settle(&config.begin, &own, &pki, &*runtime).await?;
        let number = member.number;
        let (stores, credentials) = member.open(|| credentials(&config, number, &own.server, &*runtime));
        let (stores, credentials) = (stores?, credentials?);
        let tls = config.aws_link.config(&credentials)?;
        let begun = Begun { own: own.server, servers: member.servers.clone(), credentials };
        let core = start_core(&config, (member, stores), &begun, runtime.clone()).await?;
        trails::start(&core, config.trails.clone());
        let images = ImageStore::open(&config.data_dir.join("images"), runtime.clone())
            .map_err(|source| StartError::Images { path: config.data_dir.join("images"), source })?;
        let (stop, stopped) = watch::channel(false);
        let relay = Relay::new(core.cluster.clone(), begun.credentials.connector(Role::Server)?);
        let doors = grpc::Doors {
            native: native_door(&config, &core, begun.own.aws_address.clone(), images.clone(), relay.clone()),
            identity: identity_door(&config, &core, &begun.credentials),
            images: images.clone(),
            relay,
        };
        grpc::listen(&core, doors, &begun.credentials, grpc, stopped.clone())?;
        keep_identity(&core, &config.name, &begun, stopped.clone());
        let removed = watch_standing(&core, begun, config.data_dir.clone(), stopped.clone());
        let gateway = Gateway::new(gateway_settings(&config, runtime.clone()), core.clone());
        gateway.take_forwarded();
        runtime.spawn("aws-port", Box::pin(gateway::listen(gateway, aws, tls, runtime.clone(), stopped)));
        Ok(Self { core, images, aws_addr, grpc_addr, stop, removed })
    }

    /// Completes when the region is there and requests succeed.
    pub async fn ready(&self) {
        self.core.ready().await;
    }

    /// The server behind the doors.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Archives of imported images, for agents in this process.
    pub fn images(&self) -> &ImageStore {
        &self.images
    }

    /// Where the AWS port is.
    pub fn aws_addr(&self) -> SocketAddr {
        self.aws_addr
    }

    /// Where the gRPC port is.
    pub fn grpc_addr(&self) -> SocketAddr {
        self.grpc_addr
    }

    /// Completes when this server ends by itself, and says why. Its process should end then.
    pub async fn ended(&self) -> Ended {
        let mut removed = self.removed.clone();
        let removed = async {
            match removed.wait_for(Option::is_some).await.map(|removed| removed.clone()) {
                Ok(Some(removed)) => Ended::Removed(removed),
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            removed = removed => removed,
            reason = self.core.node.stopped() => Ended::Failed(reason),
        }
    }

    /// Hands leadership over, stops taking requests, lets those under way finish, closes the store.
    pub async fn shutdown(self) {
        self.hand_over().await;
        self.stop.send_replace(true);
        self.core.node.shutdown().await;
    }
}

impl Server {
    /// Nobody should have to find out by silence that a leader which ends in good order is gone.
    async fn hand_over(&self) {
        let node = &self.core.node;
        let mut leadership = node.leadership();
        let leads = leadership.borrow_and_update().leads().is_some();
        if !leads || !node.pass_leadership_on().await {
            return;
        }
        let handed_over = leadership.wait_for(|now| now.leads().is_none());
        tokio::select! {
            biased;
            _ = handed_over => {}
            () = self.core.runtime.sleep(HAND_OVER) => tracing::warn!("leadership could not be handed over"),
        }
    }
}

async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { what, address, source })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

/// What this server says of itself to others.
fn new_server(
    config: &ServerConfig,
    grpc_addr: SocketAddr,
    aws_addr: SocketAddr,
) -> Result<NewServer, StartError> {
    let grpc_address = config.advertise.clone().unwrap_or_else(|| grpc_addr.to_string());
    let host = host(&grpc_address).ok_or_else(|| StartError::Advertise(grpc_address.clone()))?;
    // One flag for both ports: they are on the same machine.
    let aws_address = match aws_addr.ip().is_unspecified() {
        true => format!("{host}:{}", aws_addr.port()),
        false => aws_addr.to_string(),
    };
    Ok(NewServer {
        grpc_address,
        aws_address,
        region: config.first_start.region.to_string(),
        account_id: config.first_start.account.to_string(),
    })
}

/// The host of `HOST:PORT`, if others could reach it.
fn host(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse::<u16>().ok().filter(|port| *port != 0);
    let plain = address.chars().all(|c| c.is_ascii_graphic() && c != ',');
    let everywhere = address.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_unspecified());
    (port.is_some() && !host.is_empty() && plain && !everywhere).then_some(host)
}

/// What a server that has begun knows of itself.
struct Begun {
    own: NewServer,
    /// Servers of the cluster it joined.
    servers: Vec<String>,
    credentials: Arc<Credentials>,
}

async fn start_core(
    config: &ServerConfig,
    (member, stores): (Member, Stores),
    begun: &Begun,
    runtime: Arc<dyn Runtime>,
) -> Result<Core, StartError> {
    let number = member.number;
    let raft = Config {
        id: number,
        address: begun.own.grpc_address.clone(),
        cluster: member.cluster,
        start: member.start,
        timing: Timing::default(),
    };
    let transport: Arc<dyn Transport> =
        TonicTransport::new(Some(begun.credentials.connector(Role::Server)?), runtime.clone());
    let core = CoreConfig { raft, first_start: config.first_start.clone(), node_grace: config.node_grace };
    let core = Core::start(core, stores, transport, runtime).await?;
    note::started(&config.data_dir)?;
    if core.node.watch_members().borrow().removed {
        core.node.shutdown().await;
        return Err(OriginError::from(note::removed(&config.data_dir, number)?).into());
    }
    Ok(core)
}

/// Enters the cluster if that is still to be done, and from then on watches whether this server still belongs to it.
fn watch_standing(
    core: &Core,
    begun: Begun,
    dir: PathBuf,
    mut stop: watch::Receiver<bool>,
) -> watch::Receiver<Option<Removed>> {
    let (tell, removed) = watch::channel(None);
    let (core, runtime) = (core.clone(), core.runtime.clone());
    let standing = async move {
        let Begun { own, servers, credentials } = begun;
        if servers.is_empty() || entering::enter(&core, &credentials, &servers, &own).await {
            standing::lost(&core, &credentials).await;
        }
        let number = core.node.id();
        tracing::error!(number, "this server was removed from its cluster");
        let noted = note::removed(&dir, number).unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the next start will have to find out again"
            );
            Removed { number, dir }
        });
        tell.send_replace(Some(noted));
    };
    let task = async move {
        tokio::select! {
            () = standing => {}
            // An error means that whoever could say stop is gone.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    };
    runtime.spawn("standing", Box::pin(task));
    removed
}

fn gateway_settings(config: &ServerConfig, runtime: Arc<dyn Runtime>) -> GatewaySettings {
    GatewaySettings {
        region: config.first_start.region.clone(),
        account: config.first_start.account.clone(),
        any_credentials: config.any_credentials,
        allow_reset: config.allow_reset,
        enable_bench: config.enable_bench,
        limits: config.limits.clone(),
        documents: Arc::new(Https::new(runtime, config.loopback_providers)),
    }
}

fn native_door(
    config: &ServerConfig,
    core: &Core,
    aws_address: String,
    images: ImageStore,
    relay: Relay,
) -> NativeDoor {
    NativeDoor {
        account: config.first_start.account.clone(),
        region: config.first_start.region.clone(),
        aws_address,
        aws_link: config.aws_link.clone(),
        core: core.clone(),
        feeds: RowFeeds::new(core.replica.clone(), core.runtime.clone()),
        images,
        relay,
        saving: Arc::new(Semaphore::new(SAVES_AT_ONCE)),
    }
}

fn identity_door(config: &ServerConfig, core: &Core, credentials: &Credentials) -> IdentityDoor {
    IdentityDoor {
        core: core.clone(),
        region: config.first_start.region.clone(),
        folder: credentials.folder().clone(),
        life: config.certificate_life,
    }
}

/// The server's certificate; made on the spot when this is the first server.
fn credentials(
    config: &ServerConfig,
    number: NodeId,
    own: &NewServer,
    runtime: &dyn Runtime,
) -> Result<Arc<Credentials>, PkiError> {
    let addresses = vec![own.grpc_address.clone(), own.aws_address.clone()];
    let first = FirstServer { number, addresses, life: config.certificate_life };
    let folder = Folder::ensure(&config.pki_dir, &first, runtime)?;
    Credentials::load(folder, Role::Server).map(Arc::new)
}

/// Puts this server's certificates on record, and keeps its own fresh.
fn keep_identity(core: &Core, name: &str, begun: &Begun, mut stop: watch::Receiver<bool>) {
    let (cluster, here) = (core.cluster.clone(), begun.own.grpc_address.clone());
    let servers = Arc::new(move || {
        let others = cluster.servers().addresses.into_iter().filter(|address| *address != here);
        std::iter::once(here.clone()).chain(others).collect()
    });
    let records =
        keep_records(core.clone(), begun.credentials.folder().clone(), name.to_owned(), begun.own.clone());
    core.runtime.spawn("identity-records", Box::pin(records));
    let renewal = renewal::keep(begun.credentials.clone(), servers, core.runtime.clone());
    let renewal = async move {
        tokio::select! {
            () = renewal => {}
            // An error means that whoever could say stop is gone.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    };
    core.runtime.spawn("certificate-renewal", Box::pin(renewal));
}
