use crate::answer::{Logged, RCODES, Transport};
use crate::location::Client;
use controlplane_types::Timestamp;
use controlplane_types::dns::{RecordType, name};
use std::fmt::{self, Write};
use std::net::IpAddr;

/// Longest id of a zone.
const ZONE_MAX: usize = 32;
const TYPE_ANY: u16 = 255;

/// What a line is made of, copied out of a query and its reply.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    at: Timestamp,
    zone: [u8; ZONE_MAX],
    zone_len: u8,
    name: [u8; name::MAX_WIRE],
    name_len: u8,
    kind: u16,
    rcode: u8,
    transport: Transport,
    resolver: IpAddr,
    client: Option<Client>,
}

impl Entry {
    /// `None` for a zone whose id is none of ours.
    pub fn new(
        logged: &Logged,
        reply: &[u8],
        at: Timestamp,
        (transport, resolver): (Transport, IpAddr),
    ) -> Option<Self> {
        let (mut zone, mut name) = ([0; ZONE_MAX], [0; name::MAX_WIRE]);
        zone.get_mut(..logged.zone_id.len())?.copy_from_slice(logged.zone_id.as_bytes());
        name.get_mut(..logged.name.len())?.copy_from_slice(logged.name);
        Some(Self {
            at,
            zone,
            zone_len: logged.zone_id.len() as u8,
            name,
            name_len: logged.name.len() as u8,
            kind: logged.kind,
            rcode: reply.get(3)? & 0xf,
            transport,
            resolver,
            client: logged.client,
        })
    }

    /// The zone asked.
    pub(super) fn zone_id(&self) -> &str {
        std::str::from_utf8(&self.zone[..usize::from(self.zone_len)]).unwrap_or_default()
    }

    /// Appends the line.
    pub(super) fn write(&self, edge: &str, out: &mut String) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", Line { entry: self, edge });
    }
}

struct Line<'a> {
    entry: &'a Entry,
    edge: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.entry;
        let wire = entry.name[..usize::from(entry.name_len)].to_ascii_lowercase();
        let name = name::format(&wire);
        let name = name.strip_suffix('.').filter(|name| !name.is_empty()).unwrap_or(&name);
        write!(f, "1.0 {} {} {name} ", entry.at.to_iso8601(), entry.zone_id())?;
        match (entry.kind, RecordType::from_code(entry.kind)) {
            (TYPE_ANY, _) => f.write_str("ANY")?,
            (_, Some(kind)) => write!(f, "{kind}")?,
            // RFC 3597 section 5.
            (code, None) => write!(f, "TYPE{code}")?,
        }
        let rcode = RCODES.get(usize::from(entry.rcode)).copied().unwrap_or("SERVFAIL");
        let transport = match entry.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        };
        write!(f, " {rcode} {transport} {} {} ", self.edge, entry.resolver)?;
        match entry.client {
            Some(Client { address, prefix }) => write!(f, "{address}/{prefix}"),
            None => f.write_str("-"),
        }
    }
}
