//! The one owner of everything that changes: zones, checks, verdicts. Everybody else reads what it publishes.
//!
//! One lock, never touched by a query. Nothing slow happens under it: the disk and the network are the business of
//! the sessions that call in. What others should hear is told by level (a notification, "look again"), so nothing is
//! lost when nobody listens for a while; the next status or table contains it.

use crate::board::Board;
use crate::compile::{Compiler, Snapshot};
use crate::health::region::is_probed;
use crate::health::verdicts::{Changed, TableError, Verdicts};
use crate::location::{Estimates, Geography, LatencyTable, Measured};
use crate::questions;
use crate::transfer::Transfers;
use crate::zone::{Changes, FeedError, Position, Store, snapshot_of};
use controlplane_proto::dns::{
    self as proto, Answer, FeedMessage, FeedStatus, HealthCheck, HealthObservation, HealthTable, Peer,
    Question,
};
use controlplane_telemetry::metrics::catalogue::{
    DNS_HEALTH_CHECKS, DNS_PUBLISHED_GENERATION, DNS_RECORD_SETS_REFUSED, DNS_SERVED_GENERATION,
};
use controlplane_types::Runtime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast};

/// Observations in one status; what there is beyond follows in the next.
const MAX_OBSERVATIONS: usize = 2_000;
/// Tables a slow peer may be behind before it loses some; the next full one makes up for them.
const TABLES_WAITING: usize = 64;

/// Who this server is among its like.
#[derive(Clone, Debug)]
pub(crate) struct Itself {
    pub(crate) name: String,
    /// Where it takes health tables; empty: nowhere.
    pub(crate) health_address: String,
    /// Which of Route 53's checker regions it stands for; empty: each of them.
    pub(crate) checker_region: String,
    /// Whether it writes query logs.
    pub(crate) logs_queries: bool,
}

pub(crate) struct Keeper {
    itself: Itself,
    runtime: Arc<dyn Runtime>,
    board: Arc<Board>,
    state: Mutex<State>,
    /// There may be a status to send up.
    pub(crate) news: Notify,
    tables: broadcast::Sender<HealthTable>,
    /// What this server measures; has a lock of its own, since connections write to it.
    estimates: Option<Arc<Estimates>>,
    /// Where other name servers hear of changed zones.
    transfers: Option<Arc<Transfers>>,
}

#[derive(Debug, Default)]
struct State {
    store: Store,
    compiler: Compiler,
    verdicts: Verdicts,
    /// What every worker serves and the disk keeps.
    served: Position,
    served_is_news: bool,
    /// Checks observed since the last status.
    unsent: BTreeSet<String>,
    /// Checks that are probed no more since then.
    unprobed: BTreeSet<String>,
    sequence: u64,
    /// What all servers measured.
    measured: Measured,
}

impl Keeper {
    pub(crate) fn new(
        itself: Itself,
        runtime: Arc<dyn Runtime>,
        board: Arc<Board>,
        geography: Arc<Geography>,
        transfers: Option<Arc<Transfers>>,
    ) -> Self {
        let (verdicts, compiler) = (Verdicts::new(&itself.name), Compiler::new(geography));
        let state = State { verdicts, compiler, ..Default::default() };
        let (tables, _) = broadcast::channel(TABLES_WAITING);
        let (state, news) = (Mutex::new(state), Notify::new());
        // Who stands for no region has nothing to say of how far it is from one.
        let estimates = (!itself.checker_region.is_empty()).then(Arc::default);
        Self { itself, runtime, board, state, news, tables, estimates, transfers }
    }

    /// Where connections note how far clients are, if that is measured.
    pub(crate) fn estimates(&self) -> Option<Arc<Estimates>> {
        self.estimates.clone()
    }

    /// Takes in what all servers measured, and publishes it.
    pub(crate) fn take_latencies(&self, table: &proto::LatencyTable) {
        let now = self.runtime.monotonic();
        let mut measured = Measured::read(table, now);
        let table = measured.table(now);
        let mut state = self.state();
        state.measured = measured;
        self.publish_measured(&mut state, table);
    }

    fn publish_measured(&self, state: &mut State, table: Option<LatencyTable>) {
        state.compiler.set_measured(table);
        self.publish(state, &Changes::default());
    }

    /// Starts from what the disk held.
    pub(crate) fn load(&self, store: Store) {
        let mut state = self.state();
        let zones = store.zones.keys().cloned().collect();
        let changes = Changes { zones, query_logs: true, ..Default::default() };
        state.served = store.position.clone();
        state.store = store;
        self.publish(&mut state, &changes);
    }

    /// Takes a message of the feed and publishes what it leads to. Refused messages change nothing.
    pub(crate) fn apply(&self, message: &FeedMessage) -> Result<(), FeedError> {
        let mut state = self.state();
        let changes = state.store.apply(message.clone())?;
        self.publish(&mut state, &changes);
        Ok(())
    }

