//! What many records cost: memory, a restart, and a new server that needs all of them while writes go on.

use crate::Failure;
use crate::cluster::{Cluster, Store};
use crate::connection::{Ask, Connection, shared};
use crate::load::{Kind, Load, Protocol};
use crate::report::{Figure, Report};
use crate::usage::pss_mib;
use std::time::{Duration, Instant};

const CLIENTS: usize = 256;
const BYTES: usize = 256;
/// Writers while a new server is on its way, and the different keys they write.
const WRITERS: usize = 4;
const KEYS: usize = 1000;
/// What writing alone needs is known after so long.
const BASELINE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Writes `records` records to one server, starts it again, and adds a second.
pub(crate) async fn measure(store: Store, records: usize, report: &mut Report) -> Result<(), Failure> {
    let mut cluster = Cluster::start(store, 1).await?;
    let address = cluster.members[0].address;
    let load =
        Load { kind: Kind::Put { bytes: BYTES, keys: None }, clients: CLIENTS, protocol: Protocol::Http2 };
    let mut connections = load.connect(store, address).await?;
    load.run_each(&mut connections, records / CLIENTS).await?;
    let read_me = Ask::Put { key: "read-me".to_owned(), value: vec![b'v'; BYTES].into() };
    connections[0].ask(&read_me).await?;
    drop(connections);
    report.add_size(records, Figure::Memory, store, cluster.memory_mib()?);

    cluster.kill(0);
    let began = Instant::now();
    cluster.restart(0)?;
    first_read(&cluster).await?;
    report.add_size(records, Figure::Restart, store, began.elapsed().as_secs_f64() * 1e3);
    report.add_size(records, Figure::RestartedMemory, store, cluster.memory_mib()?);
    if store == Store::Hearth {
        transfer(&mut cluster, records, report).await?;
    }
    Ok(())
}

/// Any record, as soon as somebody tells.
async fn first_read(cluster: &Cluster) -> Result<(), Failure> {
    let address = cluster.members[0].address;
    let ask = Ask::Get { key: "read-me".to_owned() };
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let attempt = async { Connection::Shared(cluster.store, shared(address).await?).ask(&ask).await };
        if attempt.await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err("nobody tells after a restart".into())
}

/// A new server gets everything while clients write; how much more memory the first needs for that, at its most.
async fn transfer(cluster: &mut Cluster, records: usize, report: &mut Report) -> Result<(), Failure> {
    let (store, address) = (cluster.store, cluster.members[0].address);
    let pid = cluster.members[0].pid().ok_or("no server")?;
    let load = Load {
        kind: Kind::Put { bytes: BYTES, keys: Some(KEYS) },
        clients: WRITERS,
        protocol: Protocol::Http2,
    };
    let mut connections = load.connect(store, address).await?;
    let (mut baseline, mut most) = (0.0_f64, 0.0_f64);
    let mut took = Duration::ZERO;
    let watching = async {
        let began = Instant::now();
        while began.elapsed() < BASELINE {
            baseline = baseline.max(pss_mib(pid)?);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let began = Instant::now();
        let growing = cluster.grow();
        tokio::pin!(growing);
        loop {
            tokio::select! {
                grown = &mut growing => {
                    grown?;
                    took = began.elapsed();
                    return Ok::<(), Failure>(());
                }
                () = tokio::time::sleep(LOOK_EVERY) => most = most.max(pss_mib(pid)?),
            }
        }
    };
    tokio::select! {
        written = load.run(&mut connections, Duration::MAX) => return Err(written.err().unwrap_or("writing ended".into())),
        watched = watching => watched?,
    }
    report.add_size(records, Figure::TransferMemory, store, most - baseline);
    report.add_size(records, Figure::Transfer, store, took.as_secs_f64() * 1e3);
    Ok(())
}
