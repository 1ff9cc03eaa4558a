//! The one owner of everything that changes: zones, checks, verdicts. Everybody else reads what it publishes.
//!
//! One lock, never touched by a query. Nothing slow happens under it: the disk and the network are the business of
//! the sessions that call in. What others should hear is told by level (a notification, "look again"), so nothing is
//! lost when nobody listens for a while; the next status or table contains it.

use crate::board::Board;
use crate::compile::{Compiler, Snapshot};
use crate::health::verdicts::{TableError, Verdicts};
use crate::location::Geography;
use crate::questions;
use crate::zone::{Changes, FeedError, Position, Store};
use controlplane_proto::dns::{
    Answer, FeedMessage, FeedStatus, HealthCheck, HealthObservation, HealthTable, Question,
};
use controlplane_telemetry::metrics::catalogue::{
    DNS_HEALTH_CHECKS, DNS_PUBLISHED_GENERATION, DNS_RECORD_SETS_REFUSED, DNS_SERVED_GENERATION,
};
use controlplane_types::Runtime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast};

/// Tables a slow peer may be behind before it loses some; the next full one makes up for them.
const TABLES_WAITING: usize = 64;

pub(crate) struct Keeper {
    name: String,
    health_address: String,
    logs_queries: bool,
    runtime: Arc<dyn Runtime>,
    board: Arc<Board>,
    state: Mutex<State>,
    /// There may be a status to send up.
    pub(crate) news: Notify,
    tables: broadcast::Sender<HealthTable>,
}

#[derive(Debug, Default)]
struct State {
    store: Store,
    compiler: Compiler,
    verdicts: Verdicts,
    /// What every worker serves and the disk keeps.
    served: Position,
    served_is_news: bool,
    /// Checks whose own observation changed since the last status.
    unsent: BTreeSet<String>,
    sequence: u64,
}

impl Keeper {
    pub(crate) fn new(
        (name, health_address, logs_queries): (String, String, bool),
        runtime: Arc<dyn Runtime>,
        board: Arc<Board>,
        geography: Arc<Geography>,
    ) -> Self {
        let (verdicts, compiler) = (Verdicts::new(&name), Compiler::new(geography));
        let state = State { verdicts, compiler, ..Default::default() };
        let (tables, _) = broadcast::channel(TABLES_WAITING);
        let (state, news) = (Mutex::new(state), Notify::new());
        Self { name, health_address, logs_queries, runtime, board, state, news, tables }
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
        let changes = state.store.apply(message)?;
        for set in &changes.refused {
            tracing::error!(set, "record set left out");
            DNS_RECORD_SETS_REFUSED.counter(&[]).increment(1);
        }
        self.publish(&mut state, &changes);
        Ok(())
    }

    fn publish(&self, state: &mut State, changes: &Changes) {
        let State { store, compiler, verdicts, .. } = state;
        verdicts.set_checks(&store.checks);
        verdicts.set_peers(&store.peers);
        let snapshot = compiler.compile(store, changes, |check| verdicts.is_healthy(check));
        DNS_PUBLISHED_GENERATION.gauge(&[]).set(snapshot.generation as f64);
        self.board.publish(snapshot);
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
        state.unsent.clear();
        state.served_is_news = false;
        let observations = state.verdicts.own().cloned().collect();
        let position = if from_nothing { Position::default() } else { state.served.clone() };
        self.status(position, observations)
    }

    /// What is new since the last status, if anything is.
    pub(crate) fn take_status(&self) -> Option<FeedStatus> {
        let mut state = self.state();
        if !state.served_is_news && state.unsent.is_empty() {
            return None;
        }
        state.served_is_news = false;
        let unsent = std::mem::take(&mut state.unsent);
        let observations = unsent.iter().filter_map(|id| state.verdicts.own_of(id).cloned()).collect();
        Some(self.status(state.served.clone(), observations))
    }