    fn publish(&self, state: &mut State, changes: &Changes) {
        let State { store, compiler, verdicts, unsent, unprobed, .. } = state;
        let is_probed =
            |check: &HealthCheck| is_probed(check, &self.itself.checker_region, self.others(store));
        for id in verdicts.set_checks(&store.checks, is_probed) {
            unsent.remove(&id);
            unprobed.insert(id);
        }
        verdicts.set_peers(&store.peers);
        let snapshot = compiler.compile(store, changes, |check| verdicts.is_healthy(check));
        for set in compiler.left_out() {
            tracing::error!(set, "record set left out");
            DNS_RECORD_SETS_REFUSED.counter(&[]).increment(1);
        }
        DNS_PUBLISHED_GENERATION.gauge(&[]).set(snapshot.generation as f64);
        let touched = compiler.take_touched();
        let told = self.transfers.as_ref().map(|transfers| {
            let changed = transfers.changed(touched, &self.board.snapshot(), &snapshot);
            (transfers, changed)
        });
        self.board.publish(snapshot);
        if let Some((transfers, changed)) = told {
            transfers.tell(&changed);
        }
    }

    /// Every worker serves what is held, and the disk keeps it: the next status says so.
    pub(crate) fn acknowledge(&self) {
        let mut state = self.state();
        state.served = state.store.position.clone();
        state.served_is_news = true;
        DNS_SERVED_GENERATION.gauge(&[]).set(state.served.generation as f64);
        drop(state);
        self.news.notify_one();
    }

    /// The generation served by every worker.
    pub(crate) fn served_generation(&self) -> u64 {
        self.state().served.generation
    }

    /// The first status of a subscription: all of it. `from_nothing` asks for a snapshot.
    pub(crate) fn hello(&self, from_nothing: bool) -> FeedStatus {
        let mut state = self.state();
        state.unsent = state.verdicts.own().map(|seen| seen.health_check_id.clone()).collect();
        state.unprobed.clear();
        state.served_is_news = false;
        self.estimates.iter().for_each(|estimates| estimates.begin_again());
        let position = if from_nothing { Position::default() } else { state.served.clone() };
        self.status(&mut state, position)
    }

    /// What is new since the last status, if anything is.
    pub(crate) fn take_status(&self) -> Option<FeedStatus> {
        let mut state = self.state();
        let nothing_else = !state.served_is_news && state.unsent.is_empty() && state.unprobed.is_empty();
        if nothing_else && !self.has_latencies() {
            return None;
        }
        state.served_is_news = false;
        let position = state.served.clone();
        Some(self.status(&mut state, position))
    }

    /// Whether it is time to tell what was measured.
    fn has_latencies(&self) -> bool {
        let now = self.runtime.monotonic();
        self.estimates.as_ref().is_some_and(|estimates| estimates.is_due(now))
    }

    /// With as much of what is unsent as one status holds; for the rest there are news again.
    fn status(&self, state: &mut State, position: Position) -> FeedStatus {
        let mut sent = std::mem::take(&mut state.unsent);
        if let Some(beyond) = sent.iter().nth(MAX_OBSERVATIONS).cloned() {
            state.unsent = sent.split_off(&beyond);
            self.news.notify_one();
        }
        let observations = sent.iter().filter_map(|id| state.verdicts.own_of(id).cloned()).collect();
        let now = self.runtime.monotonic();
        let latencies = self.estimates.as_ref().map(|estimates| estimates.report(now)).unwrap_or_default();
        FeedStatus {
            server: self.itself.name.clone(),
            cluster_id: position.cluster,
            incarnation: position.incarnation,
            generation: position.generation,
            observations,
            health_address: self.itself.health_address.clone(),
            checker_region: self.itself.checker_region.clone(),
            removed_observations: std::mem::take(&mut state.unprobed).into_iter().collect(),
            answer: None,
            logs_queries: self.itself.logs_queries,
            latencies,
            takes_latencies: true,
            takes_node_votes: true,
        }
    }

    /// A status that only answers a question.
    pub(crate) fn say(&self, question: Question) -> FeedStatus {
        let Question { number, about } = question;
        let answer = Answer { number, said: Some(questions::answer(self, about)) };
        FeedStatus { server: self.itself.name.clone(), answer: Some(answer), ..FeedStatus::default() }
    }

    /// What queries are answered from now; with an id only that zone of it, also one that another zone of the same name
    /// keeps from being answered from. `None` if there is no such zone.
    pub(crate) fn seen(&self, zone_id: &str) -> Option<Snapshot> {
        let whole = self.board.snapshot();
        match zone_id {
            "" => Some(Snapshot::clone(&whole)),
            id => self.state().compiler.zone(id).map(|zone| whole.alone(zone)),
        }
    }

