//! Whom the resolvers of VPCs ask: flags that `agent` and `dev` share.

use crate::name_server::name_server;
use agent::resolver::Forwarders;
use clap::Args;
use std::net::SocketAddr;

/// Servers for names that are in no private zone.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResolverFlags {
    /// Where the resolvers of VPCs ask for names that are in no private zone [default: what the machine's /etc/resolv.conf names]
    #[arg(long = "dns-forwarder", value_name = "ADDRESS[:PORT]", value_parser = name_server)]
    forwarders: Vec<SocketAddr>,
    /// A DNS server of the cluster, asked before the forwarders, so that its public zones are known inside VPCs
    #[arg(long = "dns-server", value_name = "ADDRESS[:PORT]", value_parser = name_server)]
    servers: Vec<SocketAddr>,
}

impl ResolverFlags {
    /// As it was said, and a DNS server of the same process after those that were named.
    pub(crate) fn forwarders(&self, own: Option<SocketAddr>) -> Forwarders {
        let authoritative = self.servers.iter().copied().chain(own).collect();
        Forwarders { authoritative, recursive: self.forwarders.clone(), ..Forwarders::default() }
    }
}
