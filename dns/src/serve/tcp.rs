//! TCP (RFC 7766): each message behind its length, any number of them per connection, answered in order.
//!
//! Everything a client can hold is bounded: connections in all and per client, the time a message may take to
//! arrive, the time a reply may take to leave, and the buffers, one message each way.

use super::round_trip::round_trip_us;
use super::tally::Tally;
use crate::answer::{Arrival, Identity, MAX_TCP, Means, Signatures, Transport, answer};
use crate::board::Board;
use crate::compile::Snapshot;
use crate::location::Estimates;
use crate::query_log::Recorder;
use crate::random::Random;
use crate::transfer::{Link, Request, Transfers};
use controlplane_types::{Runtime, Timestamp};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::WriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Connections in all; more wait in the kernel's backlog.
const MAX_CONNECTIONS: u32 = 512;
/// Connections of one client; more are closed at once.
const MAX_PER_CLIENT: u32 = 128;
/// How long a connection may be idle, and how long a message may take to come or a reply to go.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long connections get to finish when the server stops.
const FAREWELL: Duration = Duration::from_secs(1);
/// Shortest message: a header.
const MIN_MESSAGE: usize = 12;

/// The TCP side of the server.
pub(crate) struct Tcp {
    board: Arc<Board>,
    runtime: Arc<dyn Runtime>,
    identity: Arc<Identity>,
    stop: watch::Receiver<bool>,
    connections: Arc<Semaphore>,
    clients: Mutex<BTreeMap<IpAddr, u32>>,
    tally: Tally,
    extras: Extras,
}

/// What only some servers have.
pub(crate) struct Extras {
    /// Where query logs are written.
    pub(crate) recorder: Option<Recorder>,
    /// Where zones may be transferred.
    pub(crate) transfers: Option<Arc<Transfers>>,
    /// Where latencies are measured.
    pub(crate) estimates: Option<Arc<Estimates>>,
}

/// A query and its circumstances.
struct Came<'q> {
    query: &'q [u8],
    at: Timestamp,
    client: IpAddr,
}

/// What a connection answers with.
struct Desk {
    means: Means,
    /// Of one message and its length.
    reply: Vec<u8>,
}

impl Tcp {
    pub(crate) fn new(
        board: Arc<Board>,
        runtime: Arc<dyn Runtime>,
        identity: Arc<Identity>,
        stop: watch::Receiver<bool>,
        extras: Extras,
    ) -> Arc<Self> {
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
        Arc::new(Self {
            board,
            runtime,
            identity,
            stop,
            connections,
            clients: Mutex::default(),
            tally: Tally::new("tcp"),
            extras,
        })
    }

