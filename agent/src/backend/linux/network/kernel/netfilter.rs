//! What all subsystems of netfilter share on the wire (nfnetlink): a header of four bytes, then attributes.

use super::super::error::{NetworkError, Result};
use super::netlink::Netlink;
use rtnetlink::packet_core::{
    DecodeError, DefaultNla, Emitable, NLA_F_NESTED, NetlinkDeserializable, NetlinkHeader,
    NetlinkSerializable, Nla, NlasIterator, Parseable,
};

/// Size of struct nfgenmsg: family, version, resource id.
const GENERIC_HEADER: usize = 4;
pub(super) const ANY_FAMILY: u8 = 0;

/// Opens a socket for the namespace of the calling thread.
pub(in crate::backend::linux::network) fn open() -> Result<Netlink> {
    Netlink::open(rtnetlink::sys::protocols::NETLINK_NETFILTER)
        .map_err(NetworkError::system("open a netfilter socket"))
}

/// The attribute's number without the flag for nesting.
pub(super) fn kind(attribute: &DefaultNla) -> u16 {
    attribute.kind() & !NLA_F_NESTED
}

/// The first attribute of that number.
pub(super) fn value(attributes: &[DefaultNla], wanted: u16) -> Option<Vec<u8>> {
    let attribute = attributes.iter().find(|attribute| kind(attribute) == wanted)?;
    let mut bytes = vec![0; attribute.value_len()];
    attribute.emit_value(&mut bytes);
    Some(bytes)
}

/// Attributes, one after the other.
pub(super) fn attributes(bytes: &[u8]) -> std::result::Result<Vec<DefaultNla>, DecodeError> {
    NlasIterator::new(bytes).map(|part| part.and_then(|part| DefaultNla::parse(&part))).collect()
}

/// A message: its subsystem and which one of it, the address family it is about, and its attributes as they are.
#[derive(Clone, Debug)]
pub(super) struct NetfilterMessage {
    pub(super) kind: u16,
    pub(super) family: u8,
    pub(super) attributes: Vec<DefaultNla>,
}

impl NetlinkSerializable for NetfilterMessage {
    fn message_type(&self) -> u16 {
        self.kind
    }

    fn buffer_len(&self) -> usize {
        GENERIC_HEADER + self.attributes.as_slice().buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        let (header, rest) = buffer.split_at_mut(GENERIC_HEADER);
        header.copy_from_slice(&[self.family, 0, 0, 0]);
        self.attributes.as_slice().emit(rest);
    }
}

impl NetlinkDeserializable for NetfilterMessage {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> std::result::Result<Self, DecodeError> {
        let (generic, body) =
            payload.split_at_checked(GENERIC_HEADER).ok_or("netfilter message without a header")?;
        Ok(Self { kind: header.message_type, family: generic[0], attributes: attributes(body)? })
    }
}
