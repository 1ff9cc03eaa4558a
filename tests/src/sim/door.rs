//! The way of one agent to the servers, in the order that its directory says, as the gRPC line has it.

use super::line::{self, Far};
use super::server::Servers;
use agent::backend::{BackendError, ImageArchive};
use agent::session::{Connect, ConnectError, Link, link};
use controlplane_proto::directory::Directory;
use controlplane_server::core::Core;
use controlplane_types::{BoxFuture, Runtime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long a connection to nobody takes to fail.
const TIMEOUT: Duration = Duration::from_secs(1);

/// One agent's way.
#[derive(Clone)]
pub struct Door {
    servers: Servers,
    /// The network card: what runs on it survives the agent.
    card: Arc<dyn Runtime>,
    cut: watch::Receiver<bool>,
    directory: Arc<Mutex<Directory>>,
}

impl Door {
    /// A way to `servers` over a line that is cut while `cut` says so.
    pub fn new(servers: &Servers, card: Arc<dyn Runtime>, cut: watch::Receiver<bool>) -> Self {
        let directory = Directory::new(servers.addresses(), Vec::new());
        Self { servers: servers.clone(), card, cut, directory: Arc::new(Mutex::new(directory)) }
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Link, ConnectError> {
        let order = self.directory().order();
        for address in order {
            if *self.cut.borrow() {
                self.card.sleep(TIMEOUT).await;
            } else if let Some(core) = self.servers.core_at(&address) {
                self.directory().answered(&address);
                return Ok(self.enter(&core, address));
            }
            self.directory().failed(&address);
        }
        Err(ConnectError("no server answers".to_owned()))
    }

    fn enter(&self, core: &Core, address: String) -> Link {
        let (ours, near) = link();
        let (to_server, from_server) = core.agents.connect();
        let (far, cut, door) = (Far { to_server, from_server }, self.cut.clone(), self.clone());
        let carry = async move {
            line::carry(near, far, cut).await;
            door.directory().leave(&address);
        };
        self.card.spawn("line", Box::pin(carry));
        ours
    }
}

impl Connect for Door {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let door = self.clone();
        Box::pin(async move { door.open().await })
    }

    fn learn(&self, servers: &controlplane_proto::cluster::Servers) {
        self.directory().learn(servers);
    }

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        Box::pin(async move { Err(BackendError::Permanent(format!("nobody imported {digest}"))) })
    }
}
