//! Puts and linearizable gets per second, their latency, and what they cost.

use crate::Failure;
use crate::cluster::{Cluster, Store};
use crate::connection::{Ask, Connection, shared};
use crate::load::{Kind, Load, Protocol};
use crate::report::{Figure, Report};
use std::time::Duration;

/// Different keys where keys repeat.
const KEYS: usize = 1000;
/// Before counting, so that connections, caches and batches are as they stay.
const WARM_UP: Duration = Duration::from_millis(500);

/// Every put case of one store.
pub(crate) fn puts(store: Store, clients: &[usize], bytes: &[usize]) -> Vec<Load> {
    let mut cases = Vec::new();
    for bytes in bytes.iter().copied() {
        for clients in clients.iter().copied() {
            for keys in [Some(KEYS), None] {
                let kind = Kind::Put { bytes, keys };
                cases.push(Load { kind, clients, protocol: Protocol::Http2 });
                if store == Store::Hearth && keys.is_some() && bytes == 256 {
                    cases.push(Load { kind, clients, protocol: Protocol::Http1 });
                }
            }
        }
    }
    cases
}

/// Every get case of one store.
pub(crate) fn gets(store: Store) -> Vec<Load> {
    let protocols = match store {
        Store::Hearth => &[Protocol::Http2, Protocol::Http1][..],
        Store::Etcd => &[Protocol::Http2],
    };
    let cases = protocols
        .iter()
        .flat_map(|protocol| [1, 64].map(|clients| Load { kind: Kind::Get, clients, protocol: *protocol }));
    cases.collect()
}

/// Runs one case on a fresh cluster.
pub(crate) async fn measure(
    store: Store,
    servers: usize,
    load: Load,
    time: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let cluster = Cluster::start(store, servers).await?;
    let address = cluster.members[cluster.leader().await?].address;
    let read_me = Ask::Put { key: "read-me".to_owned(), value: vec![b'v'; 256].into() };
    Connection::Shared(store, shared(address).await?).ask(&read_me).await?;
    let mut connections = load.connect(store, address).await?;
    load.run(&mut connections, WARM_UP).await?;
    let before = cluster.usage().await?;
    let outcome = load.run(&mut connections, time).await?;
    let used = cluster.usage().await? - before;
    let done = outcome.done as f64;
    let mut add = |figure, value| report.add(servers, load, figure, store, value);
    add(Figure::PerSecond, outcome.per_second());
    add(Figure::P50, outcome.percentile(50.0));
    add(Figure::P99, outcome.percentile(99.0));
    add(Figure::Cpu, used.cpu.as_secs_f64() * 1e6 / done);
    if let Kind::Put { .. } = load.kind {
        add(Figure::PerSync, done * servers as f64 / used.syncs.max(1.0));
        add(Figure::SyncsPerCommit, used.syncs / used.entries.max(1.0));
        add(Figure::Written, used.written / done);
    } else {
        add(Figure::Syncs, used.syncs);
        add(Figure::Entries, used.entries);
    }
    Ok(())
}
