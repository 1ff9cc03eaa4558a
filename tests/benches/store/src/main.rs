//! What the replicated store does per second, per microsecond of CPU and per byte of disk, beside etcd on the same machine
//! in the same run.
//!
//! Both stores run as processes of their own with their default settings and fsync on, on loopback; this process is
//! the load. Rounds alternate between the stores, each on a fresh cluster, so that a neighbour's noise hits both; the table
//! shows medians over the rounds. The load reaches both stores through one HTTP/2 client (etcd's gRPC, Hearth's hooks), so
//! its own cost, which shares the machine with the servers, is the same; the rows marked `h1` use one keep-alive
//! HTTP/1.1 connection per client or watcher: etcd's counterpart is its JSON gateway, which is measured for watches.
//!
//! What readers get wrong: on a small machine the load's CPU is part of what limits the rate, so CPU per operation says more
//! than operations per second; both count all server processes and none of the load. etcd's disk bytes and syncs are of
//! its write-ahead log and its backend, ours of `log/` and `state/`.

mod cluster;
mod connection;
mod disk;
mod etcd;
mod failover;
mod idle;
mod load;
mod report;
mod size;
mod throughput;
mod usage;
mod watch;

use clap::Parser;
use cluster::Store;
use load::Protocol;
use report::Report;
use std::time::Duration;
use tests_benches_instruments::Failure;

/// Measure the replicated store, beside etcd where it is installed.
#[derive(Parser, Debug)]
struct Arguments {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Alternating rounds
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Cluster sizes
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3])]
    servers: Vec<usize>,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = ["put", "get", "watch", "failover", "idle", "size"].map(str::to_owned))]
    only: Vec<String>,
    /// Put cases: clients
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    clients: Vec<usize>,
    /// Put cases: bytes of a value
    #[arg(long, value_delimiter = ',', default_values_t = [256, 1024])]
    bytes: Vec<usize>,
    /// Leave etcd out
    #[arg(long)]
    alone: bool,
    /// Leaders killed
    #[arg(long, default_value_t = 5)]
    kills: usize,
    /// Records of a server that is full
    #[arg(long, default_value_t = 1_000_000)]
    records: usize,
    /// Seconds of idling observed
    #[arg(long, default_value_t = 20.0)]
    idle_seconds: f64,
}

impl Arguments {
    fn wants(&self, what: &str) -> bool {
        self.only.iter().any(|wanted| wanted == what)
    }

    fn stores(&self) -> Vec<Store> {
        let etcd = !self.alone && etcd::is_installed();
        [Store::Hearth].into_iter().chain(etcd.then_some(Store::Etcd)).collect()
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    // One thread: the load must not take more of the machine than one client process would.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut report = Report::new(disk::fsync_rate()?);
    let stores = arguments.stores();
    if stores.len() == 1 {
        eprintln!("etcd is left out: not asked for or not installed (Debian: etcd-server)");
    }
    for servers in &arguments.servers {
        for round in 1..=arguments.rounds {
            for store in &stores {
                eprintln!("{store}, {servers} server(s), round {round}");
                measure(arguments, *store, *servers, &mut report).await?;
            }
        }
        for store in &stores {
            once(arguments, *store, *servers, &mut report).await?;
        }
    }
    print!("{report}");
    Ok(())
}

/// What is measured in every round.
async fn measure(
    arguments: &Arguments,
    store: Store,
    servers: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let time = Duration::from_secs_f64(arguments.seconds);
    if arguments.wants("put") {
        for case in throughput::puts(store, &arguments.clients, &arguments.bytes) {
            throughput::measure(store, servers, case, time, report).await?;
        }
    }
    if arguments.wants("get") {
        for case in throughput::gets(store) {
            throughput::measure(store, servers, case, time, report).await?;
        }
    }
    if arguments.wants("watch") && servers == 1 {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            watch::measure(store, protocol, report).await?;
        }
    }
    Ok(())
}

/// What repeats within itself.
async fn once(
    arguments: &Arguments,
    store: Store,
    servers: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    if arguments.wants("failover") && servers > 1 {
        failover::measure(store, servers, arguments.kills, report).await?;
    }
    if arguments.wants("idle") {
        let time = Duration::from_secs_f64(arguments.idle_seconds);
        idle::measure(store, servers, time, report).await?;
    }
    if arguments.wants("size") && servers == 1 {
        size::measure(store, arguments.records, report).await?;
    }
    Ok(())
}
