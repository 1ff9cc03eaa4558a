//! From the tables of all servers to one status per check (route53.md section 12, aggregation). Pure.

use controlplane_proto::dns::{HealthCheck, HealthObservation, HealthTable};
use std::collections::BTreeMap;
use std::time::Duration;

/// A table older than this has no vote: full tables come every second.
const FRESH: Duration = Duration::from_secs(5);
/// More than this share of the votes makes a check healthy, in percent (rule 12.20).
const HEALTHY_PERCENT: usize = 18;

/// Why a peer's table is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TableError {
    #[error("the server is not one of this cluster")]
    Stranger,
    #[error("a table with a higher sequence was already taken")]
    Old,
}

/// All checks and all tables.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    me: String,
    checks: BTreeMap<String, Check>,
    tables: BTreeMap<String, Table>,
}

#[derive(Debug)]
struct Check {
    settings: HealthCheck,
    /// The last decided state, before inversion; stays in force while nobody votes. `None` until there is data.
    decided: Option<bool>,
}

#[derive(Debug, Default)]
struct Table {
    sequence: u64,
    received: Duration,
    observations: BTreeMap<String, HealthObservation>,
}

impl Verdicts {
    pub(crate) fn new(me: &str) -> Self {
        Self { me: me.to_owned(), ..Default::default() }
    }

    /// Takes over the checks of the feed; what is known of those that stay, stays.
    pub(crate) fn set_checks(&mut self, checks: &BTreeMap<String, HealthCheck>) {
        self.checks.retain(|id, _| checks.contains_key(id));
        for (id, settings) in checks {
            let decided = self.checks.get(id).and_then(|check| check.decided);
            self.checks.insert(id.clone(), Check { settings: settings.clone(), decided });
        }
        for table in self.tables.values_mut() {
            table.observations.retain(|id, _| checks.contains_key(id));
        }
    }

    /// Drops the tables of servers that are gone.
    pub(crate) fn set_peers(&mut self, peers: &BTreeMap<String, String>) {
        let me = &self.me;
        self.tables.retain(|server, _| server == me || peers.contains_key(server));
    }

    /// Takes an observation of this server's own; true if verdict or text are new.
    pub(crate) fn observe(&mut self, observation: HealthObservation, now: Duration) -> bool {
        if !self.checks.contains_key(&observation.health_check_id) {
            return false;
        }
        let table = self.tables.entry(self.me.clone()).or_default();
        table.received = now;
        let id = observation.health_check_id.clone();
        let same = |old: &HealthObservation| {
            (old.healthy, &old.status) == (observation.healthy, &observation.status)
        };
        let news = !table.observations.get(&id).is_some_and(same);
        table.observations.insert(id.clone(), observation);
        self.decide(&id, now);
        news
    }

    /// Takes a peer's table and gives the checks it speaks of. Sequences start at the sender's clock, so a sender
    /// that starts again is not taken for an old one.
    pub(crate) fn receive(&mut self, table: HealthTable, now: Duration) -> Result<Vec<String>, TableError> {
        let held = self.tables.entry(table.server).or_default();
        if table.sequence <= held.sequence {
            return Err(TableError::Old);
        }
        (held.sequence, held.received) = (table.sequence, now);
        if table.full {
            held.observations.clear();
        }
        let known =
            table.observations.into_iter().filter(|one| self.checks.contains_key(&one.health_check_id));
        let mut touched = Vec::new();
        for observation in known {
            touched.push(observation.health_check_id.clone());
            held.observations.insert(observation.health_check_id.clone(), observation);
        }
        touched.iter().for_each(|id| self.decide(id, now));
        Ok(touched)
    }

    /// Decides every check again: votes may have grown stale.
    pub(crate) fn decide_all(&mut self, now: Duration) {
        let ids: Vec<String> = self.checks.keys().cloned().collect();
        ids.iter().for_each(|id| self.decide(id, now));
    }

    fn decide(&mut self, id: &str, now: Duration) {
        let fresh = |(server, table): &(&String, &Table)| {
            **server == self.me || now.saturating_sub(table.received) < FRESH
        };
        let votes = self.tables.iter().filter(fresh).filter_map(|(_, table)| table.observations.get(id));
        let (total, healthy) =
            votes.fold((0, 0), |(total, healthy), vote| (total + 1, healthy + usize::from(vote.healthy)));
        if let Some(check) = self.checks.get_mut(id).filter(|_| total > 0) {
            check.decided = Some(healthy * 100 > total * HEALTHY_PERCENT);
        }
    }

    /// The status answers go by. A check nobody knows is healthy (rule 12.29), as is one without data (12.21) and a
    /// disabled one (12.22), before inversion.
    pub(crate) fn is_healthy(&self, id: &str) -> bool {
        let Some(check) = self.checks.get(id) else {
            return true;
        };
        let healthy = check.settings.disabled || check.decided.unwrap_or(true);
        healthy != check.settings.inverted
    }

    /// This server's own observations.
    pub(crate) fn own(&self) -> impl Iterator<Item = &HealthObservation> {
        self.tables.get(&self.me).into_iter().flat_map(|table| table.observations.values())
    }

    /// This server's own observation of a check.
    pub(crate) fn own_of(&self, id: &str) -> Option<&HealthObservation> {
        self.tables.get(&self.me)?.observations.get(id)
    }

    /// How many checks are healthy, and how many are not.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let healthy = self.checks.keys().filter(|id| self.is_healthy(id)).count();
        (healthy, self.checks.len() - healthy)
    }
}
