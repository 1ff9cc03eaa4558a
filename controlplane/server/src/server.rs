//! A server with its doors open.

use crate::bootstrap::FirstStart;
use crate::core::{Core, CoreConfig, CoreError};
use crate::gateway::{self, Gateway, GatewaySettings};
use crate::images::ImageStore;
use crate::native::NativeDoor;
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
use tokio::sync::watch;

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
        let pki = Pki::ensure(&config.pki_dir, &[config.grpc_addr.ip()])?;
        let aws = bind("AWS address", config.aws_addr).await?;
        let grpc = bind("gRPC address", config.grpc_addr).await?;
        let (aws_addr, grpc_addr) = (address(&aws, config.aws_addr), address(&grpc, config.grpc_addr));
        let core = start_core(&config, grpc_addr, &pki, runtime.clone()).await?;
        let images = ImageStore::open(&config.data_dir.join("images"), runtime.clone())
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
        let (stop, stopped) = watch::channel(false);
        let native = native_door(&config, &core, aws_addr, images.clone());
        grpc::listen(&core, native, images.clone(), &pki, grpc, stopped.clone()).await?;
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

    /// Stops taking requests, lets those under way finish, closes the store.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        self.core.node.shutdown().await;
    }
}

fn refuse_open_doors(config: &ServerConfig) -> Result<(), StartError> {
    let flags = [("--any-credentials", config.any_credentials), ("--allow-reset", config.allow_reset)];
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
    let path = dir.join("cluster-id");
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
    }
}

fn native_door(config: &ServerConfig, core: &Core, aws_addr: SocketAddr, images: ImageStore) -> NativeDoor {
    NativeDoor {
        account: config.first_start.account.clone(),
        region: config.first_start.region.clone(),
        aws_addr,
        core: core.clone(),
        images,
    }
}
