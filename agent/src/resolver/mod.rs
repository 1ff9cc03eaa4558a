//! The resolver of a VPC: what instances ask at the base of its block plus two, and at 169.254.169.253.
//!
//! ```text
//!   Held ──names, autodefined──▶ zones of each VPC ──dns::compile──▶ Names (a snapshot)
//!                                                                      │
//!   packet ──server──▶ Answering ──own zones?──▶ dns::answer ──────────┴──▶ reply
//!   tls, https ─┘          └────────elsewhere──▶ cache, forward ──────────▶ reply
//! ```
//!
//! Private zones are answered by the function that answers public ones, over a snapshot that holds the zones of one VPC and
//! nothing else. So the most specific zone takes a query and is the only one searched, and two VPCs never see each other's.
//! What AWS defines by itself (`ip-10-0-0-5.ec2.internal`, reverse names, `localhost`) are zones of the same snapshot; a
//! private zone of the same name takes their place. A name in none of them goes to the forwarders.
//!
//! Everything comes from the desired set, which is in the ledger: a machine without a control plane goes on answering, also
//! after its agent was started again. Who asks is where the VPC is: an instance has no place of its own, and what it says
//! of a client behind it (RFC 7871) changes nothing.
//!
//! Whoever does not want to be read on the way asks over TLS (RFC 7858) or HTTPS (RFC 8484): the same questions, the same
//! answers, padded. The certificate is the agent's, which carries [`NAME`] and [`EVERYWHERE`].
//!
//! An instance is a stranger: packets per second, connections and questions under way are bounded.

mod allowance;
mod answering;
mod autodefined;
mod cache;
mod encode;
mod exchange;
mod forward;
mod https;
mod keeper;
mod names;
mod padding;
mod server;
mod tls;

#[cfg(test)]
mod tests;

pub use forward::{Forwarders, parse_resolv_conf};

use crate::desired::Held;
use answering::Answering;
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use rustls::server::ResolvesServerCert;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tls::Encryption;
use tokio::sync::watch;

/// Where every resolver listens.
pub const PORT: u16 = 53;
/// Where it listens for TLS (RFC 7858 section 3.1).
pub const TLS_PORT: u16 = 853;
/// Where it listens for HTTPS (RFC 8484); the path is `/dns-query`.
pub const HTTPS_PORT: u16 = 443;

/// What every resolver is called in its certificate, and inside every VPC that has names of its own.
pub const NAME: &str = "resolver.hearth.internal";
/// Where the resolver of every VPC is, beside its own address (AWS's, RFC 3927 range). In the certificate too.
pub const EVERYWHERE: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// The listening sockets of one VPC's resolver, bound in its namespace, each to one address.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For datagrams.
    pub datagrams: Vec<UdpSocket>,
    /// For connections.
    pub connections: Vec<TcpListener>,
    /// For TLS.
    pub tls: Vec<TcpListener>,
    /// For HTTPS.
    pub https: Vec<TcpListener>,
}

/// The resolvers of one machine. Dropped, they serve nobody any more.
pub struct Resolvers {
    answering: Arc<Answering>,
    held: watch::Sender<Option<Arc<Held>>>,
    keeper: TaskHandle,
    encryption: OnceLock<Encryption>,
    doors: Mutex<BTreeMap<String, Vec<TaskHandle>>>,
}

impl Resolvers {
    /// Resolvers that know no VPC yet.
    pub fn new(forwarders: Forwarders, runtime: Arc<dyn Runtime>) -> Self {
        let (held, wanted) = watch::channel(None);
        let (publish, published) = watch::channel(Arc::default());
        let keeper = keeper::run(wanted, publish, runtime.clone());
        let keeper = runtime.spawn("resolver-keeper", Box::pin(keeper));
        let answering = Arc::new(Answering::new(published, forwarders, runtime));
        Self { answering, held, keeper, encryption: OnceLock::new(), doors: Mutex::default() }
    }

    /// From now on VPCs that come up are answered over TLS too, under the certificate of the moment; without one those ports are
    /// closed. What was said first holds.
    pub fn encrypt(&self, certificate: Arc<dyn ResolvesServerCert>) -> Result<(), rustls::Error> {
        let encryption = Encryption::new(certificate)?;
        self.encryption.get_or_init(|| encryption);
        Ok(())
    }

    /// Answers from what `held` says, as soon as it is compiled; see [`crate::backend::Backend::set_names`].
    pub fn set(&self, held: Arc<Held>) {
        self.held.send_replace(Some(held));
    }

    /// Answers on sockets in the namespace of a VPC. Others for the same VPC take the place of the first.
    pub fn serve(&self, vpc_id: &str, sockets: Sockets) -> io::Result<()> {
        let tasks = server::serve(&self.answering, vpc_id, sockets, self.encryption.get())?;
        let old = self.lock().insert(vpc_id.to_owned(), tasks);
        old.into_iter().flatten().for_each(|task| task.abort());
        Ok(())
    }

    /// Closes the sockets of a VPC that is gone from this machine.
    pub fn close(&self, vpc_id: &str) {
        self.lock().remove(vpc_id).into_iter().flatten().for_each(|task| task.abort());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<TaskHandle>>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Resolvers {
    fn drop(&mut self) {
        self.keeper.abort();
        self.lock().values().flatten().for_each(TaskHandle::abort);
    }
}
