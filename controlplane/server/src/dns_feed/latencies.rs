//! How far client networks are from regions, as the DNS servers measure it: merged, and told to all of them.
//!
//! Nothing of it is a record: it is measured again all the time, and after an election the servers say everything they
//! have. A server's region is the one it stands for as a checker; who stands for none says nothing.

use super::{DnsFeed, Subscriber};
use controlplane_proto::dns::{LatencyTable, MeasuredLatency, NetworkLatencies, RegionLatency};
use controlplane_types::dns::geography::{self, LATENCY_LIFE};
use futures::FutureExt;
use ipnet::IpNet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Between two tables: what was measured meanwhile waits for the next.
const TELL_EVERY: Duration = Duration::from_secs(30);
/// Networks of one server; beyond, those measured longest ago are forgotten.
const MAX_OF_SERVER: usize = 4096;
/// Networks that are told of, those measured last before others.
const MAX_TOLD: usize = 8192;

/// What the DNS servers said.
#[derive(Default)]
pub(super) struct Latencies {
    servers: Mutex<BTreeMap<String, OfServer>>,
    /// Something new was said.
    news: Notify,
}

#[derive(Default)]
struct OfServer {
    region: String,
    networks: BTreeMap<IpNet, Seen>,
    /// The same, what was measured longest ago first.
    by_age: BTreeSet<(Duration, IpNet)>,
}

#[derive(Clone, Copy)]
struct Seen {
    rtt_us: u32,
    /// When it was measured, on this server's monotonic clock.
    at: Duration,
}

impl Latencies {
    /// Takes in what `server` measured for `region`. What is no network of the two lengths, or too old, is left out.
    pub(super) fn hear(&self, server: &str, region: &str, measured: Vec<MeasuredLatency>, now: Duration) {
        if measured.is_empty() || geography::region_number(region).is_none() {
            return;
        }
        let mut servers = self.servers();
        let own = servers.entry(server.to_owned()).or_default();
        if own.region != region {
            *own = OfServer { region: region.to_owned(), ..OfServer::default() };
        }
        for told in measured {
            let age = Duration::from_secs(told.age_seconds.into());
            if let Some(network) = network(&told.network).filter(|_| age < LATENCY_LIFE) {
                own.note(network, Seen { rtt_us: told.rtt_us, at: now.saturating_sub(age) });
            }
        }
        drop(servers);
        self.news.notify_one();
    }

    /// What is fresh, of all servers.
    pub(super) fn merge(&self, now: Duration) -> Arc<LatencyTable> {
        let mut servers = self.servers();
        for own in servers.values_mut() {
            own.forget_before(now.saturating_sub(LATENCY_LIFE));
        }
        servers.retain(|_, own| !own.networks.is_empty());
        Arc::new(merged(&servers, now))
    }

