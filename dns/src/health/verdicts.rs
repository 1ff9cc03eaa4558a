//! From the tables of all servers to one status per check (route53.md section 12, aggregation). Pure.
//!
//! A status is worked out when something it hangs on changes, and kept: a check's own when a vote comes or grows stale, a
//! calculated check's when a child's status changes, in the same call. What is returned is what changed.

use controlplane_proto::dns::health_check::Kind;
use controlplane_proto::dns::{HealthCheck, HealthObservation, HealthTable, NodeVotes, Peer};
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

/// Checks whose status is another now, each with the new one.
pub(crate) type Changed = Vec<(String, bool)>;

/// All checks and all tables.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    me: String,
    checks: BTreeMap<String, Check>,
    /// Calculated checks, by each of their children.
    parents: BTreeMap<String, Vec<String>>,
    tables: BTreeMap<String, Table>,
    /// Of the nodes, on checks of VPCs: how many of how many call it healthy, as the control plane counted last.
    nodes: BTreeMap<String, (usize, usize)>,
}

#[derive(Debug)]
struct Check {
    settings: HealthCheck,
    /// Whether this server has a vote of its own.
    probed: bool,
    /// The last decided state, before inversion; stays in force while nobody votes. `None` until there is data.
    decided: Option<bool>,
    /// What answers go by.
    status: bool,
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

    /// Takes over the checks of the feed, and which of them this server probes. What is known of those that stay, stays.
    /// Gives the checks whose own observations are dropped.
    pub(crate) fn set_checks(
        &mut self,
        checks: &BTreeMap<String, HealthCheck>,
        is_probed: impl Fn(&HealthCheck) -> bool,
    ) -> Vec<String> {
        self.checks.retain(|id, _| checks.contains_key(id));
        self.parents.clear();
        for (id, settings) in checks {
            let probed = is_probed(settings);
            match self.checks.get_mut(id) {
                Some(check) if check.settings == *settings => check.probed = probed,
                held => {
                    let decided = held.and_then(|held| held.decided);
                    let check = Check { settings: settings.clone(), probed, decided, status: true };
                    self.checks.insert(id.clone(), check);
                }
            }
            for child in &settings.children {
                self.parents.entry(child.clone()).or_default().push(id.clone());
            }
        }
        let dropped = self.drop_observations();
        self.settle_all();
        dropped
    }

    /// Of checks that are gone; and this server's own of those that it does not probe.
    fn drop_observations(&mut self) -> Vec<String> {
        let mut dropped = Vec::new();
        for (server, table) in &mut self.tables {
            let own = *server == self.me;
            table.observations.retain(|id, _| {
                let stays = self.checks.get(id).is_some_and(|check| check.probed || !own);
                if own && !stays {
                    dropped.push(id.clone());
                }
                stays
            });
        }
        dropped
    }

    /// Drops the tables of servers that are gone.
    pub(crate) fn set_peers(&mut self, peers: &BTreeMap<String, Peer>) {
        let me = &self.me;
        self.tables.retain(|server, _| server == me || peers.contains_key(server));
    }

    /// Takes an observation of this server's own. True if verdict or text are new, beside what changed by it.
    pub(crate) fn observe(&mut self, observation: HealthObservation, now: Duration) -> (bool, Changed) {
        if !self.checks.get(&observation.health_check_id).is_some_and(|check| check.probed) {
            return (false, Changed::new());
        }
        let table = self.tables.entry(self.me.clone()).or_default();
        table.received = now;
        let id = observation.health_check_id.clone();
        let news = note(&mut table.observations, observation);
        (news, self.decide(&[id], now))
    }

    /// Takes what the nodes say of checks of VPCs, whole. A check that is not in it keeps its state: nobody sees it.
    pub(crate) fn hear_nodes(&mut self, votes: &[NodeVotes], now: Duration) -> Changed {
        let counted = votes
            .iter()
            .map(|told| (told.health_check_id.clone(), (told.healthy as usize, told.total as usize)));
        self.nodes = counted.collect();
        self.decide_all(now)
    }

    /// Takes a peer's table. Sequences start at the sender's clock, so a sender that starts again is not taken for an
    /// old one.
    pub(crate) fn receive(&mut self, table: HealthTable, now: Duration) -> Result<Changed, TableError> {
        let held = self.tables.entry(table.server).or_default();
        if table.sequence <= held.sequence {
            return Err(TableError::Old);
        }
        (held.sequence, held.received) = (table.sequence, now);
        if table.full {
            held.observations.clear();
        }
        let mut touched = Vec::new();
        for seen in table.observations {
            if self.checks.contains_key(&seen.health_check_id) {
                touched.push(seen.health_check_id.clone());
                held.observations.insert(seen.health_check_id.clone(), seen);
            }
        }
        Ok(self.decide(&touched, now))
    }

    /// Decides every check again: votes may have grown stale.
    pub(crate) fn decide_all(&mut self, now: Duration) -> Changed {
        let fresh = fresh(&self.tables, &self.me, now);
        for (id, check) in &mut self.checks {
            check.decided = check.majority(id, &fresh, &self.nodes).or(check.decided);
        }
        self.settle_all()
    }

