//! Which tables of filters a namespace has (nf_tables).
//!
//! Only their names: what is in one is read by the `nft` program, and starting that to hear that there is nothing
//! costs as much as starting a container.

use super::super::error::{NetworkError, Result};
use super::netfilter::{ANY_FAMILY, NetfilterMessage, value};
use super::netlink::Netlink;

/// NFNL_SUBSYS_NFTABLES, and NFT_MSG_GETTABLE of it.
const GET: u16 = (10 << 8) | 1;
const NFTA_TABLE_NAME: u16 = 1;

/// Family (NFPROTO_*) and name of each.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink) -> Result<Vec<(u8, String)>> {
    let request = NetfilterMessage { kind: GET, family: ANY_FAMILY, attributes: Vec::new() };
    let found = netlink.dump(request).map_err(NetworkError::system("list tables of filters"))?;
    Ok(found.into_iter().filter_map(|message| Some((message.family, name(&message)?))).collect())
}

fn name(message: &NetfilterMessage) -> Option<String> {
    let bytes = value(&message.attributes, NFTA_TABLE_NAME)?;
    let text = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    String::from_utf8(text.to_vec()).ok()
}
