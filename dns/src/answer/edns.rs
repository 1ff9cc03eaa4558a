//! EDNS (RFC 6891), the client subnet (RFC 7871, route53.md section 11), cookies (RFC 7873), NSID (RFC 5001), and in refused
//! transfers why (RFC 8914).
//!
//! A client subnet is checked, stands for the client where a policy looks at the client, and is echoed with the scope
//! the answer turned out to have. Other options are ones we do not know; RFC 6891 section 6.1.2 wants those passed
//! over.

use super::{Arrival, cookie};
use crate::location::Client;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const OPTION_NSID: u16 = 3;
const OPTION_SUBNET: u16 = 8;
const OPTION_COOKIE: u16 = 10;
const OPTION_EXTENDED_ERROR: u16 = 15;
/// What we can take in one datagram without fragments.
const ADVERTISED_SIZE: u16 = 1232;
/// Owner, type, class, TTL and length of an OPT record.
const FIXED: usize = 11;

/// What the OPT record of a query says.
#[derive(Clone, Copy)]
pub(crate) struct Edns<'a> {
    size: u16,
    pub(super) version: u8,
    dnssec_ok: bool,
    subnet: Option<Subnet<'a>>,
    cookie: Option<&'a [u8]>,
    wants_nsid: bool,
    /// To be told to the client.
    error: Option<ExtendedError<'a>>,
}

/// A client subnet, checked.
#[derive(Clone, Copy)]
struct Subnet<'a> {
    /// All of the option, to be said back.
    octets: &'a [u8],
    family: u8,
    prefix: u8,
    /// As many octets as the prefix needs.
    address: &'a [u8],
}

/// Why there is no answer (RFC 8914).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtendedError<'a> {
    /// Of the registry.
    pub(crate) code: u16,
    /// For people.
    pub(crate) text: &'a str,
}

impl<'a> Edns<'a> {
    /// Reads the class and TTL of an OPT record.
    pub(super) fn new(class: u16, ttl: u32) -> Self {
        let (version, dnssec_ok) = ((ttl >> 16) as u8, ttl & 0x8000 != 0);
        Self { size: class, version, dnssec_ok, subnet: None, cookie: None, wants_nsid: false, error: None }
    }

