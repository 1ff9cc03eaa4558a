//! A machine in memory, for tests and for trying out. It keeps the whole contract of [`Backend`] (the same battery
//! runs on it and on Linux) and can be made to fail in every way the contract allows.
//!
//! [`SimMachine`] is the machine and not the agent: it is cloned into tests and outlives agents, as a real machine
//! outlives their processes. Its [`disk`](SimMachine::disk) survives [`reboot`](SimMachine::reboot); its processes and
//! networks do not.
//!
//! Everything waits through [`Runtime`] and every map is ordered, so a run replays from its seed. A machine is a few
//! kilobytes; thousands fit into a process.

mod console;
mod disk;
mod exec;
mod faults;
mod instances;
mod ports;
mod usage;

pub use disk::SimDisk;
pub use faults::Faults;

use super::{
    Backend, BackendError, Connection, ExecRequest, ExecSession, Footprint, Footprints, ImageArchive,
    InstanceState, Margin, Margins, NetworkState, ObservedInstance, Usage, proto,
};
use crate::desired::Held;
use controlplane_types::{BoxFuture, Runtime};
use dns::health::Way;
use instances::SimInstance;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// What a simulated machine is made of.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Names the machine in boot ids and consoles.
    pub name: String,
    /// What the machine has, and how much of it may be promised.
    pub capacity: proto::Capacity,
    /// How long a start takes.
    pub start_time: Duration,
    /// How long unpacking an image takes.
    pub image_time: Duration,
    /// How long a first process takes to end after SIGTERM.
    pub stop_time: Duration,
}

impl SimConfig {
    /// 64 vCPUs, 256 GiB, and times like those of a Linux machine.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            capacity: proto::Capacity {
                vcpus: 64,
                memory_mib: 256 << 10,
                disk_mib: 1 << 20,
                allocatable: None,
            },
            start_time: Duration::from_millis(50),
            image_time: Duration::from_millis(200),
            stop_time: Duration::from_millis(20),
        }
    }
}

/// A handle on one simulated machine.
#[derive(Clone)]
pub struct SimMachine {
    inner: Arc<Inner>,
}

struct Inner {
    config: SimConfig,
    runtime: Arc<dyn Runtime>,
    state: Mutex<State>,
    /// An instance changed its state.
    changed: Notify,
    disk: SimDisk,
}

#[derive(Default)]
struct State {
    boots: u64,
    powered: bool,
    images: BTreeSet<String>,
    instances: BTreeMap<String, SimInstance>,
    network: NetworkState,
    metadata: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>,
    credentials: BTreeMap<String, proto::RoleCredentials>,
    faults: Faults,
    margins: Margins,
    footprints: Footprints,
}

/// Half of everything is left on a machine that nobody strained.
fn plenty(capacity: &proto::Capacity) -> Margins {
    let half = |total: u64| Margin { available: total / 2, total };
    let bytes = |mebibytes: u64| half(mebibytes << 20);
    Margins {
        memory: bytes(capacity.memory_mib),
        disk: bytes(capacity.disk_mib),
        inodes: half(1 << 20),
        pids: half(1 << 15),
    }
}

impl SimMachine {
    /// A machine that has just booted and holds nothing.
    pub fn new(runtime: Arc<dyn Runtime>, config: SimConfig) -> Self {
        let margins = plenty(&config.capacity);
        let state = Mutex::new(State { boots: 1, powered: true, margins, ..State::default() });
        let inner = Inner { config, runtime, state, changed: Notify::new(), disk: SimDisk::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The disk the agent's ledger lies on.
    pub fn disk(&self) -> SimDisk {
        self.inner.disk.clone()
    }

    /// Cuts the power and turns it on again: processes and networks are gone, images, roots and disk are there.
    /// The agent of the machine dies with it; ending it is the caller's part.
    pub fn reboot(&self) {
        let mut state = self.lock();
        state.boots += 1;
        state.powered = true;
        state.lose_processes();
        drop(state);
        self.inner.changed.notify_one();
    }

    /// Cuts the power. Every call answers with an error until [`SimMachine::reboot`].
    pub fn power_off(&self) {
        let mut state = self.lock();
        state.powered = false;
        state.lose_processes();
    }

    /// Ends an instance's first process: `code` (128 + signal) and `signal` (0 for none) as the kernel would tell
    /// them. `false` when it does not run.
    pub fn end_process(&self, id: &str, code: i32, signal: i32) -> bool {
        let ended = self
            .lock()
            .instances
            .get_mut(id)
            .is_some_and(|it| it.end(InstanceState::Exited { code, signal }));
        self.inner.changed.notify_one();
        ended
    }

    /// Adds to an instance's console, as its first process would.
    pub fn print(&self, id: &str, text: &[u8]) {
        if let Some(instance) = self.lock().instances.get_mut(id) {
            instance.console.print(text);
        }
    }

    /// Changes what goes wrong.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.lock().faults);
    }

    /// The networks in force.
    pub fn network(&self) -> NetworkState {
        self.lock().network.clone()
    }

    /// What an instance could sign with.
    pub fn credentials(&self, instance_id: &str) -> Option<proto::RoleCredentials> {
        self.lock().credentials.get(instance_id).cloned()
    }

    /// What the metadata service would answer.
    pub fn metadata(&self) -> Vec<(proto::Instance, Vec<proto::NetworkInterface>)> {
        self.lock().metadata.clone()
    }

    /// Changes the networks behind the agent's back.
    pub fn drift(&self, change: impl FnOnce(&mut NetworkState)) {
        change(&mut self.lock().network);
    }

    /// Changes what the machine has left.
    pub fn strain(&self, change: impl FnOnce(&mut Margins)) {
        change(&mut self.lock().margins);
    }

    /// Says what an instance takes; others take little.
    pub fn burden(&self, id: &str, footprint: Footprint) {
        self.lock().footprints.insert(id.to_owned(), footprint);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, if the machine is on.
    fn powered(&self) -> Result<MutexGuard<'_, State>, BackendError> {
        let state = self.lock();
        if state.powered { Ok(state) } else { Err(BackendError::Retry("the machine is off".to_owned())) }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.inner.runtime.sleep(duration)
    }

    fn note_change(&self) {
        self.inner.changed.notify_one();
    }
}

impl State {
    fn lose_processes(&mut self) {
        for instance in self.instances.values_mut() {
            instance.end(InstanceState::Stopped);
            instance.lose_exit();
        }
        self.network = NetworkState::default();
        self.metadata.clear();
        self.credentials.clear();
    }
}

impl Backend for SimMachine {
    fn boot_id(&self) -> String {
        format!("{}-boot-{}", self.inner.config.name, self.lock().boots)
    }

