//! How long nobody answers after the leader was killed.

use crate::Failure;
use crate::cluster::{Cluster, Store};
use crate::connection::{Ask, Connection, shared};
use crate::report::Report;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);
/// A client that hears nothing tries the next server.
const ATTEMPT: Duration = Duration::from_millis(200);
const BETWEEN: Duration = Duration::from_millis(2);
/// A killed member is back and the cluster has settled.
const SETTLE: Duration = Duration::from_secs(2);

/// Kills the leader `kills` times; milliseconds until a survivor acknowledges a write.
pub(crate) async fn measure(
    store: Store,
    servers: usize,
    kills: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut cluster = Cluster::start(store, servers).await?;
    for round in 0..kills {
        tokio::time::sleep(SETTLE).await;
        let leader = cluster.leader().await?;
        let began = Instant::now();
        cluster.kill(leader);
        first_write(&cluster, leader, round).await?;
        report.add_failover(servers, store, began.elapsed().as_secs_f64() * 1e3);
        cluster.restart(leader)?;
    }
    Ok(())
}

async fn first_write(cluster: &Cluster, dead: usize, round: usize) -> Result<(), Failure> {
    let began = Instant::now();
    let ask = Ask::Put { key: format!("failover-{round}"), value: "1".into() };
    for place in (0..cluster.members.len()).cycle().filter(|place| *place != dead) {
        if began.elapsed() > PATIENCE {
            break;
        }
        let attempt = async {
            let sender = shared(cluster.members[place].address).await?;
            Connection::Shared(cluster.store, sender).ask(&ask).await
        };
        match tokio::time::timeout(ATTEMPT, attempt).await {
            Ok(Ok(())) => return Ok(()),
            _ => tokio::time::sleep(BETWEEN).await,
        }
    }
    Err("no survivor took a write".into())
}