    /// Health checks by the number answers know them by.
    pub(crate) fn check_ids(&self) -> BTreeMap<u32, String> {
        self.state().compiler.slots().checks().map(|(slot, check)| (slot, check.to_owned())).collect()
    }

    /// A number nobody else gets.
    pub(crate) fn random(&self) -> u64 {
        self.runtime.random()
    }

    /// A result of this server's own checkers. Peers and control plane hear at once what is new in it; that it was looked
    /// at again is told with the next beat.
    pub(crate) fn observe(&self, observation: HealthObservation) {
        let mut state = self.state();
        let id = observation.health_check_id.clone();
        let vote = vote(&observation);
        let (news, changed) = state.verdicts.observe(observation, self.runtime.monotonic());
        self.write(&mut state, &changed);
        if state.verdicts.own_of(&id).is_some() {
            state.unsent.insert(id);
        }
        if news {
            self.send_table(&mut state, false, vec![vote]);
            drop(state);
            self.news.notify_one();
        }
    }

    /// A peer's table.
    pub(crate) fn receive(&self, table: HealthTable) -> Result<(), TableError> {
        let mut state = self.state();
        if table.server == self.itself.name || !state.store.peers.contains_key(&table.server) {
            return Err(TableError::Stranger);
        }
        let changed = state.verdicts.receive(table, self.runtime.monotonic())?;
        self.write(&mut state, &changed);
        Ok(())
    }

    /// What nodes say of checks of VPCs, as the control plane counts it.
    pub(crate) fn hear_nodes(&self, told: &proto::NodeVotesTable) {
        let mut state = self.state();
        let changed = state.verdicts.hear_nodes(&told.votes, self.runtime.monotonic());
        self.write(&mut state, &changed);
    }

    /// Puts statuses where answers read them.
    fn write(&self, state: &mut State, changed: &Changed) {
        for (id, healthy) in changed {
            tracing::info!(check = id, healthy, "health check changed");
            state.compiler.slots().write(id, *healthy);
        }
    }

    /// Once a second, whatever happened: decide everything, write the whole array, tell every peer everything.
    pub(crate) fn beat(&self) {
        let mut state = self.state();
        let now = self.runtime.monotonic();
        if state.measured.is_due(now) {
            let table = state.measured.table(now);
            self.publish_measured(&mut state, table);
        }
        let changed = state.verdicts.decide_all(now);
        self.write(&mut state, &changed);
        state.compiler.slots().write_all(|check| state.verdicts.is_healthy(check));
        let (healthy, unhealthy) = state.verdicts.counts();
        DNS_HEALTH_CHECKS.gauge(&["true"]).set(healthy as f64);
        DNS_HEALTH_CHECKS.gauge(&["false"]).set(unhealthy as f64);
        if self.tables.receiver_count() > 0 {
            let all = state.verdicts.own().map(vote).collect();
            self.send_table(&mut state, true, all);
        }
        if !state.unsent.is_empty() || self.has_latencies() {
            self.news.notify_one();
        }
    }

    fn send_table(&self, state: &mut State, full: bool, observations: Vec<HealthObservation>) {
        state.sequence = self.runtime.now().as_millis().max(state.sequence + 1);
        let table =
            HealthTable { server: self.itself.name.clone(), sequence: state.sequence, full, observations };
        // Fails only while no peer listens.
        let _ = self.tables.send(table);
    }

    /// Every table from now on.
    pub(crate) fn tables(&self) -> broadcast::Receiver<HealthTable> {
        self.tables.subscribe()
    }

    /// The checks to run.
    pub(crate) fn checks(&self) -> BTreeMap<String, HealthCheck> {
        let state = self.state();
        let runs = |check: &HealthCheck| {
            !check.disabled && is_probed(check, &self.itself.checker_region, self.others(&state.store))
        };
        let checks = state.store.checks.iter().filter(|(_, check)| runs(check));
        checks.map(|(id, check)| (id.clone(), check.clone())).collect()
    }

    /// The DNS servers beside this one.
    fn others<'s>(&self, store: &'s Store) -> impl Iterator<Item = &'s Peer> {
        store.peers.values().filter(|peer| peer.server != self.itself.name)
    }

    /// The other DNS servers: name and address of the health exchange.
    pub(crate) fn peers(&self) -> BTreeMap<String, String> {
        let state = self.state();
        let reachable = self.others(&state.store).filter(|peer| !peer.health_address.is_empty());
        reachable.map(|peer| (peer.server.clone(), peer.health_address.clone())).collect()
    }

    /// The whole store, as the disk keeps it.
    pub(crate) fn to_octets(&self) -> Vec<u8> {
        snapshot_of(&self.state().store)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of an observation counts for peers.
fn vote(seen: &HealthObservation) -> HealthObservation {
    let (healthy, undecided) = (seen.healthy, seen.undecided);
    let health_check_id = seen.health_check_id.clone();
    HealthObservation { health_check_id, healthy, undecided, ..HealthObservation::default() }
}