    fn decide(&mut self, ids: &[String], now: Duration) -> Changed {
        let fresh = fresh(&self.tables, &self.me, now);
        for id in ids {
            if let Some(check) = self.checks.get_mut(id) {
                check.decided = check.majority(id, &fresh, &self.nodes).or(check.decided);
            }
        }
        let mut changed = Changed::new();
        ids.iter().for_each(|id| self.settle(id, &mut changed));
        changed
    }

    /// Every status anew. Those of calculated checks come with their children, whose own are worked out before.
    fn settle_all(&mut self) -> Changed {
        let mut changed = Changed::new();
        for (id, check) in self.checks.iter_mut().filter(|(_, check)| !check.is_calculated()) {
            let status = check.own_status();
            if std::mem::replace(&mut check.status, status) != status {
                changed.push((id.clone(), status));
            }
        }
        let calculated = self.checks.iter().filter(|(_, check)| check.is_calculated());
        for id in calculated.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.settle(&id, &mut changed);
        }
        changed
    }

    /// The status of a check anew, and those of the calculated checks above it. Ends because calculated checks have no
    /// calculated children, which [`Verdicts::healthy_children`] holds to as well.
    fn settle(&mut self, id: &str, changed: &mut Changed) {
        let Some(check) = self.checks.get(id) else { return };
        let status = match check.is_calculated() {
            true => check.calculated_status(self.healthy_children(check)),
            false => check.own_status(),
        };
        if check.status == status {
            return;
        }
        let calculated = check.is_calculated();
        if let Some(check) = self.checks.get_mut(id) {
            check.status = status;
        }
        changed.push((id.to_owned(), status));
        if !calculated {
            let parents = self.parents.get(id).cloned().unwrap_or_default();
            parents.iter().for_each(|parent| self.settle(parent, changed));
        }
    }

    /// A child that is gone is healthy, as for a record set (rule 12.29); one that is calculated itself has no say.
    fn healthy_children(&self, check: &Check) -> usize {
        let is_healthy = |child: &&String| {
            self.checks.get(*child).is_none_or(|child| !child.is_calculated() && child.status)
        };
        check.settings.children.iter().filter(is_healthy).count()
    }

    /// The status answers go by. A check nobody knows is healthy (rule 12.29), as is one without data (12.21) and a
    /// disabled one (12.22), before inversion.
    pub(crate) fn is_healthy(&self, id: &str) -> bool {
        self.checks.get(id).is_none_or(|check| check.status)
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
        let healthy = self.checks.values().filter(|check| check.status).count();
        (healthy, self.checks.len() - healthy)
    }
}

impl Check {
    fn is_calculated(&self) -> bool {
        self.settings.kind() == Kind::Calculated
    }

    /// What those say whose affair it is; nothing if none of them does.
    fn majority(
        &self,
        id: &str,
        servers: &[&Table],
        nodes: &BTreeMap<String, (usize, usize)>,
    ) -> Option<bool> {
        let (healthy, total) = match self.settings.vpc_id.is_empty() {
            true => count(servers, id),
            false => nodes.get(id).copied().unwrap_or_default(),
        };
        (total > 0).then(|| healthy * 100 > total * HEALTHY_PERCENT)
    }

    fn own_status(&self) -> bool {
        (self.settings.disabled || self.decided.unwrap_or(true)) != self.settings.inverted
    }

    /// Rule 12.23.
    fn calculated_status(&self, healthy_children: usize) -> bool {
        let enough = healthy_children >= self.settings.health_threshold as usize;
        (self.settings.disabled || enough) != self.settings.inverted
    }
}

/// The tables that have a vote.
fn fresh<'t>(tables: &'t BTreeMap<String, Table>, me: &str, now: Duration) -> Vec<&'t Table> {
    let fresh =
        tables.iter().filter(|(server, table)| *server == me || now.saturating_sub(table.received) < FRESH);
    fresh.map(|(_, table)| table).collect()
}

/// Votes for healthy, and all.
fn count(tables: &[&Table], id: &str) -> (usize, usize) {
    let votes = tables.iter().filter_map(|table| table.observations.get(id)).filter(|vote| !vote.undecided);
    votes.fold((0, 0), |(healthy, total), vote| (healthy + usize::from(vote.healthy), total + 1))
}

/// Puts an observation in the place of the one before, whose last failure it keeps if it is none itself. True if verdict or
/// text are new.
pub fn note(
    observations: &mut BTreeMap<String, HealthObservation>,
    mut observation: HealthObservation,
) -> bool {
    let said = |seen: &HealthObservation| (seen.healthy, seen.undecided, seen.status.clone());
    let mut news = true;
    if let Some(old) = observations.get_mut(&observation.health_check_id) {
        news = said(old) != said(&observation);
        if observation.last_failure.is_empty() {
            observation.last_failure = std::mem::take(&mut old.last_failure);
            observation.failed_at_ms = old.failed_at_ms;
        }
    }
    observations.insert(observation.health_check_id.clone(), observation);
    news
}
