//! The table: medians, ratios, goals.

use crate::cluster::Store;
use crate::disk::FsyncRate;
use crate::load::{Kind, Load, Protocol};
use std::collections::BTreeMap;
use std::fmt;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    PerSecond,
    P50,
    P99,
    Cpu,
    PerSync,
    SyncsPerCommit,
    Written,
    Syncs,
    Entries,
    CpuPerMinute,
    Wakeups,
    Memory,
    Restart,
    RestartedMemory,
    Transfer,
    TransferMemory,
    Median,
    Worst,
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Figure::PerSecond => "per second",
            Figure::P50 => "p50 us",
            Figure::P99 => "p99 us",
            Figure::Cpu => "server CPU us each",
            Figure::PerSync => "per sync and member",
            Figure::SyncsPerCommit => "syncs per log entry",
            Figure::Written => "disk bytes",
            Figure::Syncs => "syncs",
            Figure::Entries => "log entries",
            Figure::CpuPerMinute => "CPU ms per minute",
            Figure::Wakeups => "wake-ups per second",
            Figure::Memory => "PSS MiB, all members",
            Figure::Restart => "restart to read ms",
            Figure::RestartedMemory => "PSS MiB after it",
            Figure::Transfer => "new server votes ms",
            Figure::TransferMemory => "MiB more for it",
            Figure::Median => "median ms",
            Figure::Worst => "worst ms",
        }
    }
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Load(Load),
    Watch(Protocol),
    Failover,
    Size(usize),
    Idle,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = match self {
            Case::Load(load) => load,
            Case::Watch(Protocol::Http1) => return f.write_str("watch, last of 500 h1"),
            Case::Watch(Protocol::Http2) => return f.write_str("watch, last of 500"),
            Case::Failover => return f.write_str("leader killed"),
            Case::Size(records) => return write!(f, "{records} records"),
            Case::Idle => return f.write_str("idle, 1,000 records"),
        };
        match load.kind {
            Kind::Get => write!(f, "get x{}", load.clients)?,
            Kind::Put { bytes, keys: Some(_) } => write!(f, "put {bytes} B x{}", load.clients)?,
            Kind::Put { bytes, keys: None } => write!(f, "put {bytes} B x{} new", load.clients)?,
        }
        match load.protocol {
            Protocol::Http1 => f.write_str(" h1"),
            Protocol::Http2 => Ok(()),
        }
    }
}

/// Servers, case, figure: one line of the table.
type Row = (usize, Case, Figure);

/// Everything measured so far.
pub(crate) struct Report {
    disk: FsyncRate,
    values: BTreeMap<Row, BTreeMap<Store, Vec<f64>>>,
}