    /// Accepts connections until told to stop.
    pub(crate) async fn listen(self: Arc<Self>, listener: TcpListener) {
        let mut stop = self.stop.clone();
        loop {
            let Ok(permit) = self.connections.clone().acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((stream, peer)) => self.clone().welcome(stream, peer.ip(), permit),
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection failed");
                    self.runtime.sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn welcome(self: Arc<Self>, stream: TcpStream, client: IpAddr, permit: OwnedSemaphorePermit) {
        if !self.enter(client) {
            return;
        }
        let runtime = self.runtime.clone();
        let task = async move {
            let mut stop = self.stop.clone();
            let ended = tokio::select! {
                ended = self.serve(stream, client) => ended,
                _ = stop.wait_for(|stop| *stop) => Ok(()),
            };
            if let Err(error) = ended {
                tracing::debug!(%client, %error, "connection ended");
            }
            self.leave(client);
            drop(permit);
        };
        runtime.spawn("dns-tcp-connection", Box::pin(task));
    }

    fn enter(&self, client: IpAddr) -> bool {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let held = clients.entry(client).or_insert(0);
        let admitted = *held < MAX_PER_CLIENT;
        *held += u32::from(admitted);
        admitted
    }

    fn leave(&self, client: IpAddr) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = clients.get_mut(&client) {
            *held -= 1;
            if *held == 0 {
                clients.remove(&client);
            }
        }
    }

    async fn serve(&self, mut stream: TcpStream, client: IpAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::new(reader);
        let random = Random::new(self.runtime.random());
        let secret = [self.runtime.random(), self.runtime.random()];
        let means = Means { random, signatures: Signatures::small(secret) };
        let mut desk = Desk { means, reply: vec![0; 2 + MAX_TCP] };
        let mut query = vec![0; MAX_TCP];
        loop {
            let len = self.patiently(read_message(&mut reader, &mut query)).await?;
            let Some(query) = query.get(..len).filter(|query| !query.is_empty()) else {
                return Ok(());
            };
            let came = Came { query, at: self.runtime.now(), client };
            if let Some(transfers) = &self.extras.transfers
                && let Some(request) = transfers.request(query, client, came.at)
            {
                self.answer_signed((transfers, request), &came, &mut desk, &mut writer).await?;
                continue;
            }
            let written = {
                let snapshot = self.board.snapshot();
                let written =
                    answer(&snapshot, query, self.arrival(&came), &mut desk.means, &mut desk.reply[2..]);
                self.note(&snapshot, &came, &desk.reply[2..2 + written]);
                written
            };
            self.send(written, &mut desk, &mut writer).await?;
            self.measure(writer.as_ref(), client);
        }
    }

    /// How far the client is. After the reply, which does not wait for it.
    fn measure(&self, connection: &TcpStream, client: IpAddr) {
        if let Some(estimates) = &self.extras.estimates
            && let Some(rtt_us) = round_trip_us(connection)
        {
            estimates.note(client, rtt_us, self.runtime.monotonic());
        }
    }

    /// What a peer asks that may transfer zones.
    async fn answer_signed(
        &self,
        (transfers, request): (&Transfers, Request<'_>),
        came: &Came<'_>,
        desk: &mut Desk,
        writer: &mut WriteHalf<'_>,
    ) -> io::Result<()> {
        let (arrival, wanted) = (self.arrival(came), request.wanted());
        match (request, wanted) {
            (Request::Signed(signed), Some(wanted)) => {
                let zone = signed.version(&self.board.snapshot());
                let (buffer, runtime) = (&mut *desk.reply, &*self.runtime);
                let mut link = Link { writer, buffer, runtime, patience: PATIENCE };
                transfers.transfer(signed, (wanted, zone), arrival, &mut link).await
            }
            (request, _) => {
                let written = {
                    let snapshot = self.board.snapshot();
                    let (means, out) = (&mut desk.means, &mut desk.reply[2..]);
                    let written = transfers.answer(request, &snapshot, arrival, means, out);
                    self.note(&snapshot, came, &desk.reply[2..2 + written]);
                    written
                };
                self.send(written, desk, writer).await
            }
        }
    }

    fn arrival(&self, came: &Came<'_>) -> Arrival<'_> {
        let now = came.at.as_secs() as u32;
        Arrival { transport: Transport::Tcp, peer: came.client, now, identity: &self.identity }
    }

    fn note(&self, snapshot: &Snapshot, came: &Came<'_>, reply: &[u8]) {
        self.tally.count(reply);
        if let Some(recorder) = &self.extras.recorder {
            recorder.note(snapshot, came.query, reply, &self.arrival(came), came.at);
        }
    }

    /// Sends the reply that was written; one of no octets ends the connection.
    async fn send(&self, written: usize, desk: &mut Desk, writer: &mut WriteHalf<'_>) -> io::Result<()> {
        if written == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message that is no query"));
        }
        desk.reply[..2].copy_from_slice(&(written as u16).to_be_bytes());
        self.patiently(writer.write_all(&desk.reply[..2 + written])).await
    }

    async fn patiently<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        self.runtime.within(PATIENCE, work).await.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Returns when all connections are closed, or after a while.
    pub(crate) async fn farewell(&self) {
        let all = self.connections.acquire_many(MAX_CONNECTIONS);
        if self.runtime.within(FAREWELL, all).await.is_none() {
            tracing::info!("connections were still open at the end");
        }
    }
}

/// The length of the next message, 0 at the end of the stream.
async fn read_message(reader: &mut (impl AsyncReadExt + Unpin), message: &mut [u8]) -> io::Result<usize> {
    let len = match reader.read_u16().await {
        Ok(len) => usize::from(len),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
        Err(error) => return Err(error),
    };
    if len < MIN_MESSAGE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message shorter than its header"));
    }
    reader.read_exact(&mut message[..len]).await?;
    Ok(len)
}
