//! A server with its doors open.

use crate::agents::LEAST_GRACE;
use crate::backup;
use crate::bootstrap::FirstStart;
use crate::cluster::relay::Relay;
use crate::core::{Core, CoreConfig, CoreError};
use crate::gateway::{self, Gateway, GatewaySettings};
use crate::images::ImageStore;
use crate::native::{NativeDoor, RowFeeds, SAVES_AT_ONCE};
use crate::pki::{Pki, PkiError, Role};
use crate::{grpc, metrics_text};
use controlplane_raft::{Config, NodeId, Start, Stores, Timing, TonicTransport, Transport};
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
    /// The gRPC port; port 0 takes a free one.
    pub grpc_addr: SocketAddr,
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
        let pki = Pki::ensure(&config.pki_dir, &[config.grpc_addr.ip()])?;
        let aws = bind("AWS address", config.aws_addr).await?;
        let grpc = bind("gRPC address", config.grpc_addr).await?;
        let (aws_addr, grpc_addr) = (address(&aws, config.aws_addr), address(&grpc, config.grpc_addr));
        let core = start_core(&config, grpc_addr, &pki, runtime.clone()).await?;
        let images = ImageStore::open(&config.data_dir.join("images"), runtime.clone())
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
        let (stop, stopped) = watch::channel(false);
        let relay = Relay::new(core.cluster.clone(), pki.client_tls(Role::Server, Role::Server)?);
        let native = native_door(&config, &core, aws_addr, images.clone(), relay.clone());
        grpc::listen(&core, native, &relay, images.clone(), &pki, grpc, stopped.clone()).await?;
        let gateway = Gateway::new(gateway_settings(&config), core.clone());
        gateway.take_forwarded();
        runtime.spawn("aws-port", Box::pin(gateway::listen(gateway, aws, runtime.clone(), stopped)));
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
    grpc_addr: SocketAddr,
    pki: &Pki,
    runtime: Arc<dyn Runtime>,
) -> Result<Core, StartError> {
    let unusable = |source| StartError::DataDir { path: config.data_dir.clone(), source };
    std::fs::create_dir_all(&config.data_dir).map_err(unusable)?;
    let stores = Stores::open(&config.data_dir)
        .map_err(|source| StartError::Store { path: config.data_dir.clone(), source })?;
    let mut members = config.members.clone();
    members.entry(config.id).or_insert_with(|| grpc_addr.to_string());
    let cluster = cluster_id(&config.data_dir, &config.members, &*runtime).map_err(unusable)?;
    let address = members[&config.id].clone();
    let start = Start::Found(members);
    let raft = Config { id: config.id, address, cluster, start, timing: Timing::default() };
    let transport: Arc<dyn Transport> =
        TonicTransport::new(Some(pki.client_tls(Role::Server, Role::Server)?));
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
        core: core.clone(),
        feeds: RowFeeds::new(core.replica.clone(), core.runtime.clone()),
        images,
        relay,
        saving: Arc::new(Semaphore::new(SAVES_AT_ONCE)),
    }
}
