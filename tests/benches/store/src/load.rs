//! A closed loop: so many clients, each with one request under way.

use crate::Failure;
use crate::cluster::Store;
use crate::connection::{Ask, Connection, shared};
use bytes::Bytes;
use futures::future::try_join_all;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tests_benches_instruments::Http1;

/// Clients that share an HTTP/2 connection.
const SHARING: usize = 8;

/// How clients are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// What clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Puts; with so many different keys, or all new ones.
    Put { bytes: usize, keys: Option<usize> },
    /// Linearizable gets of an existing key.
    Get,
}

/// One closed loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) clients: usize,
    pub(crate) protocol: Protocol,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) done: usize,
    pub(crate) elapsed: Duration,
    /// In microseconds, ascending.
    latencies: Vec<f64>,
}

impl Outcome {
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * percent / 100.0) as usize).copied().unwrap_or_default()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }
}

impl Load {
    /// Connects all clients.
    pub(crate) async fn connect(
        &self,
        store: Store,
        address: SocketAddr,
    ) -> Result<Vec<Connection>, Failure> {
        let mut connections = Vec::with_capacity(self.clients);
        let mut sender = None;
        for client in 0..self.clients {
            if self.protocol == Protocol::Http1 {
                connections.push(Connection::One(Http1::connect(address).await?));
                continue;
            }
            if client % SHARING == 0 {
                sender = Some(shared(address).await?);
            }
            connections.extend(sender.clone().map(|sender| Connection::Shared(store, sender)));
        }
        Ok(connections)
    }

    /// Asks on every connection for `time`.
    pub(crate) async fn run(
        &self,
        connections: &mut [Connection],
        time: Duration,
    ) -> Result<Outcome, Failure> {
        let began = Instant::now();
        let more = |_| began.elapsed() < time;
        let clients = connections.iter_mut().enumerate().map(|(client, connection)| {
            let asks = Asks::new(self.kind, client);
            serve(connection, asks, more)
        });
        let mut latencies: Vec<f64> = try_join_all(clients).await?.concat();
        let elapsed = began.elapsed();
        latencies.sort_by(f64::total_cmp);
        Ok(Outcome { done: latencies.len(), elapsed, latencies })
    }

    /// Asks `count` times on every connection.
    pub(crate) async fn run_each(&self, connections: &mut [Connection], count: usize) -> Result<(), Failure> {
        let clients = connections.iter_mut().enumerate().map(|(client, connection)| {
            serve(connection, Asks::new(self.kind, client), |asked| asked < count)
        });
        try_join_all(clients).await?;
        Ok(())
    }
}

/// Asks while `more` says so of how many were asked; how long each took.
async fn serve(
    connection: &mut Connection,
    mut asks: Asks,
    more: impl Fn(usize) -> bool,
) -> Result<Vec<f64>, Failure> {
    let mut latencies = Vec::new();
    while more(latencies.len()) {
        let before = Instant::now();
        connection.ask(&asks.next()).await?;
        latencies.push(before.elapsed().as_secs_f64() * 1e6);
    }
    Ok(latencies)
}

/// The requests of one client.
struct Asks {
    kind: Kind,
    client: usize,
    count: usize,
    value: Vec<u8>,
    random: u64,
}

impl Asks {
    fn new(kind: Kind, client: usize) -> Self {
        let bytes = match kind {
            Kind::Put { bytes, .. } => bytes,
            Kind::Get => 0,
        };
        Self { kind, client, count: 0, value: vec![0; bytes], random: 0x9e37_79b9_7f4a_7c15 ^ client as u64 }
    }

    fn next(&mut self) -> Ask {
        self.count += 1;
        match self.kind {
            Kind::Get => Ask::Get { key: "read-me".to_owned() },
            Kind::Put { keys, .. } => {
                let key = match keys {
                    Some(keys) => format!("k{:06}", (self.count * 7919 + self.client * 104_729) % keys),
                    None => format!("n{:03}-{:08}", self.client, self.count),
                };
                Ask::Put { key, value: self.value() }
            }
        }
    }

    /// Bytes that no store can compress (xorshift).
    fn value(&mut self) -> Bytes {
        for chunk in self.value.chunks_mut(8) {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            chunk.copy_from_slice(&self.random.to_le_bytes()[..chunk.len()]);
        }
        Bytes::copy_from_slice(&self.value)
    }
}
