//! One netlink socket: a request and its acknowledgement, a dump and its parts.

use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkBuffer, NetlinkDeserializable,
    NetlinkHeader, NetlinkMessage, NetlinkPayload, NetlinkSerializable,
};
use rtnetlink::sys::{Socket, SocketAddr};
use std::fmt::Debug;
use std::io;

/// The kernel answers a dump in parts of at most 32 KiB.
const PART_BYTES: usize = 64 * 1024;
/// How often a dump that changed under our eyes is read again before what there is counts.
const DUMP_ATTEMPTS: usize = 8;

/// A socket in the namespace of the thread that opened it.
pub(in crate::backend::linux::network) struct Netlink {
    socket: Socket,
    sequence: u32,
}

/// A message that can be sent and read.
pub(in crate::backend::linux::network) trait Message:
    NetlinkSerializable + NetlinkDeserializable + Debug
{
}

impl<T: NetlinkSerializable + NetlinkDeserializable + Debug> Message for T {}

impl Netlink {
    /// Opens one of the netlink families (`rtnetlink::sys::protocols`).
    pub(in crate::backend::linux::network) fn open(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Sends a change and waits for the kernel's verdict. `flags` come on top of request and acknowledge.
    pub(in crate::backend::linux::network) fn request<M: Message>(
        &mut self,
        message: M,
        flags: u16,
    ) -> io::Result<()> {
        self.send(message, NLM_F_REQUEST | NLM_F_ACK | flags)?;
        self.replies::<M>().map(|_| ())
    }

    /// Reads everything the message asks for.
    pub(in crate::backend::linux::network) fn dump<M: Message + Clone>(
        &mut self,
        message: M,
    ) -> io::Result<Vec<M>> {
        for _ in 1..DUMP_ATTEMPTS {
            self.send(message.clone(), NLM_F_REQUEST | NLM_F_DUMP)?;
            let (found, consistent) = self.replies()?;
            if consistent {
                return Ok(found);
            }
        }
        self.send(message, NLM_F_REQUEST | NLM_F_DUMP)?;
        self.replies().map(|(found, _)| found)
    }

    fn send<M: Message>(&mut self, message: M, flags: u16) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = self.sequence;
        let mut packet = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
        packet.finalize();
        let mut bytes = vec![0; packet.buffer_len()];
        packet.serialize(&mut bytes);
        self.socket.send(&bytes, 0).map(|_| ())
    }

    /// Everything up to the acknowledgement or the end of the dump, and whether the dump was consistent.
    fn replies<M: Message>(&mut self) -> io::Result<(Vec<M>, bool)> {
        let mut found = Vec::new();
        let mut consistent = true;
        loop {
            let mut part = Vec::with_capacity(PART_BYTES);
            self.socket.recv(&mut part, 0)?;
            let mut rest = part.as_slice();
            while !rest.is_empty() {
                let (packet, length) = parse::<M>(rest)?;
                rest = rest.get(length..).unwrap_or_default();
                if packet.header.sequence_number != self.sequence {
                    continue;
                }
                consistent &= packet.header.flags & NLM_F_DUMP_INTR == 0;
                match packet.payload {
                    NetlinkPayload::InnerMessage(inner) => found.push(inner),
                    NetlinkPayload::Error(error) if error.code.is_some() => return Err(error.to_io()),
                    NetlinkPayload::Error(_) | NetlinkPayload::Done(_) => return Ok((found, consistent)),
                    _ => {}
                }
            }
        }
    }
}

fn parse<M: Message>(bytes: &[u8]) -> io::Result<(NetlinkMessage<M>, usize)> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let length = NetlinkBuffer::new_checked(&bytes).map_err(|e| invalid(e.to_string()))?.length() as usize;
    let packet = NetlinkMessage::deserialize(bytes).map_err(|e| invalid(e.to_string()))?;
    Ok((packet, length.next_multiple_of(4)))
}
