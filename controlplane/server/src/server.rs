//! A server with its doors open.

use crate::bootstrap::FirstStart;
use crate::core::{Core, CoreConfig, CoreError};
use crate::gateway::{self, AwsLink, Gateway, GatewaySettings};
use crate::identity::{IdentityDoor, keep_records};
use crate::images::ImageStore;
use crate::native::NativeDoor;
use crate::pki::{Credentials, FirstServer, Folder, PkiError, Role, renewal};
use crate::{grpc, metrics_text};
use controlplane_raft::{Config, NodeId, Stores, Timing, TonicTransport, Transport};
use controlplane_services_native::Server as ServerRecord;
use controlplane_services_native::server::DeclareServerInput;
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
        let doors = grpc::Doors {
            native: native_door(&config, &core, aws_addr, images.clone()),
            identity: identity_door(&config, &core, &credentials, &own),
            images: images.clone(),
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

    /// Stops taking requests, lets those under way finish, closes the store.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        self.core.node.shutdown().await;
    }
}

fn refuse_open_doors(config: &ServerConfig) -> Result<(), StartError> {
    let flags = [("--any-credentials", config.any_credentials), ("--allow-reset", config.allow_reset)];
    if config.aws_link == AwsLink::Loopback && !config.aws_addr.ip().is_loopback() {
        return Err(StartError::Plaintext(config.aws_addr));
    }
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
    members.entry(config.id).or_insert(grpc_address);
    let cluster = cluster_id(&config.data_dir, &config.members, &*runtime).map_err(unusable)?;
    let raft = Config { id: config.id, members, cluster, timing: Timing::default() };
    let transport: Arc<dyn Transport> = TonicTransport::new(Some(credentials.connector(Role::Server)?));
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
        aws_link: config.aws_link.clone(),
        core: core.clone(),
        images,
    }
}

fn identity_door(
    config: &ServerConfig,
    core: &Core,
    credentials: &Credentials,
    own: &DeclareServerInput,
) -> IdentityDoor {
    IdentityDoor {
        core: core.clone(),
        region: config.first_start.region.clone(),
        folder: credentials.folder().clone(),
        life: config.certificate_life,
        grpc_address: own.grpc_address.clone(),
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
    let (replica, region) = (core.replica.clone(), core.first_start.region.clone());
    let here = own.grpc_address.clone();
    let servers = Arc::new(move || {
        let view = replica.applied().view;
        let others = ServerRecord::all(&view, &region).map(|server| server.grpc_address.clone());
        std::iter::once(here.clone()).chain(others.filter(|address| *address != here)).collect()
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
