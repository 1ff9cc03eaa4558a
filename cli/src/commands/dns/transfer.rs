//! Flags that say who may transfer zones and who is told when they change, shared by `dns` and `dev`.

use crate::name_server::name_server;
use clap::Args;
use dns::{KeyFile, TransferConfig};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Who may transfer zones, and who is told when they change.
#[derive(Args, Clone, Debug)]
pub(crate) struct TransferFlags {
    /// Key that other name servers sign their requests for zones with (TSIG): its name, and a file with its secret in base64, behind
    /// the algorithm and a colon if that is not hmac-sha256; may be given again
    #[arg(long, value_name = "NAME=FILE", value_parser = key_file, requires = "transfer_to")]
    transfer_key: Vec<KeyFile>,
    /// Network whose name servers may transfer zones (AXFR, IXFR) with such a key; may be given again [default: nobody may]
    #[arg(long, value_name = "CIDR", value_parser = network, requires = "transfer_key")]
    transfer_to: Vec<IpNet>,
    /// Name server that is told when a zone changed (NOTIFY), signed with the first key; port 53 if none is given; may be given again
    /// [default: none is told]
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = name_server, requires = "transfer_key")]
    transfer_notify: Vec<SocketAddr>,
}

impl TransferFlags {
    /// As the DNS server takes them.
    pub(crate) fn config(&self) -> TransferConfig {
        TransferConfig {
            keys: self.transfer_key.clone(),
            to: self.transfer_to.clone(),
            notify: self.transfer_notify.clone(),
        }
    }
}

fn key_file(text: &str) -> Result<KeyFile, &'static str> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok(KeyFile { name: name.to_owned(), path: path.into() })
        }
        _ => Err("a key is given as NAME=FILE"),
    }
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or("neither a network nor an address")
}
