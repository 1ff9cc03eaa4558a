//! One write to many watchers.

use crate::Failure;
use crate::cluster::{Cluster, Store};
use crate::connection::{Ask, Connection, for_watches, shared, watch, watch_alone};
use crate::load::Protocol;
use crate::report::{Figure, Report};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const WATCHERS: usize = 500;
/// Watches on one connection; servers allow 100 at least.
const SHARING: usize = 100;
const WRITES: usize = 40;
const PATIENCE: Duration = Duration::from_secs(10);

/// Median time until the last of 500 watchers has a value, and the servers' CPU per value delivered.
pub(crate) async fn measure(store: Store, protocol: Protocol, report: &mut Report) -> Result<(), Failure> {
    let cluster = Cluster::start(store, 1).await?;
    let address = cluster.members[0].address;
    let (seen, mut arrivals) = mpsc::channel(WATCHERS);
    let mut held = Vec::new();
    let mut sender = None;
    for watcher in 0..WATCHERS {
        if protocol == Protocol::Http1 {
            tokio::spawn(follow(watch_alone(address, store, "watched").await?, seen.clone()));
            continue;
        }
        if watcher % SHARING == 0 {
            sender = Some(for_watches(address).await?);
        }
        let sender = sender.as_mut().ok_or("no connection")?;
        let (body, open) = watch(sender, store, "watched").await?;
        held.push(open);
        tokio::spawn(follow(body, seen.clone()));
    }
    let mut writer = Connection::Shared(store, shared(address).await?);
    let before = cluster.usage().await?;
    let mut times = Vec::new();
    for number in 0..WRITES {
        let value = format!("{number:0>256}").into();
        let began = Instant::now();
        writer.ask(&Ask::Put { key: "watched".to_owned(), value }).await?;
        for _ in 0..WATCHERS {
            tokio::time::timeout(PATIENCE, arrivals.recv()).await?.ok_or("the watchers are gone")?;
        }
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    let used = cluster.usage().await? - before;
    times.sort_by(f64::total_cmp);
    report.add_watch(protocol, Figure::P50, store, times[times.len() / 2]);
    report.add_watch(protocol, Figure::Cpu, store, used.cpu.as_secs_f64() * 1e6 / (WATCHERS * WRITES) as f64);
    Ok(())
}

/// Reports every value that arrives.
async fn follow(mut body: Incoming, seen: mpsc::Sender<()>) {
    while let Some(Ok(frame)) = body.frame().await {
        // The last write may find nobody counting any more.
        if frame.is_data() && seen.send(()).await.is_err() {
            return;
        }
    }
}
