//! The instance metadata service at 169.254.169.254: what an instance can ask about itself.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
//!
//! ```text
//! connection ─ (VPC, source address) ─▶ View of one instance ─▶ answer(request, view, tokens, now) ─▶ reply
//!    server                                directory               answer, tree, token: pure
//! ```
//!
//! Who asks is known from where the connection arrives, never from what it says: the VPC whose namespace the listening
//! socket lives in, and the source address, which the network lets nobody else use. Version 2 of the service is what
//! keeps a confused web server inside from fetching for a stranger: a token costs a PUT with a header, is
//! refused through proxies, works on one instance only, and its packets die after a few hops.

mod answer;
mod directory;
mod server;
mod token;
mod tree;

#[cfg(test)]
mod tests;

pub use answer::{Reply, Request, answer};
pub use directory::View;
pub use token::Tokens;

use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use server::Shared;
use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

/// The service of one machine. Dropped, it serves nobody any more.
pub struct Metadata {
    shared: Arc<Shared>,
    doors: Mutex<BTreeMap<String, TaskHandle>>,
}

impl Metadata {
    /// A service that knows no instance yet. Tokens of an earlier agent are void; clients renew them when refused.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { shared: Arc::new(Shared::new(runtime)), doors: Mutex::default() }
    }

    /// Replaces all that is known; see [`crate::backend::Backend::set_metadata`].
    pub fn set(&self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) {
        self.shared.replace(instances);
    }

    /// What an instance may sign with from now on.
    pub fn set_credentials(&self, credentials: proto::RoleCredentials) {
        self.shared.set_credentials(credentials);
    }

    /// Answers on a listening socket in the namespace of a VPC until the socket is shut down. Another one for the same
    /// VPC takes the place of the first.
    pub fn serve(&self, vpc_id: &str, listener: TcpListener) -> io::Result<()> {
        let task = server::serve(self.shared.clone(), vpc_id.to_owned(), listener)?;
        let old = self.doors.lock().unwrap_or_else(PoisonError::into_inner).insert(vpc_id.to_owned(), task);
        if let Some(old) = old {
            old.abort();
        }
        Ok(())
    }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        let doors = self.doors.get_mut().unwrap_or_else(PoisonError::into_inner);
        doors.values().for_each(TaskHandle::abort);
    }
}
