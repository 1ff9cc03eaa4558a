//! A server with its doors open.

use crate::agents::LEAST_GRACE;
use crate::backup;
use crate::bootstrap::FirstStart;
use crate::cluster::relay::Relay;
use crate::core::{Core, CoreConfig, CoreError};
use crate::gateway::{self, AwsLink, Gateway, GatewaySettings};
use crate::identity::{IdentityDoor, keep_records};
use crate::images::ImageStore;
use crate::native::{NativeDoor, RowFeeds, SAVES_AT_ONCE};
use crate::pki::{Credentials, FirstServer, Folder, PkiError, Role, renewal};
use crate::{grpc, metrics_text};
use controlplane_raft::{Config, NodeId, Start, Stores, Timing, TonicTransport, Transport};
use controlplane_services_native::server::DeclareServerInput;
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Which cluster a data folder belongs to.
pub(crate) const CLUSTER_ID_FILE: &str = "cluster-id";

/// Another member takes over within this, or has to find out by itself.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where everything durable lies.
    pub data_dir: PathBuf,
    /// Certificates; made there when missing.
    pub pki_dir: PathBuf,
    /// This member.
    pub id: NodeId,
    /// gRPC addresses of all members, this one included; empty for a server of its own.
    pub members: BTreeMap<NodeId, String>,
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
    /// How long a node may be silent before it counts as not ready.
    pub node_grace: Duration,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A door that checks nothing must not face the network.
    #[error("{flag} is for loopback addresses only; {address} is not one")]
    NotLoopback {
        /// The flag.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// Plain HTTP beyond this machine is nobody's wish by accident.
    #[error(
        "the AWS port would be plain HTTP on {0}, which is no loopback address: \
         give --aws-tls, --aws-cert and --aws-key, or --aws-plaintext"
    )]
    Plaintext(SocketAddr),
    /// Healthy instances would be replaced whenever the leader changes.
    #[error(
        "--node-grace: {} s cannot work: after a leader's death healthy agents may need nearly {} s to be heard again; \
         give {} s or more",
        given.as_secs(), LEAST_GRACE.as_secs(), LEAST_GRACE.as_secs()
    )]
    NodeGrace {
        /// What was given.
        given: Duration,
    },
    /// A port cannot be opened.
    #[error("{what} {address} cannot be opened")]
    Listen {
        /// Which port.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error("{path} cannot be used")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The stores cannot be opened.
    #[error("the store in {path} cannot be opened")]
    Store {
        /// Where.
        path: PathBuf,
        /// Why.
        source: controlplane_raft::StoreError,
    },
    /// The data folder was to be restored.
    #[error(transparent)]
    Unfinished(#[from] backup::Unfinished),
    /// Certificates.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// Raft or the records.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// A running server.
pub struct Server {
    core: Core,
    images: ImageStore,
    aws_addr: SocketAddr,
    grpc_addr: SocketAddr,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the store, joins its cluster and opens the doors. The ports answer from then on; [`Server::ready`] tells
    /// when requests succeed.
    pub async fn start(config: ServerConfig, runtime: Arc<dyn Runtime>) -> Result<Self, StartError> {
        metrics_text::install();
        refuse_open_doors(&config)?;
        if config.node_grace < LEAST_GRACE {
            return Err(StartError::NodeGrace { given: config.node_grace });
        }
        backup::refuse_unfinished(&config.data_dir)?;
        let aws = bind("AWS address", config.aws_addr).await?;
        let grpc = bind("gRPC address", config.grpc_addr).await?;
        let (aws_addr, grpc_addr) = (address(&aws, config.aws_addr), address(&grpc, config.grpc_addr));
        let own = own_server(&config, grpc_addr, aws_addr);
        let credentials = credentials(&config, &own, &*runtime)?;
        let tls = config.aws_link.config(&credentials)?;
        let core = start_core(&config, own.grpc_address.clone(), &credentials, runtime.clone()).await?;
        let images = ImageStore::open(&config.data_dir.join("images"), runtime.clone())
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
        let (stop, stopped) = watch::channel(false);
        let relay = Relay::new(core.cluster.clone(), credentials.connector(Role::Server)?);
        let doors = grpc::Doors {
            native: native_door(&config, &core, aws_addr, images.clone(), relay.clone()),
            identity: identity_door(&config, &core, &credentials),
            images: images.clone(),
            relay,
        };
        grpc::listen(&core, doors, &credentials, grpc, stopped.clone())?;
        keep_identity(&core, credentials, own, stopped.clone());
        let gateway = Gateway::new(gateway_settings(&config), core.clone());
        gateway.take_forwarded();
        runtime.spawn("aws-port", Box::pin(gateway::listen(gateway, aws, tls, runtime.clone(), stopped)));
        Ok(Self { core, images, aws_addr, grpc_addr, stop })
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

    /// Completes when this server cannot go on; says why. It should end then: a write of its log that failed can only be
    /// judged by a fresh look at the disk.
    pub async fn failed(&self) -> String {
        self.core.node.stopped().await
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

fn refuse_open_doors(config: &ServerConfig) -> Result<(), StartError> {
    if config.aws_link == AwsLink::Loopback && !config.aws_addr.ip().is_loopback() {
        return Err(StartError::Plaintext(config.aws_addr));
    }
    let flags = [
        ("--any-credentials", config.any_credentials),
        ("--allow-reset", config.allow_reset),
        ("--enable-bench", config.enable_bench),
    ];
    match flags.iter().find(|(_, on)| *on && !config.aws_addr.ip().is_loopback()) {
        Some((flag, _)) => Err(StartError::NotLoopback { flag, address: config.aws_addr }),
        None => Ok(()),
    }
}

async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { what, address, source })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

async fn start_core(
    config: &ServerConfig,
    grpc_address: String,
    credentials: &Credentials,
    runtime: Arc<dyn Runtime>,
) -> Result<Core, StartError> {
    let unusable = |source| StartError::DataDir { path: config.data_dir.clone(), source };
    std::fs::create_dir_all(&config.data_dir).map_err(unusable)?;
    let stores = Stores::open(&config.data_dir)
        .map_err(|source| StartError::Store { path: config.data_dir.clone(), source })?;
    let mut members = config.members.clone();
    members.entry(config.id).or_insert_with(|| grpc_address.clone());
    let cluster = cluster_id(&config.data_dir, &config.members, &*runtime).map_err(unusable)?;
    let start = Start::Found(members);
    let raft = Config { id: config.id, address: grpc_address, cluster, start, timing: Timing::default() };
    let transport: Arc<dyn Transport> =
        TonicTransport::new(Some(credentials.connector(Role::Server)?), runtime.clone());
    let core = CoreConfig { raft, first_start: config.first_start.clone(), node_grace: config.node_grace };
    Ok(Core::start(core, stores, transport, runtime).await?)
}

/// The cluster this data folder belongs to. Members of a static cluster derive it from the list they share; a server of
/// its own makes one up and keeps it.
fn cluster_id(dir: &Path, members: &BTreeMap<NodeId, String>, runtime: &dyn Runtime) -> io::Result<String> {
    let path = dir.join(CLUSTER_ID_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let id = if members.len() > 1 {
        members.iter().map(|(id, address)| format!("{id}={address}")).collect::<Vec<_>>().join(",")
    } else {
        format!("{:016x}", runtime.random())
    };
    std::fs::write(&path, &id)?;
    Ok(id)
}

fn gateway_settings(config: &ServerConfig) -> GatewaySettings {
    GatewaySettings {
        region: config.first_start.region.clone(),
        account: config.first_start.account.clone(),
        any_credentials: config.any_credentials,
        allow_reset: config.allow_reset,
        enable_bench: config.enable_bench,
    }
}

fn native_door(
    config: &ServerConfig,
    core: &Core,
    aws_addr: SocketAddr,
    images: ImageStore,
    relay: Relay,
) -> NativeDoor {
    NativeDoor {
        account: config.first_start.account.clone(),
        region: config.first_start.region.clone(),
        aws_addr,
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

/// What this server says of itself to others.
fn own_server(config: &ServerConfig, grpc_addr: SocketAddr, aws_addr: SocketAddr) -> DeclareServerInput {
    let grpc_address = config.members.get(&config.id).cloned();
    DeclareServerInput {
        number: config.id,
        name: format!("server-{}", config.id),
        grpc_address: grpc_address.unwrap_or_else(|| grpc_addr.to_string()),
        aws_address: aws_addr.to_string(),
    }
}

/// The server's certificate; made on the spot when this is the first server.
fn credentials(
    config: &ServerConfig,
    own: &DeclareServerInput,
    runtime: &dyn Runtime,
) -> Result<Arc<Credentials>, PkiError> {
    let first = FirstServer {
        number: own.number,
        addresses: vec![own.grpc_address.clone(), own.aws_address.clone()],
        life: config.certificate_life,
    };
    let folder = Folder::ensure(&config.pki_dir, &first, runtime)?;
    Credentials::load(folder, Role::Server).map(Arc::new)
}

/// Puts this server's certificates on record, and keeps its own fresh.
fn keep_identity(
    core: &Core,
    credentials: Arc<Credentials>,
    own: DeclareServerInput,
    mut stop: watch::Receiver<bool>,
) {
    let (cluster, here) = (core.cluster.clone(), own.grpc_address.clone());
    let servers = Arc::new(move || {
        let others = cluster.servers().addresses.into_iter().filter(|address| *address != here);
        std::iter::once(here.clone()).chain(others).collect()
    });
    let records = keep_records(core.clone(), credentials.folder().clone(), own);
    core.runtime.spawn("identity-records", Box::pin(records));
    let renewal = renewal::keep(credentials, servers, core.runtime.clone());
    let renewal = async move {
        tokio::select! {
            () = renewal => {}
            // An error means that whoever could say stop is gone.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    };
    core.runtime.spawn("certificate-renewal", Box::pin(renewal));
}
