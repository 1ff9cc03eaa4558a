//! What a data folder knows about where it comes from, and how an empty one gets to know.
//!
//! A server founds a cluster, joins one, or goes on; which of them is said once, on its first start. From then on the
//! folder knows: who it is stands in the log itself, which is the authority on that, and beside the log lies a note with
//! what the log cannot say. It is written *before* the log is (so that a join that was interrupted goes on where it was,
//! under the number it was given) and *after* (so that a log that vanished is missed: a server that came back empty
//! under its old number would have forgotten what it voted).
//!
//! What readers get wrong: the flags are not looked at in vain on later starts. One that contradicts the folder is
//! refused, because whoever gives it expects another server than the one that would start.

use super::note::{Note, Origin};
use crate::pki::join::{CallError, JoinRequest, NewServer, join};
use crate::pki::{Folder, PkiError, Role, Token};
use controlplane_raft::{Identity, NodeId, Start, StoreError, Stores, identity};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::io;
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};

/// What a server is told about its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Found a cluster of one server, unless this is done.
    Bootstrap,
    /// Join a cluster, unless this is done.
    Join {
        /// gRPC addresses of its servers; one that answers is enough.
        servers: Vec<String>,
        /// Of `hearth token create --role server`; needed the first time only.
        token: Option<Token>,
    },
    /// Go on as the data folder says.
    Continue,
}

/// Why a server does not begin. Unless said otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// There is no server in the folder, and nobody said what to do.
    #[error(
        "{0} holds no server yet: give --bootstrap to found a cluster, or --join HOST:PORT and --token to join one"
    )]
    Empty(PathBuf),
    /// The folder joined a cluster and shall found one.
    #[error(
        "--bootstrap: {dir} holds server {number}, which has joined cluster {cluster}; start it without the flag, \
         or give an empty data folder"
    )]
    Joined {
        /// The folder.
        dir: PathBuf,
        /// Its server.
        number: NodeId,
        /// Its cluster.
        cluster: String,
    },
    /// The token is of another cluster than the folder.
    #[error(
        "--token: it is for another cluster than the one whose authority {0} trusts; give an empty data folder"
    )]
    AnotherCluster(PathBuf),
    /// The machine belongs to a cluster it did not found.
    #[error(
        "--bootstrap: {0} trusts the authority of a cluster and has not its key; give an empty data folder"
    )]
    GuestElsewhere(PathBuf),
    /// There is nobody to join without a token.
    #[error(
        "--join: a token is needed; `hearth token create --role server` on a server of the cluster makes one"
    )]
    NoToken,
    /// Others would find themselves instead of this server.
    #[error(
        "--join: others cannot reach this server at {own}, which is a loopback address, while {server} is not; give \
         --grpc-addr or --advertise"
    )]
    Loopback {
        /// The address of this server.
        own: String,
        /// The one to join.
        server: String,
    },
    /// The cluster said no, or does not answer. The same command may be given again.
    #[error("the cluster cannot be joined")]
    Join(#[from] CallError),
    /// The cluster let in something that is no server.
    #[error("the cluster gave this server no number")]
    NoNumber,
    /// What was there is gone.
    #[error(
        "{dir} was server {number}, and its log is gone: it has forgotten its votes. Remove it (`hearth server remove \
         {number}` on another server) and join again with an empty data folder"
    )]
    LogGone {
        /// The folder.
        dir: PathBuf,
        /// Its server.
        number: NodeId,
    },
    /// The server was put out.
    #[error(transparent)]
    Removed(#[from] Removed),
    /// The note.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The stores.
    #[error("the store in {path} cannot be opened")]
    Store {
        /// Where.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// Certificates.
    #[error(transparent)]
    Pki(#[from] PkiError),
}

/// This server was removed from its cluster, for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this server was removed from its cluster as number {number}, and never takes part again; to use the machine as a \
     new server, remove {dir} and join with a new token"
)]
pub struct Removed {
    /// The number it had.
    pub number: NodeId,
    /// Its data.
    pub dir: PathBuf,
}

/// Where others reach this server, and what it is to serve.
pub(crate) struct Own<'a> {
    /// What people call it.
    pub(crate) name: &'a str,
    /// Addresses, region and account.
    pub(crate) server: NewServer,
}

/// A server's data folder.
pub(crate) struct DataFolder {
    dir: PathBuf,
    stores: Option<Stores>,
    identity: Option<Identity>,
    note: Option<Note>,
}

/// What is to be started.
pub(crate) struct Member {
    pub(crate) number: NodeId,
    pub(crate) cluster: String,
    pub(crate) start: Start,
    /// Servers of the cluster that was joined, for a member that is not known to have entered yet.
    pub(crate) servers: Vec<String>,
    dir: PathBuf,
    /// If they were there before.
    stores: Option<Stores>,
}

impl Member {
    /// Its stores, and what `meanwhile` brings: to make stores is mostly to wait for the disk.
    pub(crate) fn open<T>(&mut self, meanwhile: impl FnOnce() -> T) -> (Result<Stores, OriginError>, T) {
        match self.stores.take() {
            Some(stores) => (Ok(stores), meanwhile()),
            None => std::thread::scope(|scope| {
                let opening = scope.spawn(|| open_stores(&self.dir));
                let brought = meanwhile();
                (opening.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), brought)
            }),
        }
    }
}

