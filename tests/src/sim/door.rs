//! The way of one agent to the servers: one after the other until one takes it in, as a list of addresses would be
//! tried.

use super::line::{self, Far};
use super::server::Servers;
use agent::backend::{BackendError, ImageArchive};
use agent::session::{Connect, ConnectError, Link, link};
use controlplane_types::{BoxFuture, Runtime};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    attempts: Arc<AtomicUsize>,
}

impl Door {
    /// A way to `servers` over a line that is cut while `cut` says so.
    pub fn new(servers: &Servers, card: Arc<dyn Runtime>, cut: watch::Receiver<bool>) -> Self {
        Self { servers: servers.clone(), card, cut, attempts: Arc::default() }
    }

    async fn open(&self) -> Result<Link, ConnectError> {
        let ids = self.servers.ids();
        let id = ids[self.attempts.fetch_add(1, Ordering::Relaxed) % ids.len()];
        if *self.cut.borrow() {
            self.card.sleep(TIMEOUT).await;
            return Err(ConnectError(format!("server {id} does not answer")));
        }
        let core = self.servers.core(id).ok_or_else(|| ConnectError(format!("server {id} is down")))?;
        let (ours, near) = link();
        let (to_server, from_server) = core.agents.connect();
        let far = Far { to_server, from_server };
        self.card.spawn("line", Box::pin(line::carry(near, far, self.cut.clone())));
        Ok(ours)
    }
}

impl Connect for Door {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let door = self.clone();
        Box::pin(async move { door.open().await })
    }

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        Box::pin(async move { Err(BackendError::Permanent(format!("nobody imported {digest}"))) })
    }
}
