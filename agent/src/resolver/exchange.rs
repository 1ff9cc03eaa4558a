//! One question to one server: a datagram with an identifier and a port nobody can guess, a connection if that is too small.

use controlplane_types::Runtime;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// What a datagram may hold on the way here without being cut into pieces (RFC 9715).
const PAYLOAD: u16 = 1232;
/// For a datagram, and for a connection.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Datagrams that are no answer to this question, before the server is given up.
const STRANGERS: usize = 16;

/// Asks `server`; `None` if it says nothing that could be believed.
pub(super) async fn ask(
    server: SocketAddr,
    query: &Query,
    recursion_desired: bool,
    runtime: &Arc<dyn Runtime>,
) -> Option<Message> {
    let plain = |payload| message(query, payload, recursion_desired, runtime.random() as u16);
    let first = send(server, &plain(Some(PAYLOAD)), runtime).await?;
    if !matches!(first.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp) {
        return Some(first);
    }
    // It may be so old that it knows no EDNS (RFC 6891 section 7).
    send(server, &plain(None), runtime).await
}

fn message(query: &Query, payload: Option<u16>, recursion_desired: bool, id: u16) -> Message {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = recursion_desired;
    message.add_query(query.clone());
    message.edns = payload.map(|payload| {
        let mut edns = Edns::new();
        edns.set_max_payload(payload);
        edns
    });
    message
}

async fn send(server: SocketAddr, message: &Message, runtime: &Arc<dyn Runtime>) -> Option<Message> {
    let packet = message.to_vec().ok()?;
    let asked = by_datagram(server, &packet, message);
    let answer = runtime.within(PATIENCE, asked).await?.ok().flatten()?;
    if answer.metadata.truncation {
        let asked = by_connection(server, &packet, message);
        return runtime.within(PATIENCE, asked).await?.ok().flatten();
    }
    Some(answer)
}

/// The kernel draws the port, and takes datagrams of nobody else on a connected socket.
async fn by_datagram(server: SocketAddr, packet: &[u8], asked: &Message) -> io::Result<Option<Message>> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(packet).await?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    for _ in 0..STRANGERS {
        let length = socket.recv(&mut buffer).await?;
        if let Some(answer) = answer_to(asked, &buffer[..length]) {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

async fn by_connection(server: SocketAddr, packet: &[u8], asked: &Message) -> io::Result<Option<Message>> {
    let mut stream = TcpStream::connect(server).await?;
    let Ok(length) = u16::try_from(packet.len()) else { return Ok(None) };
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(packet).await?;
    let mut buffer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut buffer).await?;
    Ok(answer_to(asked, &buffer))
}

/// The message in `packet`, if it answers this question and no other.
fn answer_to(asked: &Message, packet: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(packet).ok()?;
    let same = |one: &Query, other: &Query| {
        one.name() == other.name()
            && one.query_type() == other.query_type()
            && one.query_class() == other.query_class()
    };
    // A server that cannot read the question may leave it out.
    let question = match (asked.queries.as_slice(), answer.queries.as_slice()) {
        ([asked], [answered]) => same(asked, answered),
        (_, []) => answer.metadata.response_code == ResponseCode::FormErr,
        _ => false,
    };
    let answers = answer.metadata.message_type == MessageType::Response
        && answer.metadata.id == asked.metadata.id
        && question;
    answers.then_some(answer)
}