    fn capacity(&self) -> proto::Capacity {
        self.inner.config.capacity
    }

    fn apply_network(&self, state: NetworkState) -> BoxFuture<Vec<(proto::ObjectKey, BackendError)>> {
        let machine = self.clone();
        Box::pin(async move { machine.make_network(state) })
    }

    fn images(&self) -> BoxFuture<Result<Vec<String>, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { Ok(machine.powered()?.images.iter().cloned().collect()) })
    }

    fn partial_images(&self) -> BoxFuture<Result<Vec<String>, BackendError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn add_image(
        &self,
        image: proto::Image,
        archive: Option<ImageArchive>,
    ) -> BoxFuture<Result<(), BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.unpack(image, archive).await })
    }

    fn remove_image(&self, digest: String) -> BoxFuture<Result<(), BackendError>> {
        let machine = self.clone();
        Box::pin(async move {
            machine.powered()?.images.remove(&digest);
            Ok(())
        })
    }

    fn instances(&self) -> BoxFuture<Result<Vec<ObservedInstance>, BackendError>> {
        let machine = self.clone();
        Box::pin(async move {
            let state = machine.powered()?;
            match &state.faults.blind {
                Some(error) => Err(error.clone()),
                None => Ok(state.instances.iter().map(|(id, it)| it.observe(id)).collect()),
            }
        })
    }

    fn start(&self, instance: proto::Instance, image: proto::Image) -> BoxFuture<Result<(), BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.start_instance(instance, image).await })
    }

    fn stop(&self, id: String, grace_ms: u64) -> BoxFuture<Result<(), BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.stop_instance(&id, Duration::from_millis(grace_ms)).await })
    }

    fn remove(&self, id: String) -> BoxFuture<Result<(), BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.remove_instance(&id) })
    }

    fn set_metadata(&self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) -> BoxFuture<()> {
        let machine = self.clone();
        Box::pin(async move { machine.lock().metadata = instances })
    }

    /// Nobody asks in here.
    fn set_names(&self, _: Arc<Held>) {}

    /// There are no networks in here: nothing is probed, and nothing said of checks.
    fn way(&self) -> Option<Arc<dyn Way>> {
        None
    }

    fn set_credentials(&self, credentials: proto::RoleCredentials) {
        self.lock().credentials.insert(credentials.instance_id.clone(), credentials);
    }

    fn console(
        &self,
        id: String,
        tail_bytes: u32,
        follow: bool,
    ) -> BoxFuture<Result<mpsc::Receiver<Vec<u8>>, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.read_console(id, tail_bytes, follow) })
    }

    fn exec(&self, id: String, request: ExecRequest) -> BoxFuture<Result<ExecSession, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.run_command(&id, request) })
    }

    fn connect(&self, id: String, port: u16) -> BoxFuture<Result<Connection, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.connect_to(&id, port) })
    }

    fn usage(&self) -> BoxFuture<Result<Usage, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { machine.read_counters() })
    }

    fn margins(&self) -> BoxFuture<Result<Margins, BackendError>> {
        let machine = self.clone();
        Box::pin(async move { Ok(machine.powered()?.margins) })
    }

    fn footprints(&self) -> BoxFuture<Result<Footprints, BackendError>> {
        const LITTLE: Footprint = Footprint { memory_bytes: 1 << 20, pids: 1, disk_bytes: 1 << 12 };
        let machine = self.clone();
        Box::pin(async move {
            let state = machine.powered()?;
            let taken = |id: &String| state.footprints.get(id).copied().unwrap_or(LITTLE);
            Ok(state.instances.keys().map(|id| (id.clone(), taken(id))).collect())
        })
    }

    fn changed(&self) -> BoxFuture<()> {
        let machine = self.clone();
        Box::pin(async move { machine.inner.changed.notified().await })
    }
}

#[cfg(test)]
mod tests;
