//! The doors of the metadata service: one listening socket in each VPC's namespace.
//!
//! Two VPCs may use the same addresses, so an instance is known by its namespace and its source address together
//! (the source filter vouches for the latter). The sockets are handed to whoever serves them; a namespace that goes
//! takes its door along.

use super::error::{NetworkError, Result};
use super::firewall::vpc::METADATA;
use super::netns::NetNs;
use nix::sys::socket::{Shutdown, shutdown};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

/// All doors, and those not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Doors {
    open: BTreeMap<String, Door>,
    fresh: Vec<(String, TcpListener)>,
}

#[derive(Debug)]
struct Door {
    namespace: (u64, u64),
    listener: TcpListener,
}

impl Doors {
    /// Opens the VPC's door if this very namespace has none yet.
    pub(super) fn open(&mut self, vpc_id: &str, namespace: &NetNs, port: u16) -> Result<()> {
        let identity = namespace.identity()?;
        if self.open.get(vpc_id).is_some_and(|door| door.namespace == identity) {
            return Ok(());
        }
        let failed = || NetworkError::system(format!("listen on {METADATA}:{port}"));
        let listener = namespace.run(|| TcpListener::bind((METADATA, port)))?.map_err(failed())?;
        self.fresh.push((vpc_id.to_owned(), listener.try_clone().map_err(failed())?));
        if let Some(old) = self.open.insert(vpc_id.to_owned(), Door { namespace: identity, listener }) {
            old.close();
        }
        Ok(())
    }

    /// Closes the doors of VPCs that `keep` refuses; their `accept` fails from then on.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.fresh.retain(|(vpc_id, _)| keep(vpc_id));
        let (kept, gone) = std::mem::take(&mut self.open).into_iter().partition(|(vpc_id, _)| keep(vpc_id));
        self.open = kept;
        let gone: BTreeMap<String, Door> = gone;
        gone.into_values().for_each(Door::close);
    }

    /// Doors opened since the last call.
    pub(super) fn take(&mut self) -> Vec<(String, TcpListener)> {
        std::mem::take(&mut self.fresh)
    }
}

impl Door {
    /// Wakes whoever waits in `accept`, whose copy of the socket would keep the namespace alive.
    fn close(self) {
        if let Err(error) = shutdown(self.listener.as_raw_fd(), Shutdown::Both) {
            tracing::debug!(%error, "closing a metadata listener");
        }
    }
}