impl Report {
    pub(crate) fn new(disk: FsyncRate) -> Self {
        Self { disk, values: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, servers: usize, load: Load, figure: Figure, store: Store, value: f64) {
        self.push((servers, Case::Load(load), figure), store, value);
    }

    pub(crate) fn add_watch(&mut self, protocol: Protocol, figure: Figure, store: Store, value: f64) {
        self.push((1, Case::Watch(protocol), figure), store, value);
    }

    pub(crate) fn add_failover(&mut self, servers: usize, store: Store, millis: f64) {
        self.push((servers, Case::Failover, Figure::Median), store, millis);
        self.push((servers, Case::Failover, Figure::Worst), store, millis);
    }

    pub(crate) fn add_size(&mut self, records: usize, figure: Figure, store: Store, value: f64) {
        self.push((1, Case::Size(records), figure), store, value);
    }

    pub(crate) fn add_idle(&mut self, servers: usize, figure: Figure, store: Store, value: f64) {
        self.push((servers, Case::Idle, figure), store, value);
    }

    fn push(&mut self, row: Row, store: Store, value: f64) {
        self.values.entry(row).or_default().entry(store).or_default().push(value);
    }
}

/// The middle value, or the largest where the worst is asked for.
fn summary(figure: Figure, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = if figure == Figure::Worst { sorted.len() - 1 } else { sorted.len() / 2 };
    sorted[place]
}

fn number(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// What the figure has to be, for the rows somebody promised something about.
fn goal(row: &Row) -> &'static str {
    let (servers, case, figure) = row;
    match (servers, case, figure) {
        (_, Case::Load(load), figure) => load_goal(*servers, load, *figure),
        (_, Case::Watch(Protocol::Http1), Figure::P50) => "<= 0.1 of etcd",
        (_, Case::Watch(_), Figure::Cpu) => "<= 5",
        (3, Case::Failover, Figure::Median) => "<= 130",
        (3, Case::Failover, Figure::Worst) => "<= 300",
        (_, Case::Size(1_000_000), Figure::Restart) => "<= 10000",
        (_, Case::Size(1_000_000), Figure::Memory | Figure::RestartedMemory) => "<= 1024",
        (_, Case::Size(1_000_000), Figure::TransferMemory) => "<= 100",
        (1, Case::Idle, Figure::Memory) => "<= 40",
        (1, Case::Idle, Figure::CpuPerMinute) => "<= 60",
        (1, Case::Idle, Figure::Wakeups) => "<= 10",
        (3, Case::Idle, Figure::Wakeups) => "<= 200",
        (_, Case::Idle, Figure::Entries | Figure::Written) => "0",
        _ => "",
    }
}

fn load_goal(servers: usize, load: &Load, figure: Figure) -> &'static str {
    match (servers, load.kind, load.clients, figure) {
        (3, Kind::Put { bytes: 256, .. }, 64, Figure::PerSecond) => ">= 5 of etcd",
        (3, Kind::Put { bytes: 256, .. }, 64, Figure::Cpu) => "<= 0.2 of etcd",
        (3, Kind::Put { bytes: 256, .. }, 64, Figure::P99) => "<= 1 of etcd",
        (3, Kind::Put { bytes: 256, .. }, 64, Figure::PerSync) => ">= 30",
        (3, Kind::Put { bytes: 256, keys: Some(_) }, 64, Figure::Written) => "<= 1300",
        (3, Kind::Put { bytes: 256, keys: None }, 64, Figure::Written) => "<= 2200",
        (3, Kind::Put { bytes: 256, .. }, 1, Figure::P50) => "<= 0.5 of etcd",
        (_, Kind::Put { .. }, 1, Figure::SyncsPerCommit) => "1",
        (3, Kind::Get, 64, Figure::PerSecond) => ">= 10 of etcd",
        (_, Kind::Get, 64, Figure::Cpu) => "<= 15",
        (_, Kind::Get, 1, Figure::P50) => "< 1 of etcd",
        (_, Kind::Get, _, Figure::Syncs | Figure::Entries) => "0",
        _ => "",
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FsyncRate { per_second, p50 } = self.disk;
        writeln!(f, "disk: {per_second:.0} syncs per second, p50 {p50:.0} us")?;
        writeln!(
            f,
            "{:>7}  {:<21} {:<22} {:>12} {:>12} {:>8}  goal",
            "servers", "case", "figure", "hearth", "etcd", "ratio"
        )?;
        for (row, values) in &self.values {
            let (servers, case, figure) = row;
            let of = |store| values.get(&store).map(|values| summary(*figure, values));
            let (hearth, etcd) = (of(Store::Hearth), of(Store::Etcd));
            let ratio = hearth.zip(etcd).filter(|(_, etcd)| *etcd > 0.0).map(|(hearth, etcd)| hearth / etcd);
            let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            writeln!(
                f,
                "{servers:>7}  {:<21} {:<22} {:>12} {:>12} {:>8}  {}",
                case.to_string(),
                figure.name(),
                shown(hearth),
                shown(etcd),
                shown(ratio),
                goal(row)
            )?;
        }
        Ok(())
    }
}
