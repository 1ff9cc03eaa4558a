//! Sockets: who asks, how much, for how long.

use super::Sockets;
use super::answering::{Answering, Verdict};
use crate::places::{Place, Places};
use controlplane_types::runtime::TaskHandle;
use dns::answer::Transport;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

const MAX_CONNECTIONS: usize = 256;
const MAX_CONNECTIONS_OF_ONE: usize = 16;
/// Between two questions on a connection (RFC 7766 section 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
const CONNECTION_LIFE: Duration = Duration::from_secs(120);
/// Questions of one VPC that wait for others, each with a task.
const MOST_WAITING: usize = 256;
/// A query has no use for more.
const MOST_QUERY: usize = 4096;
/// After an `accept` or a `recv` that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// One VPC's resolver.
struct Door {
    answering: Arc<Answering>,
    vpc_id: String,
    connections: Arc<Places<IpAddr>>,
    waiting: Arc<Places<()>>,
}

/// Starts answering on every socket.
pub(super) fn serve(
    answering: &Arc<Answering>,
    vpc_id: &str,
    sockets: Sockets,
) -> io::Result<Vec<TaskHandle>> {
    let door = Arc::new(Door {
        answering: answering.clone(),
        vpc_id: vpc_id.to_owned(),
        connections: Places::new(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE),
        waiting: Places::new(MOST_WAITING, MOST_WAITING),
    });
    let mut tasks = Vec::new();
    for socket in sockets.datagrams {
        socket.set_nonblocking(true)?;
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        tasks.push(answering.runtime.spawn("resolver", Box::pin(receive(door.clone(), socket))));
    }
    for listener in sockets.connections {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        tasks.push(answering.runtime.spawn("resolver", Box::pin(accept(door.clone(), listener))));
    }
    Ok(tasks)
}

async fn receive(door: Arc<Door>, socket: Arc<UdpSocket>) {
    let mut buffer = vec![0; MOST_QUERY];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, peer)) => meet(&door, &socket, &buffer[..length], peer),
            // What an earlier reply met on its way.
            Err(error) => {
                tracing::debug!(vpc = door.vpc_id, %error, "a question was lost");
                door.answering.runtime.sleep(PAUSE).await;
            }
        }
    }
}

/// Whoever asks too much hears nothing, as with Amazon.
fn meet(door: &Arc<Door>, socket: &Arc<UdpSocket>, packet: &[u8], peer: SocketAddr) {
    if !door.admits(peer.ip()) {
        return;
    }
    match door.answering.at_once(&door.vpc_id, packet, peer.ip(), Transport::Udp) {
        // A full socket loses it; the client asks again.
        Verdict::Reply(reply) => drop(socket.try_send_to(&reply, peer)),
        Verdict::Later => {
            let Some(place) = door.waiting.take(()) else { return };
            let (task, packet) = (door.clone(), packet.to_vec());
            let reply = reply_later(task, place, socket.clone(), packet, peer);
            door.answering.runtime.spawn("resolver question", Box::pin(reply));
        }
        Verdict::Nothing => {}
    }
}

async fn reply_later(
    door: Arc<Door>,
    _place: Place<()>,
    socket: Arc<UdpSocket>,
    packet: Vec<u8>,
    peer: SocketAddr,
) {
    if let Some(reply) = door.answering.later(&door.vpc_id, &packet, Transport::Udp).await {
        // The client may be gone.
        let _ = socket.send_to(&reply, peer).await;
    }
}

async fn accept(door: Arc<Door>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(place) = door.connections.take(peer.ip()) else { continue };
                let conversation = converse(door.clone(), place, stream, peer.ip());
                door.answering.runtime.spawn("resolver connection", Box::pin(conversation));
            }
            Err(error) => {
                tracing::debug!(vpc = door.vpc_id, %error, "a connection was lost");
                door.answering.runtime.sleep(PAUSE).await;
            }
        }
    }
}

async fn converse(door: Arc<Door>, _place: Place<IpAddr>, mut stream: TcpStream, peer: IpAddr) {
    let runtime = &door.answering.runtime;
    let conversation = async {
        loop {
            let answered = tokio::select! {
                answered = one_question(&door, &mut stream, peer) => answered,
                () = runtime.sleep(IDLE) => return,
            };
            // Broken connections are the client's affair.
            if !answered.unwrap_or(false) {
                return;
            }
        }
    };
    tokio::select! {
        () = conversation => {}
        () = runtime.sleep(CONNECTION_LIFE) => {}
    }
}

/// Whether the conversation goes on.
async fn one_question(door: &Door, stream: &mut TcpStream, peer: IpAddr) -> io::Result<bool> {
    let length = usize::from(stream.read_u16().await?);
    if length > MOST_QUERY || !door.admits(peer) {
        return Ok(false);
    }
    let mut packet = vec![0; length];
    stream.read_exact(&mut packet).await?;
    let reply = match door.answering.at_once(&door.vpc_id, &packet, peer, Transport::Tcp) {
        Verdict::Reply(reply) => Some(reply),
        Verdict::Later => door.answering.later(&door.vpc_id, &packet, Transport::Tcp).await,
        Verdict::Nothing => None,
    };
    let Some(reply) = reply else { return Ok(false) };
    let Ok(length) = u16::try_from(reply.len()) else { return Ok(false) };
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(&reply).await?;
    Ok(true)
}

impl Door {
    fn admits(&self, source: IpAddr) -> bool {
        self.answering.allowance.admits((self.vpc_id.clone(), source), self.answering.runtime.monotonic())
    }
}