    /// Takes the options; `None` if they are malformed.
    pub(super) fn with_options(mut self, mut data: &'a [u8]) -> Option<Self> {
        while !data.is_empty() {
            let (code, rest) = data.split_first_chunk::<2>()?;
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let (option, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            match u16::from_be_bytes(*code) {
                OPTION_SUBNET if self.subnet.is_none() => self.subnet = Some(Subnet::read(option)?),
                OPTION_SUBNET => return None,
                // RFC 7873 section 5.2: of several cookies the first counts.
                OPTION_COOKIE => {
                    cookie::client_part(option)?;
                    self.cookie = self.cookie.or(Some(option));
                }
                OPTION_NSID => self.wants_nsid = true,
                _ => {}
            }
            data = rest;
        }
        Some(self)
    }

    /// The same, to be answered with a reason.
    pub(crate) fn with_error(self, error: ExtendedError<'a>) -> Self {
        Self { error: Some(error), ..self }
    }

    /// The network the query was sent for. None if that is not said, or not to be used: prefix 0 asks for exactly that
    /// (RFC 7871 section 7.1.2).
    pub(super) fn client(&self) -> Option<Client> {
        let Subnet { family, prefix, address, .. } = self.subnet?;
        let address = match family {
            _ if prefix == 0 => return None,
            1 => IpAddr::from(Ipv4Addr::from(padded(address))),
            _ => IpAddr::from(Ipv6Addr::from(padded(address))),
        };
        Some(Client { address, prefix })
    }

    /// Whether the client shows a cookie we gave it.
    pub(super) fn shows_cookie(&self, arrival: &Arrival) -> bool {
        self.cookie.is_some_and(|cookie| arrival.identity.secret.made(cookie, arrival.peer, arrival.now))
    }

    /// Whether the client asks for signatures (RFC 3225).
    pub(super) fn dnssec_ok(&self) -> bool {
        self.dnssec_ok
    }

    /// The largest datagram the client takes.
    pub(super) fn udp_size(&self) -> usize {
        usize::from(self.size)
    }

    /// Octets of the OPT record of the reply.
    pub(super) fn reply_len(&self, arrival: &Arrival) -> usize {
        let option = |len: usize| 4 + len;
        FIXED
            + self.subnet.map_or(0, |subnet| option(subnet.octets.len()))
            + self.cookie.map_or(0, |_| option(cookie::LEN))
            + self.nsid(arrival).map_or(0, |nsid| option(nsid.len()))
            + self.error.map_or(0, |error| option(2 + error.text.len()))
    }

    /// Writes the OPT record of the reply; `out` holds [`Self::reply_len`] octets. `extended` is the upper part of
    /// the response code, `scope` how much of the client's network the answer hung on.
    pub(super) fn write_reply(&self, extended: u8, scope: u8, arrival: &Arrival, out: &mut [u8]) {
        let options = (out.len() - FIXED) as u16;
        out[..3].copy_from_slice(&[0, 0, 41]);
        out[3..5].copy_from_slice(&ADVERTISED_SIZE.to_be_bytes());
        // RFC 3225 section 3: the DO bit is copied.
        out[5..9].copy_from_slice(&[extended, 0, u8::from(self.dnssec_ok) << 7, 0]);
        out[9..11].copy_from_slice(&options.to_be_bytes());
        let mut rest = &mut out[FIXED..];
        if let Some(subnet) = self.subnet {
            let after = write_option(OPTION_SUBNET, subnet.octets, rest).len();
            // Without a network to go by the answer is for the sender, and says nothing about networks.
            out[18] = if self.client().is_some() { scope } else { 0 };
            let at = out.len() - after;
            rest = &mut out[at..];
        }
        if let Some(client) = self.cookie.and_then(cookie::client_part) {
            let cookie = arrival.identity.secret.cookie(client, arrival.peer, arrival.now);
            rest = write_option(OPTION_COOKIE, &cookie, rest);
        }
        if let Some(nsid) = self.nsid(arrival) {
            rest = write_option(OPTION_NSID, nsid, rest);
        }
        if let Some(error) = self.error {
            let value = [&error.code.to_be_bytes(), error.text.as_bytes()].concat();
            write_option(OPTION_EXTENDED_ERROR, &value, rest);
        }
    }

    fn nsid<'i>(&self, arrival: &Arrival<'i>) -> Option<&'i [u8]> {
        Some(&*arrival.identity.nsid).filter(|nsid| self.wants_nsid && !nsid.is_empty())
    }
}

/// Gives what is left of `out`.
fn write_option<'o>(code: u16, value: &[u8], out: &'o mut [u8]) -> &'o mut [u8] {
    let (option, rest) = out.split_at_mut(4 + value.len());
    option[..2].copy_from_slice(&code.to_be_bytes());
    option[2..4].copy_from_slice(&(value.len() as u16).to_be_bytes());
    option[4..].copy_from_slice(value);
    rest
}

fn padded<const N: usize>(address: &[u8]) -> [u8; N] {
    let mut octets = [0; N];
    octets.iter_mut().zip(address).for_each(|(octet, given)| *octet = *given);
    octets
}

impl<'a> Subnet<'a> {
    /// RFC 7871 section 6: exactly as many octets as the prefix needs, no bits beyond it, scope 0 in queries. Family 0
    /// with prefix 0 is how a client says that it does not want to be located.
    fn read(octets: &'a [u8]) -> Option<Self> {
        let (&[family_high, family, prefix, scope], address) = octets.split_first_chunk::<4>()?;
        let longest = match (family_high, family) {
            (0, 0) => 0,
            (0, 1) => 32,
            (0, 2) => 128,
            _ => return None,
        };
        let spare = (8 - prefix % 8) % 8;
        let clear = address.last().is_none_or(|last| last.trailing_zeros() >= u32::from(spare));
        let whole = prefix <= longest && address.len() == usize::from(prefix.div_ceil(8));
        (scope == 0 && whole && clear).then_some(Self { octets, family, prefix, address })
    }
}
