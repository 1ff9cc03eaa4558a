//! Sockets: who asks, how much, for how long.

use super::answering::{Answering, Verdict};
use super::tls::{Encryption, shaken};
use super::{Sockets, https, padding};
use crate::places::{Place, Places};
use controlplane_types::runtime::TaskHandle;
use dns::answer::Transport;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;

/// Of every kind together.
const MAX_CONNECTIONS: usize = 256;
const MAX_CONNECTIONS_OF_ONE: usize = 16;
/// Between two questions on a connection (RFC 7766 section 6.2.3).
pub(super) const IDLE: Duration = Duration::from_secs(10);
pub(super) const CONNECTION_LIFE: Duration = Duration::from_secs(120);
/// Questions of one VPC that wait for others, each with a task.
const MOST_WAITING: usize = 256;
/// A query has no use for more.
pub(super) const MOST_QUERY: usize = 4096;
/// After an `accept` or a `recv` that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// One VPC's resolver.
pub(super) struct Door {
    pub(super) answering: Arc<Answering>,
    pub(super) vpc_id: String,
    connections: Arc<Places<IpAddr>>,
    pub(super) waiting: Arc<Places<()>>,
}

/// What clients of a port speak.
#[derive(Clone)]
enum Speech {
    /// Messages (RFC 7766).
    Plain,
    /// Messages in TLS (RFC 7858).
    Tls(TlsAcceptor),
    /// HTTP in TLS (RFC 8484).
    Https(TlsAcceptor),
}

/// Starts answering on every socket. Those for encrypted connections are closed if there is no encryption.
pub(super) fn serve(
    answering: &Arc<Answering>,
    vpc_id: &str,
    sockets: Sockets,
    encryption: Option<&Encryption>,
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
    let plain = sockets.connections.into_iter().map(|listener| (listener, Speech::Plain));
    let mut listeners: Vec<_> = plain.collect();
    if let Some(Encryption { tls, https }) = encryption {
        listeners.extend(sockets.tls.into_iter().map(|listener| (listener, Speech::Tls(tls.clone()))));
        listeners.extend(sockets.https.into_iter().map(|listener| (listener, Speech::Https(https.clone()))));
    }
    for (listener, speech) in listeners {
        listener.set_nonblocking(true)?;
        let accepting = accept(door.clone(), TcpListener::from_std(listener)?, speech);
        tasks.push(answering.runtime.spawn("resolver", Box::pin(accepting)));
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

async fn accept(door: Arc<Door>, listener: TcpListener, speech: Speech) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(place) = door.connections.take(peer.ip()) else { continue };
                let conversation = converse(door.clone(), place, stream, peer.ip(), speech.clone());
                door.answering.runtime.spawn("resolver connection", Box::pin(conversation));
            }
            Err(error) => {
                tracing::debug!(vpc = door.vpc_id, %error, "a connection was lost");
                door.answering.runtime.sleep(PAUSE).await;
            }
        }
    }
}

async fn converse(door: Arc<Door>, _place: Place<IpAddr>, stream: TcpStream, peer: IpAddr, speech: Speech) {
    let runtime = &*door.answering.runtime;
    // Answers are whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let tls = match &speech {
        Speech::Plain => return until_it_is_old(&door, stream, peer, false).await,
        Speech::Tls(tls) | Speech::Https(tls) => tls,
    };
    // A handshake is dearer than most questions.
    if !door.admits(peer) {
        return;
    }
    let Some(stream) = shaken(tls, stream, runtime).await else { return };
    match speech {
        Speech::Https(_) => https::converse(&door, stream, peer).await,
        _ => until_it_is_old(&door, stream, peer, true).await,
    }
}

async fn until_it_is_old(
    door: &Door,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: IpAddr,
    is_encrypted: bool,
) {
    tokio::select! {
        () = messages(door, stream, peer, is_encrypted) => {}
        () = door.answering.runtime.sleep(CONNECTION_LIFE) => {}
    }
}

async fn messages(
    door: &Door,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: IpAddr,
    is_encrypted: bool,
) {
    let runtime = &door.answering.runtime;
    loop {
        let asked = one_question(door, &mut stream, peer, is_encrypted);
        match runtime.within(IDLE, asked).await.unwrap_or(Ok(false)) {
            Ok(true) => {}
            // TLS says that this is the end; nobody may have to guess whether somebody else cut it off.
            Ok(false) => return drop(stream.shutdown().await),
            // Broken connections are the client's affair.
            Err(_) => return,
        }
    }
}

/// Whether the conversation goes on.
async fn one_question(
    door: &Door,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    peer: IpAddr,
    is_encrypted: bool,
) -> io::Result<bool> {
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
    let Some(mut reply) = reply else { return Ok(false) };
    if is_encrypted {
        padding::pad(&packet, &mut reply);
    }
    let Ok(length) = u16::try_from(reply.len()) else { return Ok(false) };
    // In one piece: a record of two octets would tell where a message begins.
    stream.write_all(&[&length.to_be_bytes()[..], &reply].concat()).await?;
    stream.flush().await?;
    Ok(true)
}

impl Door {
    pub(super) fn admits(&self, source: IpAddr) -> bool {
        self.answering.allowance.admits((self.vpc_id.clone(), source), self.answering.runtime.monotonic())
    }
}
