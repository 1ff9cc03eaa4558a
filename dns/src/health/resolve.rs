//! Names of endpoints to addresses, anew for every probe.

use crate::answer::addresses;
use crate::board::Board;
use crate::random::Random;
use controlplane_types::Runtime;
use controlplane_types::dns::Name;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Longest wait for an answer, and for the turn to ask.
const PATIENCE: Duration = Duration::from_secs(4);
/// Questions to the machine's resolver at once. Each holds a thread, for as long as that resolver likes.
const AT_ONCE: usize = 64;

/// Looks names up.
#[derive(Clone)]
pub(crate) struct Resolver {
    runtime: Arc<dyn Runtime>,
    board: Arc<Board>,
    asking: Arc<Semaphore>,
}

impl Resolver {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, board: Arc<Board>) -> Self {
        Self { runtime, board, asking: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The first A record. Names in our own zones are looked up there: a private region need not be known to the machine's
    /// resolver.
    pub(crate) async fn first_address(&self, host: &str) -> Option<Ipv4Addr> {
        let name = Name::parse(host).ok()?;
        let random = Random::new(self.runtime.random());
        if let Some(addresses) = addresses(&self.board.snapshot(), &name, random) {
            return addresses.first().copied();
        }
        self.runtime.within(PATIENCE, self.ask(host.to_owned())).await.flatten()
    }

    /// In a task of its own that keeps its turn until the resolver is done, since nobody can call that off.
    async fn ask(&self, host: String) -> Option<Ipv4Addr> {
        let turn = self.asking.clone().acquire_owned().await.ok()?;
        let (sender, answer) = oneshot::channel();
        let asking = async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let first = found.ok().and_then(|mut found| {
                found.find_map(|endpoint| match endpoint.ip() {
                    IpAddr::V4(address) => Some(address),
                    IpAddr::V6(_) => None,
                })
            });
            drop(turn);
            // Whoever asked may have given up.
            let _ = sender.send(first);
        };
        self.runtime.spawn("dns-health-resolver", Box::pin(asking));
        answer.await.ok().flatten()
    }
}
