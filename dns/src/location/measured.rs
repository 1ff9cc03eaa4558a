//! Latencies that were measured: by this server, for the others; and by all of them, to decide by.
//!
//! A server that stands for a region learns from its own TCP connections how far clients are from there, since the kernel
//! measures the round-trip time of each. [`Estimates`] keeps it by the networks that resolvers name clients by, a /24 or a
//! /48. The control plane merges what the servers say, and [`Measured`] is the table that comes back. A time that is older
//! than [`LATENCY_LIFE`] counts no more, whoever holds it.
//!
//! Nothing of this is on the way of a UDP query: that reads a [`LatencyTable`] which hangs in the snapshot.

use super::{Costs, LatencyTable, REGIONS, UNKNOWN};
use controlplane_proto::dns::{self as proto, MeasuredLatency};
use controlplane_types::dns::geography::{self, LATENCY_LIFE};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Networks that one server keeps; beyond, those measured longest ago are forgotten.
const MAX_NETWORKS: usize = 4096;
/// Networks of one report.
const MAX_REPORTED: usize = 2000;
/// Between two reports.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// A time that stays what it was is told again after this long, so that it stays fresh.
const TELL_AGAIN: Duration = Duration::from_secs(15 * 60);
/// Between two looks for times that are not fresh any more: each makes the whole table anew.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Networks of a table; the control plane sends no more.
const MAX_TOLD: usize = 1 << 14;
/// Fewer regions than these cannot be compared.
const COMPARABLE: usize = 2;

/// The network whose clients are taken to be equally far.
fn network_of(client: IpAddr) -> IpNet {
    let client = client.to_canonical();
    let len = if client.is_ipv4() { 24 } else { 48 };
    IpNet::new(client, len).map_or(IpNet::from(client), |network| network.trunc())
}

/// What this server measures.
#[derive(Debug, Default)]
pub(crate) struct Estimates(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    networks: BTreeMap<IpNet, Estimate>,
    /// The same, what was measured longest ago first.
    by_age: BTreeSet<(Duration, IpNet)>,
    unsent: BTreeSet<IpNet>,
    reported_at: Option<Duration>,
}

#[derive(Debug)]
struct Estimate {
    smoothed_us: u32,
    at: Duration,
    /// What was told last, and when.
    told: Option<(u32, Duration)>,
}

impl Estimate {
    /// Whether it is more than a quarter off what was told, or that was long ago.
    fn is_news(&self, now: Duration) -> bool {
        self.told.is_none_or(|(told, at)| {
            self.smoothed_us.abs_diff(told) > told / 4 || now.saturating_sub(at) >= TELL_AGAIN
        })
    }
}

impl Estimates {
    /// A client's round-trip time, as a connection of its has it at `now` of the monotonic clock.
    pub(crate) fn note(&self, client: IpAddr, rtt_us: u32, now: Duration) {
        let mut held = self.held();
        let network = network_of(client);
        let estimate = match held.networks.remove(&network) {
            // Smoothed as TCP smooths it (RFC 6298), once more: a network is many clients.
            Some(Estimate { smoothed_us, at, told }) => {
                held.by_age.remove(&(at, network));
                let smoothed = (u64::from(smoothed_us) * 7 + u64::from(rtt_us)) / 8;
                Estimate { smoothed_us: smoothed as u32, at: now, told }
            }
            None => Estimate { smoothed_us: rtt_us, at: now, told: None },
        };
        if estimate.is_news(now) {
            held.unsent.insert(network);
        }
        held.by_age.insert((now, network));
        held.networks.insert(network, estimate);
        held.forget_beyond(MAX_NETWORKS);
    }

    /// Everything is to be told, at once: whoever listens now knows nothing.
    pub(crate) fn begin_again(&self) {
        let mut held = self.held();
        held.unsent = held.networks.keys().copied().collect();
        held.reported_at = None;
    }

