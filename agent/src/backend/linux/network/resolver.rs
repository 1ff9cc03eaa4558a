//! The doors of the resolvers: sockets in each VPC's namespace, at each address one for datagrams and one for each kind of
//! connection.
//!
//! They are handed to whoever answers, and nothing of them is kept here: a socket that is dropped there lets the namespace
//! go. Bound to its address and not to any, a socket answers from where it was asked.

use super::error::{NetworkError, Result};
use super::netns::NetNs;
use super::topology::Vpc;
use crate::resolver::{EVERYWHERE, HTTPS_PORT, PORT, Sockets, TLS_PORT};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// What the filter lets in to each address.
pub(super) const PORTS: [(&str, u16); 4] =
    [("udp", PORT), ("tcp", PORT), ("tcp", TLS_PORT), ("tcp", HTTPS_PORT)];

impl Vpc {
    /// Where its resolver answers: the base of its first IPv4 block plus two, and the address that is the same in every VPC.
    pub(super) fn resolvers(&self) -> impl Iterator<Item = Ipv4Addr> {
        let blocks = self.cidrs.iter().filter_map(|cidr| match cidr {
            ipnet::IpNet::V4(block) => Some(block.network()),
            ipnet::IpNet::V6(_) => None,
        });
        let own = blocks.take(1).map(|base| Ipv4Addr::from_bits(base.to_bits().wrapping_add(2)));
        own.chain([EVERYWHERE])
    }
}

/// Namespace and addresses the sockets of a VPC are bound to.
type Bound = ((u64, u64), Vec<Ipv4Addr>);

/// All doors, those not handed out yet, and those to be closed.
#[derive(Debug, Default)]
pub(super) struct ResolverDoors {
    open: BTreeMap<String, Bound>,
    fresh: Vec<(String, Sockets)>,
    closed: Vec<String>,
}

impl ResolverDoors {
    /// Opens the VPC's doors if this very namespace has none yet.
    pub(super) fn open(&mut self, vpc_id: &str, vpc: &Vpc, namespace: &NetNs) -> Result<()> {
        let bound = (namespace.identity()?, vpc.resolvers().collect());
        if self.open.get(vpc_id) == Some(&bound) {
            return Ok(());
        }
        let mut sockets = Sockets::default();
        for address in &bound.1 {
            let failed = |port| NetworkError::system(format!("listen on {address}:{port}"));
            let listen = |port| namespace.run(|| TcpListener::bind((*address, port)))?.map_err(failed(port));
            let datagrams = namespace.run(|| UdpSocket::bind((*address, PORT)))?.map_err(failed(PORT))?;
            sockets.datagrams.push(datagrams);
            sockets.connections.push(listen(PORT)?);
            sockets.tls.push(listen(TLS_PORT)?);
            sockets.https.push(listen(HTTPS_PORT)?);
        }
        self.fresh.retain(|(id, _)| id != vpc_id);
        self.fresh.push((vpc_id.to_owned(), sockets));
        self.open.insert(vpc_id.to_owned(), bound);
        Ok(())
    }

    /// Closes the doors of VPCs that `keep` refuses.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.fresh.retain(|(vpc_id, _)| keep(vpc_id));
        let gone = self.open.keys().filter(|vpc_id| !keep(vpc_id)).cloned();
        self.closed.extend(gone);
        self.open.retain(|vpc_id, _| keep(vpc_id));
    }

    /// Doors opened and closed since the last call.
    pub(super) fn take(&mut self) -> (Vec<(String, Sockets)>, Vec<String>) {
        (std::mem::take(&mut self.fresh), std::mem::take(&mut self.closed))
    }
}
