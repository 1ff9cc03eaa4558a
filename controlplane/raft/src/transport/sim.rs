//! A simulated network: every message may be late, lost, doubled or overtaken, as the simulator's seed decides.
//!
//! Requests and replies are two messages with their own fate. A request that arrives runs in a task of the *called*
//! machine, so it dies with that machine. Faults apply to snapshots as a whole, and a lost one is noticed after a
//! while, as keep-alive notices it in production.

use super::{Fate, Inbound, Interrupted, Method, OutgoingChunks, Peer, Transport, TransportError};
use crate::runtime::sim::{Random, Sim, SimRuntime};
use crate::types::NodeId;
use bytes::Bytes;
use controlplane_types::{BoxFuture, Runtime};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How bad the network is.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Each message takes a time from this range; the wider, the more messages overtake each other.
    pub delay: Range<Duration>,
    /// Of a hundred messages, so many are lost.
    pub loss_percent: u8,
    /// Of a hundred requests, so many arrive twice.
    pub doubled_percent: u8,
}

impl Default for Weather {
    fn default() -> Self {
        let delay = Duration::from_micros(200)..Duration::from_millis(3);
        Self { delay, loss_percent: 0, doubled_percent: 0 }
    }
}

/// After this a caller learns that its snapshot was lost.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The network between simulated servers.
#[derive(Clone)]
pub struct SimNetwork {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    random: Random,
    weather: Weather,
    /// Pairs (from, to) between which nothing gets through.
    cut: BTreeSet<(NodeId, NodeId)>,
    servers: BTreeMap<NodeId, Server>,
    /// Pairs (watcher, watched) in which the watcher is told that the other has ended although it has not.
    deceived: BTreeSet<(NodeId, NodeId)>,
    /// Raised when a server comes or goes, and when the cuts change.
    changes: watch::Sender<u64>,
}

#[derive(Clone)]
struct Server {
    runtime: Arc<SimRuntime>,
    inbound: Arc<dyn Inbound>,
}

impl SimNetwork {
    /// A network in fair weather, without servers.
    pub fn new(sim: &Sim) -> Self {
        let shared = Shared {
            random: Random::new(sim.random()),
            weather: Weather::default(),
            cut: BTreeSet::new(),
            servers: BTreeMap::new(),
            deceived: BTreeSet::new(),
            changes: watch::Sender::default(),
        };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Server `id` is reachable from now on; its requests run on `runtime`.
    pub fn attach(&self, id: NodeId, runtime: Arc<SimRuntime>, inbound: Arc<dyn Inbound>) {
        self.lock().servers.insert(id, Server { runtime, inbound });
        self.changed();
    }

    /// Server `id` is gone; calls to it fail at once.
    pub fn detach(&self, id: NodeId) {
        let server = self.lock().servers.remove(&id);
        drop(server);
        self.changed();
    }

    fn changed(&self) {
        let changes = self.lock().changes.clone();
        changes.send_modify(|count| *count += 1);
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        self.lock().weather = weather;
    }

    /// Stops messages from `from` to `to`; the other direction still works.
    pub fn cut_one_way(&self, from: NodeId, to: NodeId) {
        self.lock().cut.insert((from, to));
    }

    /// Separates `island` from everyone else among `all`, both ways.
    pub fn partition(&self, island: &[NodeId], all: &[NodeId]) {
        let mut shared = self.lock();
        for inside in island {
            for outside in all.iter().filter(|id| !island.contains(id)) {
                shared.cut.insert((*inside, *outside));
                shared.cut.insert((*outside, *inside));
            }
        }
    }

    /// Lets `watcher` believe that the process of `watched` has ended, as a firewall that refuses connections would.
    pub fn pretend_gone(&self, watcher: NodeId, watched: NodeId) {
        self.lock().deceived.insert((watcher, watched));
        self.changed();
    }

    /// Joins everything again, and ends every pretence.
    pub fn heal(&self) {
        self.lock().cut.clear();
        self.lock().deceived.clear();
        self.changed();
    }

    /// What server `id` calls through.
    pub fn transport(&self, id: NodeId, runtime: Arc<SimRuntime>) -> Arc<SimTransport> {
        Arc::new(SimTransport { network: self.clone(), from: id, runtime })
    }

    /// The fate of one message: how long it takes, or that it is lost.
    fn fate(&self, from: NodeId, to: NodeId) -> Option<Duration> {
        let mut shared = self.lock();
        let weather = shared.weather.clone();
        let lost = shared.random.chance(weather.loss_percent) || shared.cut.contains(&(from, to));
        let delay = shared.random.duration(&weather.delay);
        (!lost).then_some(delay)
    }

    fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.lock().cut.contains(&(from, to))
    }

    fn is_deceived(&self, watcher: NodeId, watched: NodeId) -> bool {
        self.lock().deceived.contains(&(watcher, watched))
    }

    fn is_doubled(&self) -> bool {
        let mut shared = self.lock();
        let percent = shared.weather.doubled_percent;
        shared.random.chance(percent)
    }

    fn server(&self, id: NodeId) -> Option<Server> {
        self.lock().servers.get(&id).cloned()
    }
}

/// The calling side of one simulated server.
pub struct SimTransport {
    network: SimNetwork,
    from: NodeId,
    runtime: Arc<SimRuntime>,
}

