//! EDNS (RFC 6891) and the client subnet (RFC 7871, route53.md section 11).
//!
//! A client subnet is checked, stands for the client where a policy looks at the client, and is echoed with the scope
//! the answer turned out to have. Other options are ones we do not know; RFC 6891 section 6.1.2 wants those passed
//! over.

use crate::location::Client;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const OPTION_SUBNET: u16 = 8;
/// What we can take in one datagram without fragments.
const ADVERTISED_SIZE: u16 = 1232;
/// Owner, type, class, TTL and length of an OPT record.
const FIXED: usize = 11;

/// What the OPT record of a query says.
#[derive(Clone, Copy)]
pub(super) struct Edns<'a> {
    size: u16,
    pub(super) version: u8,
    dnssec_ok: bool,
    /// Family, source prefix length, scope and address, all checked.
    subnet: Option<&'a [u8]>,
}

impl<'a> Edns<'a> {
    /// Reads the class and TTL of an OPT record.
    pub(super) fn new(class: u16, ttl: u32) -> Self {
        Self { size: class, version: (ttl >> 16) as u8, dnssec_ok: ttl & 0x8000 != 0, subnet: None }
    }

    /// Takes the options; `None` if they are malformed.
    pub(super) fn with_options(mut self, mut data: &'a [u8]) -> Option<Self> {
        while !data.is_empty() {
            let (code, rest) = data.split_first_chunk::<2>()?;
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let (option, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            if u16::from_be_bytes(*code) == OPTION_SUBNET {
                if self.subnet.is_some() || !is_subnet(option) {
                    return None;
                }
                self.subnet = Some(option);
            }
            data = rest;
        }
        Some(self)
    }

    /// The network the query was sent for. None if that is not said, or not to be used: prefix 0 asks for exactly that
    /// (RFC 7871 section 7.1.2).
    pub(super) fn client(&self) -> Option<Client> {
        let (&[_, family, prefix, _], address) = self.subnet?.split_first_chunk::<4>()?;
        let address = match family {
            _ if prefix == 0 => return None,
            1 => IpAddr::from(Ipv4Addr::from(padded(address))),
            _ => IpAddr::from(Ipv6Addr::from(padded(address))),
        };
        Some(Client { address, prefix })
    }

    /// The largest datagram the client takes.
    pub(super) fn udp_size(&self) -> usize {
        usize::from(self.size)
    }

    /// Octets of the OPT record of the reply.
    pub(super) fn reply_len(&self) -> usize {
        FIXED + self.subnet.map_or(0, |subnet| 4 + subnet.len())
    }

    /// Writes the OPT record of the reply; `out` holds [`Self::reply_len`] octets. `extended` is the upper part of
    /// the response code, `scope` how much of the client's network the answer hung on.
    pub(super) fn write_reply(&self, extended: u8, scope: u8, out: &mut [u8]) {
        let options = self.subnet.map_or(0, |subnet| 4 + subnet.len()) as u16;
        out[..3].copy_from_slice(&[0, 0, 41]);
        out[3..5].copy_from_slice(&ADVERTISED_SIZE.to_be_bytes());
        // RFC 3225 section 3: the DO bit is copied.
        out[5..9].copy_from_slice(&[extended, 0, u8::from(self.dnssec_ok) << 7, 0]);
        out[9..11].copy_from_slice(&options.to_be_bytes());
        if let Some(subnet) = self.subnet {
            out[11..13].copy_from_slice(&OPTION_SUBNET.to_be_bytes());
            out[13..15].copy_from_slice(&(subnet.len() as u16).to_be_bytes());
            out[15..15 + subnet.len()].copy_from_slice(subnet);
            // Without a network to go by the answer is for the sender, and says nothing about networks.
            out[18] = if self.client().is_some() { scope } else { 0 };
        }
    }
}

fn padded<const N: usize>(address: &[u8]) -> [u8; N] {
    let mut octets = [0; N];
    octets.iter_mut().zip(address).for_each(|(octet, given)| *octet = *given);
    octets
}

/// RFC 7871 section 6: exactly as many octets as the prefix needs, no bits beyond it, scope 0 in queries. Family 0
/// with prefix 0 is how a client says that it does not want to be located.
fn is_subnet(option: &[u8]) -> bool {
    let Some((&[family_high, family, prefix, scope], address)) = option.split_first_chunk::<4>() else {
        return false;
    };
    let longest = match (family_high, family) {
        (0, 0) => 0,
        (0, 1) => 32,
        (0, 2) => 128,
        _ => return false,
    };
    let spare = (8 - prefix % 8) % 8;
    let clear = address.last().is_none_or(|last| last.trailing_zeros() >= u32::from(spare));
    scope == 0 && prefix <= longest && address.len() == usize::from(prefix.div_ceil(8)) && clear
}