    fn status(&self, position: Position, observations: Vec<HealthObservation>) -> FeedStatus {
        FeedStatus {
            server: self.name.clone(),
            cluster_id: position.cluster,
            incarnation: position.incarnation,
            generation: position.generation,
            observations,
            health_address: self.health_address.clone(),
            answer: None,
            logs_queries: self.logs_queries,
        }
    }

    /// A status that only answers a question.
    pub(crate) fn say(&self, question: Question) -> FeedStatus {
        let Question { number, about } = question;
        let answer = Answer { number, said: Some(questions::answer(self, about)) };
        FeedStatus { server: self.name.clone(), answer: Some(answer), ..FeedStatus::default() }
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

    /// A result of this server's own checkers.
    pub(crate) fn observe(&self, observation: HealthObservation) {
        let mut state = self.state();
        let id = observation.health_check_id.clone();
        let (before, now) = (state.verdicts.is_healthy(&id), self.runtime.monotonic());
        if !state.verdicts.observe(observation.clone(), now) {
            return;
        }
        self.write(&mut state, &id, before);
        state.unsent.insert(id);
        self.send_table(&mut state, false, vec![observation]);
        drop(state);
        self.news.notify_one();
    }

    /// A peer's table.
    pub(crate) fn receive(&self, table: HealthTable) -> Result<(), TableError> {
        let mut state = self.state();
        if table.server == self.name || !state.store.peers.contains_key(&table.server) {
            return Err(TableError::Stranger);
        }
        let ids: Vec<String> = table.observations.iter().map(|one| one.health_check_id.clone()).collect();
        let before: Vec<bool> = ids.iter().map(|id| state.verdicts.is_healthy(id)).collect();
        state.verdicts.receive(table, self.runtime.monotonic())?;
        ids.iter().zip(before).for_each(|(id, before)| self.write(&mut state, id, before));
        Ok(())
    }

    /// Puts a status where answers read it.
    fn write(&self, state: &mut State, id: &str, before: bool) {
        let healthy = state.verdicts.is_healthy(id);
        if healthy != before {
            tracing::info!(check = id, healthy, "health check changed");
            state.compiler.slots().write(id, healthy);
        }
    }

    /// Once a second, whatever happened: decide everything, write the whole array, tell every peer everything.
    pub(crate) fn beat(&self) {
        let mut state = self.state();
        state.verdicts.decide_all(self.runtime.monotonic());
        state.compiler.slots().write_all(|check| state.verdicts.is_healthy(check));
        let (healthy, unhealthy) = state.verdicts.counts();
        DNS_HEALTH_CHECKS.gauge(&["true"]).set(healthy as f64);
        DNS_HEALTH_CHECKS.gauge(&["false"]).set(unhealthy as f64);
        let all = state.verdicts.own().cloned().collect();
        self.send_table(&mut state, true, all);
    }

    fn send_table(&self, state: &mut State, full: bool, observations: Vec<HealthObservation>) {
        state.sequence = self.runtime.now().as_millis().max(state.sequence + 1);
        let table = HealthTable { server: self.name.clone(), sequence: state.sequence, full, observations };
        // Fails only while no peer listens.
        let _ = self.tables.send(table);
    }

    /// Every table from now on.
    pub(crate) fn tables(&self) -> broadcast::Receiver<HealthTable> {
        self.tables.subscribe()
    }

    /// The checks to run.
    pub(crate) fn checks(&self) -> BTreeMap<String, HealthCheck> {
        self.state().store.checks.clone()
    }

    /// The other DNS servers: name and address of the health exchange.
    pub(crate) fn peers(&self) -> BTreeMap<String, String> {
        let mut peers = self.state().store.peers.clone();
        peers.retain(|server, address| *server != self.name && !address.is_empty());
        peers
    }

    /// The whole store as one message, for the disk.
    pub(crate) fn to_message(&self) -> FeedMessage {
        self.state().store.to_message()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
