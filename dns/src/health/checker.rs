//! The checkers of one machine: one task per check, started and stopped as whoever owns them says.

use super::probe::{Latency, Means, Outcome, Tls, probe};
use super::way::Way;
use crate::random::Random;
use controlplane_proto::dns::{HealthCheck, HealthObservation};
use controlplane_telemetry::metrics::catalogue::{DNS_HEALTH_PROBE_SECONDS, DNS_HEALTH_PROBES};
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use nix::sys::resource::{Resource, getrlimit};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Probes under way at once, whatever the feed asks for: room for ten thousand checks at ten seconds of which none gets an
/// answer.
const MAX_PROBES: usize = 8_192;
/// And at least, however few files the process may have open.
const MIN_PROBES: usize = 64;
/// First probes are spread over this time, so that a start is no storm; over more of it where there are many checks.
const SPREAD: Duration = Duration::from_secs(2);
const FIRST_PROBES_PER_SECOND: u32 = 1_000;
/// Route 53 knows 1 to 10 (rule 12.2).
const MAX_THRESHOLD: u32 = 10;
/// Longest time between two probes of a check.
const MAX_INTERVAL: Duration = Duration::from_secs(300);

/// Told of every result.
pub type Report = Arc<dyn Fn(HealthObservation) + Send + Sync>;

/// Runs health checks. Dropped, it probes nothing any more.
pub struct Checkers {
    shared: Shared,
    running: BTreeMap<String, Running>,
}

/// What every checker needs.
#[derive(Clone)]
struct Shared {
    runtime: Arc<dyn Runtime>,
    way: Arc<dyn Way>,
    report: Report,
    probes: Arc<Semaphore>,
    tls: Tls,
}

struct Running {
    settings: HealthCheck,
    /// What it had decided, for a checker with other settings to go on from.
    decided: Arc<Mutex<Option<bool>>>,
    task: TaskHandle,
}

/// One check being run.
struct Checker {
    check: HealthCheck,
    shared: Shared,
    streak: Streak,
    decided: Arc<Mutex<Option<bool>>>,
    /// Within which the first probe is made.
    spread: Duration,
}

impl Checkers {
    /// No checks yet. Probes go over `way`, and each result to `report`.
    pub fn new(runtime: Arc<dyn Runtime>, way: Arc<dyn Way>, report: Report, tls: Tls) -> Self {
        let probes = Arc::new(Semaphore::new(most_probes()));
        Self { shared: Shared { runtime, way, report, probes, tls }, running: BTreeMap::new() }
    }

    /// Starts, restarts and stops checkers until exactly these `checks` run as they are set.
    pub fn run_exactly(&mut self, checks: &BTreeMap<String, HealthCheck>) {
        self.running.retain(|id, running| {
            let stays = checks.contains_key(id);
            if !stays {
                running.task.abort();
            }
            stays
        });
        let runs = |check: &HealthCheck| {
            self.running.get(&check.id).is_some_and(|running| running.settings == *check)
        };
        let new: Vec<(&String, &HealthCheck)> = checks.iter().filter(|(_, check)| !runs(check)).collect();
        let spread = SPREAD.max(Duration::from_secs(1) * new.len() as u32 / FIRST_PROBES_PER_SECOND);
        for (id, check) in new {
            let before = self.running.get(id);
            before.inspect(|running| running.task.abort());
            let decided = before.map(|running| running.decided.clone()).unwrap_or_default();
            let running = self.start(check.clone(), decided, spread);
            self.running.insert(id.clone(), running);
        }
    }

    fn start(&self, settings: HealthCheck, decided: Arc<Mutex<Option<bool>>>, spread: Duration) -> Running {
        let before = *decided.lock().unwrap_or_else(PoisonError::into_inner);
        let checker = Checker {
            streak: Streak::new(settings.failure_threshold, before),
            check: settings.clone(),
            shared: self.shared.clone(),
            decided: decided.clone(),
            spread,
        };
        let task = self.shared.runtime.spawn("dns-health-checker", Box::pin(checker.run()));
        Running { settings, decided, task }
    }
}

impl Drop for Checkers {
    fn drop(&mut self) {
        self.running.values().for_each(|running| running.task.abort());
    }
}

