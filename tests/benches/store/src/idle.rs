//! What a cluster uses while nobody asks for anything.

use crate::Failure;
use crate::cluster::{Cluster, Store};
use crate::connection::{Ask, Connection, shared};
use crate::report::{Figure, Report};
use std::time::Duration;

const RECORDS: usize = 1000;
/// What the records cause (flushes, purges, connections closing) is over, and threads that waited ten seconds for more work
/// have ended: they take their counts of wake-ups along.
const SETTLE: Duration = Duration::from_secs(20);

/// Writes 1,000 records, lets the cluster settle, and watches it for `time`.
pub(crate) async fn measure(
    store: Store,
    servers: usize,
    time: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let cluster = Cluster::start(store, servers).await?;
    let address = cluster.members[cluster.leader().await?].address;
    let mut writer = Connection::Shared(store, shared(address).await?);
    for number in 0..RECORDS {
        writer.ask(&Ask::Put { key: format!("idle-{number}"), value: vec![b'v'; 256].into() }).await?;
    }
    drop(writer);
    tokio::time::sleep(SETTLE).await;
    // The page itself is work: what is counted lies between two looks at it.
    cluster.usage().await?;
    let before = cluster.usage().await?;
    tokio::time::sleep(time).await;
    let used = cluster.usage().await? - before;
    let minutes = time.as_secs_f64() / 60.0;
    let mut add = |figure, value| report.add_idle(servers, figure, store, value);
    add(Figure::CpuPerMinute, used.cpu.as_secs_f64() * 1e3 / minutes);
    add(Figure::Wakeups, used.wakeups / time.as_secs_f64());
    add(Figure::Entries, used.entries / minutes);
    add(Figure::Written, used.written / minutes);
    add(Figure::Memory, cluster.memory_mib()?);
    Ok(())
}
