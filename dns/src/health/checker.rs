//! The checkers of this server: one task per check, started and stopped as the feed says.

use super::probe::{Outcome, probe};
use crate::answer::addresses;
use crate::board::Board;
use crate::random::Random;
use controlplane_proto::dns::{HealthCheck, HealthObservation};
use controlplane_telemetry::metrics::catalogue::DNS_HEALTH_PROBES;
use controlplane_types::Runtime;
use controlplane_types::dns::Name;
use controlplane_types::runtime::TaskHandle;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Probes under way at once: a bound on sockets, whatever the feed asks for.
const MAX_PROBES: usize = 128;
/// First probes are spread over this time (or the interval, if that is shorter), so that a start is no storm.
const SPREAD: Duration = Duration::from_secs(2);
/// Route 53 knows 1 to 10 (rule 12.2).
const MAX_THRESHOLD: u32 = 10;
/// Longest time between two probes of a check.
const MAX_INTERVAL: Duration = Duration::from_secs(300);

/// Told of every result.
pub(crate) type Report = Arc<dyn Fn(HealthObservation) + Send + Sync>;

/// Runs the checks of the feed.
pub(crate) struct Checkers {
    runtime: Arc<dyn Runtime>,
    board: Arc<Board>,
    report: Report,
    probes: Arc<Semaphore>,
    running: BTreeMap<String, (HealthCheck, TaskHandle)>,
}

/// One check being run.
struct Checker {
    check: HealthCheck,
    runtime: Arc<dyn Runtime>,
    board: Arc<Board>,
    report: Report,
    probes: Arc<Semaphore>,
    streak: Streak,
}

impl Checkers {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, board: Arc<Board>, report: Report) -> Self {
        let probes = Arc::new(Semaphore::new(MAX_PROBES));
        Self { runtime, board, report, probes, running: BTreeMap::new() }
    }

    /// Starts, restarts and stops checkers until exactly the enabled `checks` run as they are set.
    pub(crate) fn run_exactly(&mut self, checks: &BTreeMap<String, HealthCheck>) {
        self.running.retain(|id, (settings, task)| {
            let stays = checks.get(id) == Some(settings);
            if !stays {
                task.abort();
            }
            stays
        });
        for (id, check) in checks.iter().filter(|(_, check)| !check.disabled) {
            if !self.running.contains_key(id) {
                let task = self.start(check.clone());
                self.running.insert(id.clone(), (check.clone(), task));
            }
        }
    }

    fn start(&self, check: HealthCheck) -> TaskHandle {
        let checker = Checker {
            streak: Streak::new(check.failure_threshold),
            check,
            runtime: self.runtime.clone(),
            board: self.board.clone(),
            report: self.report.clone(),
            probes: self.probes.clone(),
        };
        self.runtime.spawn("dns-health-checker", Box::pin(checker.run()))
    }
}

impl Drop for Checkers {
    fn drop(&mut self) {
        self.running.values().for_each(|(_, task)| task.abort());
    }
}

impl Checker {
    /// The interval counts from a result to the next request (rule 19).
    async fn run(mut self) {
        let interval = Duration::from_secs(u64::from(self.check.interval_seconds.max(1))).min(MAX_INTERVAL);
        let spread = interval.min(SPREAD).as_millis() as u32;
        let first = Random::new(self.runtime.random()).below(spread);
        self.runtime.sleep(Duration::from_millis(u64::from(first))).await;
        loop {
            let outcome = self.probe().await;
            DNS_HEALTH_PROBES.counter(&[if outcome.is_ok() { "success" } else { "failure" }]).increment(1);
            let healthy = self.streak.take(outcome.is_ok());
            let status = match outcome {
                Ok(text) => format!("Success: {text}"),
                Err(text) => format!("Failure: {text}"),
            };
            (self.report)(HealthObservation {
                health_check_id: self.check.id.clone(),
                healthy,
                status,
                checked_at_ms: self.runtime.now().as_millis(),
            });
            self.runtime.sleep(interval).await;
        }
    }

    async fn probe(&self) -> Outcome {
        let Ok(_permit) = self.probes.acquire().await else {
            return Err("The server is stopping".to_owned());
        };
        let address = self.address().await.ok_or("DNS resolution failed")?;
        probe(&*self.runtime, &self.check, address).await
    }

    /// The address given, or the first A record of the name, resolved for each probe (rule 16). Names in our own
    /// zones are looked up there: a private region need not be known to the machine's resolver.
    async fn address(&self) -> Option<IpAddr> {
        if !self.check.address.is_empty() {
            return self.check.address.parse().ok();
        }
        let name = Name::parse(&self.check.host).ok()?;
        let random = Random::new(self.runtime.random());
        if let Some(addresses) = addresses(&self.board.snapshot(), &name, random) {
            return addresses.first().copied().map(IpAddr::V4);
        }
        let found = tokio::net::lookup_host((self.check.host.as_str(), 0)).await.ok()?;
        found.filter(SocketAddr::is_ipv4).map(|endpoint| endpoint.ip()).next()
    }
}

/// Flips after `threshold` results in a row against the present state, both ways (rule 17). Starts healthy.
#[derive(Debug, Clone)]
pub(crate) struct Streak {
    healthy: bool,
    against: u32,
    threshold: u32,
}

impl Streak {
    pub(crate) fn new(threshold: u32) -> Self {
        Self { healthy: true, against: 0, threshold: threshold.clamp(1, MAX_THRESHOLD) }
    }

    /// The state after one more result.
    pub(crate) fn take(&mut self, success: bool) -> bool {
        self.against = if success == self.healthy { 0 } else { self.against + 1 };
        if self.against == self.threshold {
            self.healthy = success;
            self.against = 0;
        }
        self.healthy
    }
}