/// Half of the files the process may have open: the other half is for those who ask.
fn most_probes() -> usize {
    let (files, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or_default();
    usize::try_from(files / 2).unwrap_or(MAX_PROBES).clamp(MIN_PROBES, MAX_PROBES)
}

impl Checker {
    /// The interval counts from a result to the next request (rule 19).
    async fn run(mut self) {
        let interval = Duration::from_secs(u64::from(self.check.interval_seconds.max(1))).min(MAX_INTERVAL);
        let runtime = self.shared.runtime.clone();
        let spread = interval.min(self.spread).as_millis() as u32;
        let first = Random::new(runtime.random()).below(spread);
        runtime.sleep(Duration::from_millis(u64::from(first))).await;
        loop {
            let observation = if self.shared.way.is_open(&self.check) {
                let outcome = self.probe().await;
                let result = if outcome.is_ok() { "success" } else { "failure" };
                DNS_HEALTH_PROBES.counter(&[result]).increment(1);
                self.observation(outcome)
            } else {
                self.withdrawn()
            };
            (self.shared.report)(observation);
            runtime.sleep(interval).await;
        }
    }

    /// Without a way to the endpoint there is no vote, not even the one there was before.
    fn withdrawn(&mut self) -> HealthObservation {
        self.streak = Streak::new(self.check.failure_threshold, None);
        *self.decided.lock().unwrap_or_else(PoisonError::into_inner) = None;
        HealthObservation {
            health_check_id: self.check.id.clone(),
            healthy: true,
            undecided: true,
            status: "Unknown: there is no way to the endpoint from here".to_owned(),
            checked_at_ms: self.shared.runtime.now().as_millis(),
            ..HealthObservation::default()
        }
    }

    fn observation(&mut self, outcome: Outcome) -> HealthObservation {
        let decided = self.streak.take(outcome.is_ok());
        *self.decided.lock().unwrap_or_else(PoisonError::into_inner) = decided;
        let now = self.shared.runtime.now().as_millis();
        let seen = HealthObservation {
            health_check_id: self.check.id.clone(),
            healthy: decided.unwrap_or(true),
            undecided: decided.is_none(),
            checked_at_ms: now,
            ..HealthObservation::default()
        };
        match outcome {
            Ok(text) => HealthObservation { status: format!("Success: {text}"), ..seen },
            Err(text) => {
                let status = format!("Failure: {text}");
                HealthObservation { last_failure: status.clone(), failed_at_ms: now, status, ..seen }
            }
        }
    }

    async fn probe(&self) -> Outcome {
        let Ok(_permit) = self.shared.probes.acquire().await else {
            return Err("The server is stopping".to_owned());
        };
        let address = self.address().await.ok_or("DNS resolution failed")?;
        let mut latency = Latency::default();
        let means = Means { runtime: &*self.shared.runtime, tls: &self.shared.tls, way: &*self.shared.way };
        let outcome = probe(means, &self.check, address, &mut latency).await;
        if self.check.measure_latency {
            record(latency);
        }
        outcome
    }

    /// The address given, or one of the name, resolved for each probe (rule 16).
    async fn address(&self) -> Option<IpAddr> {
        if !self.check.address.is_empty() {
            return self.check.address.parse().ok();
        }
        self.shared.way.resolve(&self.check.host).await
    }
}

fn record(latency: Latency) {
    let phases = [("connect", latency.connect), ("tls", latency.tls), ("first_byte", latency.first_byte)];
    for (phase, took) in phases {
        if let Some(took) = took {
            DNS_HEALTH_PROBE_SECONDS.samples(&[phase]).record(took.as_secs_f64());
        }
    }
}

/// Flips after `threshold` results in a row against the present state, both ways (rule 17). Without a state it takes as many
/// to get one: a checker that has only just started must not outvote those that know.
#[derive(Debug, Clone)]
pub(crate) struct Streak {
    decided: Option<bool>,
    /// What the results in a row are that are not the state, and how many.
    row: (bool, u32),
    threshold: u32,
}

impl Streak {
    pub(crate) fn new(threshold: u32, decided: Option<bool>) -> Self {
        Self { decided, row: (false, 0), threshold: threshold.clamp(1, MAX_THRESHOLD) }
    }

    /// The state after one more result.
    pub(crate) fn take(&mut self, success: bool) -> Option<bool> {
        let (result, so_far) = self.row;
        self.row = match self.decided == Some(success) {
            true => (success, 0),
            false if result == success => (success, so_far + 1),
            false => (success, 1),
        };
        if self.row.1 == self.threshold {
            self.decided = Some(success);
            self.row = (success, 0);
        }
        self.decided
    }
}