impl DataFolder {
    /// Reads what is there; makes nothing.
    pub(crate) fn open(dir: &Path) -> Result<Self, OriginError> {
        let note = Note::read(dir)?;
        let stores = if dir.join("log").exists() { Some(open_stores(dir)?) } else { None };
        let identity =
            stores.as_ref().map(identity).transpose().map_err(|source| store(dir, source))?.flatten();
        Ok(Self { dir: dir.to_owned(), stores, identity, note })
    }

    /// The server in it, if there is one.
    fn known(&self) -> Option<Identity> {
        let noted = |note: &Note| Identity { cluster: note.cluster.clone(), node: note.number };
        self.identity.clone().or_else(|| self.note.as_ref().map(noted))
    }

    /// Refuses what contradicts the folder.
    pub(crate) fn check(&self, begin: &Begin, pki: &Folder) -> Result<(), OriginError> {
        let Some(known) = self.known() else { return self.check_empty(begin, pki) };
        if let Some(note) = &self.note {
            note.refuse_removed(&self.dir)?;
            if note.started && self.identity.is_none() {
                return Err(OriginError::LogGone { dir: self.dir.clone(), number: known.node });
            }
            if *begin == Begin::Bootstrap && note.origin == Origin::Joined {
                let dir = self.dir.clone();
                return Err(OriginError::Joined { dir, number: known.node, cluster: known.cluster });
            }
        }
        check_token(begin, pki, &self.dir)
    }

    fn check_empty(&self, begin: &Begin, pki: &Folder) -> Result<(), OriginError> {
        match begin {
            Begin::Continue => Err(OriginError::Empty(self.dir.clone())),
            Begin::Bootstrap if !pki.trusted()?.is_empty() && !pki.has_authority_key() => {
                Err(OriginError::GuestElsewhere(self.dir.clone()))
            }
            Begin::Join { token: None, .. } => Err(OriginError::NoToken),
            Begin::Bootstrap | Begin::Join { .. } => check_token(begin, pki, &self.dir),
        }
    }

    /// Founds, joins or goes on. To be called after [`check`](Self::check).
    pub(crate) async fn settle(
        mut self,
        begin: &Begin,
        own: &Own<'_>,
        pki: &Folder,
        runtime: &dyn Runtime,
    ) -> Result<Member, OriginError> {
        if self.known().is_none() {
            let note = match begin {
                Begin::Join { servers, token: Some(token) } => {
                    enrol(servers, token, own, pki, runtime).await?
                }
                Begin::Join { token: None, .. } => return Err(OriginError::NoToken),
                Begin::Continue => return Err(OriginError::Empty(self.dir.clone())),
                Begin::Bootstrap => Note::founded(format!("{:016x}", runtime.random())),
            };
            note.write(&self.dir)?;
            pki.forget_pending_key(Role::Server)?;
            self.note = Some(note);
        }
        self.member(&own.server.grpc_address)
    }

    fn member(self, address: &str) -> Result<Member, OriginError> {
        let known = self.known().ok_or_else(|| OriginError::Empty(self.dir.clone()))?;
        // What counts while the stores are empty; a folder with a log needs no word about it.
        let joined = self.note.filter(|note| note.origin == Origin::Joined);
        let start = match &joined {
            Some(_) => Start::Join,
            None => Start::Found(BTreeMap::from([(known.node, address.to_owned())])),
        };
        let servers = joined.map(|note| note.servers).unwrap_or_default();
        let (number, cluster) = (known.node, known.cluster);
        Ok(Member { number, cluster, start, servers, dir: self.dir, stores: self.stores })
    }
}

fn open_stores(dir: &Path) -> Result<Stores, OriginError> {
    std::fs::create_dir_all(dir).map_err(|source| OriginError::File { path: dir.to_owned(), source })?;
    Stores::open(dir).map_err(|source| store(dir, source))
}

fn store(dir: &Path, source: StoreError) -> OriginError {
    OriginError::Store { path: dir.to_owned(), source }
}

fn check_token(begin: &Begin, pki: &Folder, dir: &Path) -> Result<(), OriginError> {
    let Begin::Join { token: Some(token), .. } = begin else { return Ok(()) };
    let trusted = pki.trusted()?;
    match trusted.is_empty() || trusted.contains(&token.authority()) {
        true => Ok(()),
        false => Err(OriginError::AnotherCluster(dir.to_owned())),
    }
}

/// Gets number, certificate and authority.
async fn enrol(
    servers: &[String],
    token: &Token,
    own: &Own<'_>,
    pki: &Folder,
    runtime: &dyn Runtime,
) -> Result<Note, OriginError> {
    let address = &own.server.grpc_address;
    if let Some(server) = servers.iter().find(|server| is_loopback(address) && !is_loopback(server)) {
        return Err(OriginError::Loopback { own: address.clone(), server: server.clone() });
    }
    let request = JoinRequest {
        servers: servers.to_vec(),
        role: Role::Server,
        name: own.name.to_owned(),
        server: Some(own.server.clone()),
    };
    let joined = join(&request, token, pki, runtime).await?;
    let number = joined.number.ok_or(OriginError::NoNumber)?;
    joined.install(pki, Role::Server)?;
    let servers = if joined.servers.is_empty() { servers.to_vec() } else { joined.servers };
    tracing::info!(number, cluster = %joined.cluster_id, "joined");
    Ok(Note::joined(joined.cluster_id, number, servers))
}

/// A name that cannot be resolved here is none.
fn is_loopback(address: &str) -> bool {
    let resolved = address.to_socket_addrs();
    resolved.is_ok_and(|mut addresses| addresses.any(|address| address.ip().is_loopback()))
}
