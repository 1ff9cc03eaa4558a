//! Whom the resolvers of VPCs ask: flags that `agent` and `dev` share.

use agent::resolver::{Forwarders, PORT};
use clap::Args;
use std::net::{IpAddr, SocketAddr};

/// Servers for names that are in no private zone.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResolverFlags {
    /// Where the resolvers of VPCs ask for names that are in no private zone [default: what the machine's /etc/resolv.conf names]
    #[arg(long = "dns-forwarder", value_name = "ADDRESS[:PORT]", value_parser = server)]
    forwarders: Vec<SocketAddr>,
    /// A DNS server of the cluster, asked before the forwarders, so that its public zones are known inside VPCs
    #[arg(long = "dns-server", value_name = "ADDRESS[:PORT]", value_parser = server)]
    servers: Vec<SocketAddr>,
}

impl ResolverFlags {
    /// As it was said, and a DNS server of the same process after those that were named.
    pub(crate) fn forwarders(&self, own: Option<SocketAddr>) -> Forwarders {
        let authoritative = self.servers.iter().copied().chain(own).collect();
        Forwarders { authoritative, recursive: self.forwarders.clone(), ..Forwarders::default() }
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    let bare = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
    let server = text.parse::<SocketAddr>().or_else(|_| bare());
    server.map_err(|_| "it must be ADDRESS or ADDRESS:PORT, IPv6 with a port in brackets".to_owned())
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn servers_are_addresses_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("192.0.2.1:5353", Some("192.0.2.1:5353")),
            ("2001:db8::1", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]:5353", Some("[2001:db8::1]:5353")),
            ("dns.example", None),
            ("192.0.2.1:", None),
        ] {
            assert_eq!(server(text).ok(), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