    fn servers(&self) -> MutexGuard<'_, BTreeMap<String, OfServer>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfServer {
    fn note(&mut self, network: IpNet, seen: Seen) {
        if let Some(before) = self.networks.insert(network, seen) {
            self.by_age.remove(&(before.at, network));
        }
        self.by_age.insert((seen.at, network));
        if self.networks.len() > MAX_OF_SERVER
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.networks.remove(&oldest);
        }
    }

    /// What was measured at `time` is kept: nothing was before the clock began.
    fn forget_before(&mut self, time: Duration) {
        while let Some((at, network)) = self.by_age.first().copied().filter(|(at, _)| *at < time) {
            self.by_age.remove(&(at, network));
            self.networks.remove(&network);
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network: IpNet = text.parse().ok()?;
    let len = if network.addr().is_ipv4() { 24 } else { 48 };
    (network.prefix_len() == len && network == network.trunc()).then_some(network)
}

/// Of each region the nearest server. Networks of one region are left out: they compare with nothing.
fn merged(servers: &BTreeMap<String, OfServer>, now: Duration) -> LatencyTable {
    let mut networks: BTreeMap<IpNet, BTreeMap<&str, Seen>> = BTreeMap::new();
    for own in servers.values() {
        for (network, seen) in &own.networks {
            let nearest = networks.entry(*network).or_default().entry(own.region.as_str()).or_insert(*seen);
            if seen.rtt_us < nearest.rtt_us {
                *nearest = *seen;
            }
        }
    }
    let mut networks: Vec<_> = networks.into_iter().filter(|(_, regions)| regions.len() > 1).collect();
    networks.sort_by_key(|(_, regions)| Reverse(regions.values().map(|seen| seen.at).max()));
    networks.truncate(MAX_TOLD);
    let region = |(region, seen): (&str, Seen)| RegionLatency {
        region: region.to_owned(),
        rtt_us: seen.rtt_us,
        age_seconds: now.saturating_sub(seen.at).as_secs() as u32,
    };
    let network = |(network, regions): (IpNet, BTreeMap<&str, Seen>)| NetworkLatencies {
        network: network.to_string(),
        regions: regions.into_iter().map(region).collect(),
    };
    LatencyTable { networks: networks.into_iter().map(network).collect() }
}

/// Tells the DNS servers, for ever. Nothing ticks while nothing is measured.
pub(super) async fn tell(feed: DnsFeed) {
    loop {
        feed.0.latencies.news.notified().await;
        feed.0.runtime.sleep(TELL_EVERY).await;
        // What came meanwhile is in this table, and no reason for another one.
        feed.0.latencies.news.notified().now_or_never();
        let table = feed.0.latencies.merge(feed.0.runtime.monotonic());
        feed.subscribers().values().for_each(|subscriber| subscriber.hand(&table));
    }
}

impl Subscriber {
    /// Has the session send the table, if there is one and the server knows what it is.
    pub(super) fn hand(&self, table: &Arc<LatencyTable>) {
        if let Some(session) = self.session.as_ref().filter(|_| self.takes_latencies) {
            *session.latencies.lock().unwrap_or_else(PoisonError::into_inner) = Some(table.clone());
            session.look.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn told(network: &str, rtt_us: u32, age_seconds: u32) -> MeasuredLatency {
        MeasuredLatency { network: network.to_owned(), rtt_us, age_seconds }
    }

    /// Network, then region, time and age of each.
    fn lines(table: &LatencyTable) -> Vec<String> {
        let region = |told: &RegionLatency| format!(" {}={}@{}", told.region, told.rtt_us, told.age_seconds);
        let line = |told: &NetworkLatencies| {
            told.network.clone() + &told.regions.iter().map(region).collect::<String>()
        };
        table.networks.iter().map(line).collect()
    }

    #[test]
    fn the_nearest_server_of_each_region_counts_while_it_is_fresh() {
        let latencies = Latencies::default();
        let now = 5000 * SECOND;
        latencies.hear("a", "eu-west-1", vec![told("10.0.0.0/24", 9000, 10), told("10.0.1.0/24", 1, 0)], now);
        latencies.hear("b", "eu-west-1", vec![told("10.0.0.0/24", 8000, 20)], now);
        latencies.hear("c", "us-east-1", vec![told("10.0.0.0/24", 70_000, 3599)], now);
        latencies.hear("d", "", vec![told("10.0.1.0/24", 5, 0)], now);
        latencies.hear("e", "eu-west-9", vec![told("10.0.1.0/24", 5, 0)], now);
        let expected = ["10.0.0.0/24 eu-west-1=8000@20 us-east-1=70000@3599"];
        assert_eq!(lines(&latencies.merge(now)), expected);
        assert_eq!(lines(&latencies.merge(now + 2 * SECOND)), Vec::<String>::new(), "one of two is too old");
        latencies.hear("c", "us-east-1", vec![told("10.0.0.0/24", 60_000, 0)], now + 3 * SECOND);
        latencies.hear("b", "sa-east-1", vec![told("10.0.0.0/24", 5, 0)], now + 3 * SECOND);
        let expected = ["10.0.0.0/24 eu-west-1=9000@13 sa-east-1=5@0 us-east-1=60000@0"];
        assert_eq!(
            lines(&latencies.merge(now + 3 * SECOND)),
            expected,
            "who moved says nothing of where it was"
        );
        assert_eq!(lines(&latencies.merge(now + 2 * LATENCY_LIFE)), Vec::<String>::new());
        assert!(latencies.servers().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let latencies = Latencies::default();
        let odd = ["", "x", "10.0.0.0/8", "10.0.0.1/24", "10.0.0.0/25", "2001:db8::/32", "2001:db8::1/48"];
        let odd: Vec<_> =
            odd.iter().map(|network| told(network, 1, 0)).chain([told("10.0.0.0/24", 1, 3600)]).collect();
        let good = [told("10.0.9.0/24", 7, 0), told("2001:db8:9::/48", 7, 0)];
        for (server, region) in [("a", "eu-west-1"), ("b", "us-east-1")] {
            latencies.hear(server, region, odd.iter().chain(&good).cloned().collect(), 9000 * SECOND);
        }
        let networks: Vec<String> =
            latencies.merge(9000 * SECOND).networks.iter().map(|told| told.network.clone()).collect();
        assert_eq!(networks, ["10.0.9.0/24", "2001:db8:9::/48"]);
    }

    #[test]
    fn of_too_many_networks_the_oldest_are_forgotten() {
        let latencies = Latencies::default();
        let network = |number: u32| format!("10.{}.{}.0/24", number / 256, number % 256);
        let many = |age: u32| (0..3000).map(|number| told(&network(number + age * 3000), 1, age)).collect();
        for age in [2, 0, 1] {
            latencies.hear("a", "eu-west-1", many(age), 9000 * SECOND);
        }
        let servers = latencies.servers();
        let own = &servers["a"];
        assert_eq!((own.networks.len(), own.by_age.len()), (MAX_OF_SERVER, MAX_OF_SERVER));
        let kept = |number: u32| own.networks.contains_key(&network(number).parse::<IpNet>().unwrap());
        assert!((0..3000).all(kept) && !(6000..9000).any(kept));
    }
}