type Work = Box<dyn FnOnce(Arc<dyn Inbound>) -> BoxFuture<Result<Bytes, super::Rejected>> + Send>;

impl SimTransport {
    /// Delivers `work` to `to` and brings the reply back, if both messages arrive.
    fn deliver(&self, to: NodeId, work: Work, on_loss: OnLoss) -> BoxFuture<Result<Bytes, TransportError>> {
        let (network, from, runtime) = (self.network.clone(), self.from, self.runtime.clone());
        Box::pin(async move {
            on_loss.pass(&runtime, network.fate(from, to), to).await?;
            let gone = || TransportError::Unreachable { peer: to, reason: "connection refused".to_owned() };
            let server = network.server(to).ok_or_else(gone)?;
            let (done, result) = oneshot::channel();
            let inbound = server.inbound.clone();
            let task = async move {
                // The caller may have given up.
                let _ = done.send(work(inbound).await);
            };
            server.runtime.spawn("request", Box::pin(task));
            let broken = |_| TransportError::Broken { peer: to, reason: "the server died".to_owned() };
            let reply = result.await.map_err(broken)?;
            on_loss.pass(&runtime, network.fate(to, from), to).await?;
            reply.map_err(|super::Rejected(reason)| TransportError::Rejected { peer: to, reason })
        })
    }

    fn double(&self, to: NodeId, method: Method, body: Bytes) {
        let again = self.deliver(to, Box::new(move |inbound| inbound.call(method, body)), OnLoss::Wait);
        let task = async move {
            let _ = again.await;
        };
        self.runtime.spawn("doubled request", Box::pin(task));
    }
}

/// What becomes of a caller whose request or reply is lost.
#[derive(Clone, Copy)]
enum OnLoss {
    /// It waits until it gives up by itself.
    Wait,
    /// It learns of it after [`KEEP_ALIVE`].
    Notice,
}

impl OnLoss {
    /// Lets a message travel.
    async fn pass(
        self,
        runtime: &Arc<SimRuntime>,
        fate: Option<Duration>,
        peer: NodeId,
    ) -> Result<(), TransportError> {
        match (fate, self) {
            (Some(delay), _) => {
                runtime.sleep(delay).await;
                Ok(())
            }
            (None, Self::Wait) => std::future::pending().await,
            (None, Self::Notice) => {
                runtime.sleep(KEEP_ALIVE).await;
                Err(TransportError::Broken { peer, reason: "keep-alive".to_owned() })
            }
        }
    }
}

impl Transport for SimTransport {
    fn call(&self, peer: &Peer, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, TransportError>> {
        if self.network.is_doubled() {
            self.double(peer.id, method, body.clone());
        }
        self.deliver(peer.id, Box::new(move |inbound| inbound.call(method, body)), OnLoss::Wait)
    }

    fn send_snapshot(
        &self,
        peer: &Peer,
        header: Bytes,
        chunks: OutgoingChunks,
    ) -> BoxFuture<Result<Bytes, TransportError>> {
        let id = peer.id;
        let (network, from, runtime) = (self.network.clone(), self.from, self.runtime.clone());
        let chunks = chunks.then(move |chunk| {
            let (network, runtime) = (network.clone(), runtime.clone());
            async move {
                let delay = network.fate(from, id).ok_or_else(|| Interrupted("keep-alive".to_owned()))?;
                runtime.sleep(delay).await;
                chunk.map_err(|error| Interrupted(error.to_string()))
            }
        });
        let chunks = chunks.boxed();
        self.deliver(id, Box::new(move |inbound| inbound.receive_snapshot(header, chunks)), OnLoss::Notice)
    }
    fn watch_peer(&self, peer: &Peer) -> BoxFuture<Fate> {
        let (network, runtime, from, to) = (self.network.clone(), self.runtime.clone(), self.from, peer.id);
        Box::pin(async move {
            let mut changes = network.lock().changes.subscribe();
            let watched = network.server(to);
            let mut over = false;
            loop {
                changes.borrow_and_update();
                over = over || network.has_ended(watched.as_ref(), to) || network.is_deceived(from, to);
                if over && network.is_open(from, to) {
                    // The news travels like everything else.
                    runtime.sleep(network.delay()).await;
                    if network.is_open(from, to) {
                        return Fate::Ended;
                    }
                }
                let stopped = watched.as_ref().map(|server| server.inbound.ended());
                tokio::select! {
                    biased;
                    changed = changes.changed() => if changed.is_err() { return Fate::OutOfSight },
                    () = stopped.unwrap_or_else(|| Box::pin(std::future::pending())), if !over => over = true,
                }
            }
        })
    }
}

impl SimNetwork {
    /// Both ways: a refusal is an answer.
    fn is_open(&self, one: NodeId, other: NodeId) -> bool {
        !self.is_cut(one, other) && !self.is_cut(other, one)
    }

    fn delay(&self) -> Duration {
        let mut shared = self.lock();
        let range = shared.weather.delay.clone();
        shared.random.duration(&range)
    }

    /// Whether `watched` is no longer who answers as `id`.
    fn has_ended(&self, watched: Option<&Server>, id: NodeId) -> bool {
        match (watched, self.server(id)) {
            (Some(watched), Some(now)) => watched.inbound.boot() != now.inbound.boot(),
            _ => true,
        }
    }
}
