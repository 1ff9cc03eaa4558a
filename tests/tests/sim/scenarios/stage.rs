//! What every scenario needs: a few servers without machines, clients, and a judgement at the end.

use controlplane_raft::runtime::sim::Random;
use controlplane_raft::{NodeId, Sim};
use controlplane_server::core::Core;
use controlplane_types::Revision;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tests::sim::client::Client;
use tests::sim::invariant::linearizable::{ABSENT, Op, Value};
use tests::sim::manifests;
use tests::sim::region::{self, Region};
use tests::sim::register::{Register, Wish};
use tests::sim::request::Answer;
use tests::sim::server::Setup;
use tests::sim::truth::{self, registers};
use tests::sim::workload::{Working, Workload};
use tokio::sync::oneshot;

/// More attempts than any outage here outlasts.
pub(super) const PATIENT: usize = 100;

pub(super) struct Stage {
    pub(super) region: Region,
    pub(super) workload: Workload,
    pub(super) random: Random,
    pub(super) registers: Vec<Register>,
    client: Client,
    last: AtomicUsize,
}

impl Stage {
    /// Servers that purge their logs early.
    pub(super) async fn new(sim: &Sim, servers: u64) -> Self {
        let mut setup = region::setup(servers);
        setup.timing.entries_per_snapshot = 40;
        setup.timing.entries_kept = 5;
        Self::with(sim, setup).await
    }

    pub(super) async fn with(sim: &Sim, setup: Setup) -> Self {
        let region = Region::with(sim, setup, 0).await;
        region.apply_patiently(&manifests::registers()).await;
        let registers = registers(&region.view());
        let workload = Workload::new(sim, &region.servers, registers.clone());
        let client = region.client("stage");
        let random = Random::new(sim.random());
        Self { region, workload, random, registers, client, last: AtomicUsize::new(0) }
    }

    pub(super) fn core(&self, id: NodeId) -> Core {
        self.region.servers.core(id).expect("the server runs")
    }

    pub(super) fn revision(&self, id: NodeId) -> Revision {
        self.core(id).replica.applied().view.revision()
    }

    /// Waits for a time up to so many milliseconds.
    pub(super) async fn pause_up_to(&mut self, ms: u64) {
        let micros = self.random.below(ms * 1000);
        self.region.sleep(Duration::from_micros(micros)).await;
    }

    /// The next number of a request, which is also a value no register has held.
    fn next(&self) -> usize {
        // Apart from the values of the workload's clients.
        100_000 + self.last.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes a register until that is acknowledged; the value.
    pub(super) async fn write(&self, register: usize) -> Value {
        let value = self.next() as Value;
        self.wish(register, Wish::Write(value)).await;
        value
    }

    /// Empties a register.
    pub(super) async fn empty(&self, register: usize) {
        self.wish(register, Wish::Write(ABSENT)).await;
    }

    pub(super) async fn wish(&self, register: usize, wish: Wish) {
        let number = self.next();
        self.registers[register].act(&self.client, number, wish, &self.workload.history, PATIENT).await;
    }

    /// Many acknowledged writes, one after the other.
    pub(super) async fn write_many(&self, count: usize) {
        for number in 0..count {
            self.write(number % self.registers.len()).await;
        }
    }

    /// Clients of registers that work beside the scenario.
    pub(super) fn busy_clients(&self, count: usize) -> Vec<Working> {
        (0..count).map(|number| self.workload.use_registers(&format!("busy-{number}"))).collect()
    }

    /// A snapshot and an empty log behind it, on server `id`.
    pub(super) async fn compact(&self, id: NodeId) {
        self.core(id).node.snapshot().await.expect("the log runs");
    }

    /// `None` when `work` takes longer than so many seconds.
    pub(super) async fn within<F: Future>(&self, seconds: u64, work: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            result = work => Some(result),
            () = self.region.sleep(Duration::from_secs(seconds)) => None,
        }
    }

    /// Waits until every running server has applied the newest entry.
    pub(super) async fn level(&self) {
        self.write(0).await;
        let level = |region: &Region| {
            let ids = region.servers.running();
            let metrics = ids.iter().filter_map(|id| Some(region.servers.core(*id)?.node.metrics()));
            let metrics: Vec<_> = metrics.collect();
            let newest = metrics.iter().map(|found| found.last_log).max();
            metrics.iter().all(|found| Some(found.applied) == newest)
        };
        self.region.until("all servers have applied everything", 60, level).await;
    }

    /// Heals, lets clients finish, and holds everything to the rules.
    pub(super) async fn judge(&self, working: Vec<Working>) {
        self.region.servers.heal();
        self.region.restart_stopped().await;
        self.region.start_servers(&self.region.servers.down()).await;
        self.workload.stop();
        for end in working {
            end.await.expect("the client ends");
        }
        self.level().await;
        let mut views = Vec::new();
        for id in self.region.servers.ids() {
            self.workload.read_all(id).await;
            views.push((id, self.region.read_at(id).await));
        }
        let mut broken = self.region.broken();
        broken.extend(self.workload.broken(&views));
        broken.extend(self.region.different_servers().await);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        let (operations, _) = self.workload.history.size();
        assert!(operations > 10, "only {operations} operations were judged");
    }

    /// Sends one write of a register to server `slow`, where it waits, and the same elsewhere until it is acknowledged;
    /// what `slow` will answer.
    pub(super) async fn write_twice(&self, register: usize, slow: NodeId) -> oneshot::Receiver<Answer> {
        let number = self.next();
        let wish = Wish::Write(number as Value);
        let request = self.registers[register].request(wish).under(&self.client.invocation(number));
        let held = self.region.servers.knock(slow, request).expect("the server runs");
        self.registers[register].act(&self.client, number, wish, &self.workload.history, PATIENT).await;
        held
    }

    /// Writes `value` again at server `id` and nowhere else, once.
    pub(super) async fn write_at(&self, register: usize, value: Value, id: NodeId) {
        let (history, register) = (&self.workload.history, &self.registers[register]);
        let call = history.call(&register.name(), "a client of one server");
        let answer = self.client.try_at(id, &register.request(Wish::Write(value))).await;
        match answer.is_some_and(|answer| answer.status == 200) {
            true => history.returned(&call, Op::Write(value)),
            false => history.unknown(&call, Op::Write(value)),
        }
    }

    /// A subnet to make interfaces in.
    pub(super) fn subnet(&self) -> String {
        truth::subnet(&self.region.view())
    }
}