    /// Whether there is something to tell, and it is time to.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.held().is_due(now)
    }

    /// What is to be told now, none of it older than [`LATENCY_LIFE`]; the rest when it is time again.
    pub(crate) fn report(&self, now: Duration) -> Vec<MeasuredLatency> {
        let mut held = self.held();
        if !held.is_due(now) {
            return Vec::new();
        }
        held.reported_at = Some(now);
        let first: Vec<IpNet> = held.unsent.iter().take(MAX_REPORTED).copied().collect();
        first.into_iter().filter_map(|network| held.tell(network, now)).collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn is_due(&self, now: Duration) -> bool {
        let rested = self.reported_at.is_none_or(|at| now.saturating_sub(at) >= REPORT_EVERY);
        rested && !self.unsent.is_empty()
    }

    fn forget_beyond(&mut self, most: usize) {
        while self.networks.len() > most {
            let Some((_, oldest)) = self.by_age.pop_first() else { return };
            self.networks.remove(&oldest);
            self.unsent.remove(&oldest);
        }
    }

    fn tell(&mut self, network: IpNet, now: Duration) -> Option<MeasuredLatency> {
        self.unsent.remove(&network);
        let estimate = self.networks.get_mut(&network)?;
        estimate.told = Some((estimate.smoothed_us, now));
        let age = now.saturating_sub(estimate.at);
        (age < LATENCY_LIFE).then(|| MeasuredLatency {
            network: network.to_string(),
            rtt_us: estimate.smoothed_us,
            age_seconds: age.as_secs() as u32,
        })
    }
}

/// What all servers measured, as the control plane says.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    networks: Vec<(IpNet, Vec<Seen>)>,
    /// When some of it may be too old.
    look_again: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    region: usize,
    cost: u16,
    /// On the monotonic clock.
    until: Duration,
}

impl Measured {
    /// Takes in a table that came at `now` of the monotonic clock. What nobody can make sense of is left out.
    pub(crate) fn read(table: &proto::LatencyTable, now: Duration) -> Self {
        let seen = |told: &proto::RegionLatency| {
            let left = LATENCY_LIFE.saturating_sub(Duration::from_secs(told.age_seconds.into()));
            Some(Seen {
                region: geography::region_number(&told.region)?,
                cost: cost_of(told.rtt_us),
                until: now + left,
            })
        };
        let network = |told: &proto::NetworkLatencies| {
            let network: IpNet = told.network.parse().ok()?;
            Some((network, told.regions.iter().take(REGIONS).filter_map(seen).collect()))
        };
        let networks = table.networks.iter().take(MAX_TOLD).filter_map(network).collect();
        Self { networks, look_again: None }
    }

    /// Whether [`Self::table`] may say less than it did.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.look_again.is_some_and(|at| now >= at)
    }

    /// To decide by from `now` on; `None` if there is nothing to compare anywhere. What is too old is forgotten.
    pub(crate) fn table(&mut self, now: Duration) -> Option<LatencyTable> {
        for (_, seen) in &mut self.networks {
            seen.retain(|seen| now < seen.until);
        }
        self.networks.retain(|(_, seen)| seen.len() >= COMPARABLE);
        let first = self.networks.iter().flat_map(|(_, seen)| seen).map(|seen| seen.until).min();
        self.look_again = first.map(|until| until.max(now + LOOK_AGAIN));
        let rows = self.networks.iter().map(|(network, seen)| (*network, costs(seen)));
        (!self.networks.is_empty()).then(|| LatencyTable::new(rows))
    }
}

fn costs(seen: &[Seen]) -> Costs {
    let mut costs = [UNKNOWN; REGIONS];
    for seen in seen {
        costs[seen.region] = costs[seen.region].min(seen.cost);
    }
    costs
}

/// Tenths of milliseconds: machines in one room differ by less than one.
fn cost_of(rtt_us: u32) -> u16 {
    u16::try_from(rtt_us / 100).unwrap_or(UNKNOWN).min(UNKNOWN - 1)
}

/// Whether `costs` compare at least two of these regions.
pub(super) fn compares(costs: &Costs, regions: &[u8]) -> bool {
    let known = regions.iter().filter(|region| costs[usize::from(**region)] != UNKNOWN);
    known.take(COMPARABLE).count() == COMPARABLE
}

#[cfg(test)]
mod tests;
