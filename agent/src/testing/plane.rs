//! A control plane for one agent: it knows the desired set, sends it as servers do (full after a hello, deltas after
//! that), acknowledges heartbeats and remembers what it was told.

use super::objects::generation;
use crate::backend::{BackendError, ImageArchive};
use crate::session::{Connect, ConnectError, Link, ServerLink, link};
use controlplane_proto::agent::agent_message::Message as FromAgent;
use controlplane_proto::agent::server_message::Message as ToAgent;
use controlplane_proto::agent::{
    CallChunk, Desired, Generation, HeartbeatAck, Hello, InstanceStatus, Object, ObjectError, Report,
    RoleCredentials, ServerMessage,
};
use controlplane_proto::cluster::Servers;
use controlplane_proto::desired::DesiredSet;
use controlplane_types::{BoxFuture, Runtime};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

#[derive(Clone)]
pub(crate) struct Plane(Arc<Inner>);

struct Inner {
    runtime: Arc<dyn Runtime>,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    unreachable: bool,
    silent: bool,
    set: Option<(Generation, DesiredSet)>,
    outgoing: VecDeque<ServerMessage>,
    told: Told,
    connections: u32,
    hang_up: bool,
    archives: BTreeMap<String, Vec<u8>>,
    learned: Vec<Servers>,
}

/// What the agent told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) hellos: Vec<Hello>,
    pub(crate) reports: Vec<Report>,
    pub(crate) statuses: BTreeMap<String, InstanceStatus>,
    pub(crate) errors: Vec<ObjectError>,
    pub(crate) applied: Option<Generation>,
    pub(crate) heartbeats: Vec<Duration>,
    pub(crate) chunks: Vec<CallChunk>,
    /// Instances whose credentials were asked for.
    pub(crate) credentials: Vec<String>,
}

impl Plane {
    pub(crate) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Inner { runtime, state: Mutex::default(), news: Notify::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Changes the desired set; a connected agent gets the delta.
    pub(crate) fn desire(&self, index: u64, objects: Vec<Object>) {
        let next = DesiredSet::from_objects(objects).unwrap();
        let mut state = self.lock();
        let message = match &state.set {
            None => next.to_full(generation(index)),
            Some((at, base)) => next.to_delta(base, at.clone(), generation(index)),
        };
        state.set = Some((generation(index), next));
        drop(state);
        self.send(ToAgent::Desired(message));
    }

    pub(crate) fn send(&self, message: ToAgent) {
        self.lock().outgoing.push_back(ServerMessage { message: Some(message) });
        self.0.news.notify_one();
    }

    pub(crate) fn send_desired(&self, desired: Desired) {
        self.send(ToAgent::Desired(desired));
    }

    pub(crate) fn set_unreachable(&self, unreachable: bool) {
        let mut state = self.lock();
        state.unreachable = unreachable;
        state.hang_up |= unreachable;
        drop(state);
        self.0.news.notify_one();
    }

    /// A silent control plane keeps the connection and says nothing.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.lock().silent = silent;
    }

    pub(crate) fn add_archive(&self, digest: &str, bytes: &[u8]) {
        self.lock().archives.insert(digest.to_owned(), bytes.to_vec());
    }

    pub(crate) fn told(&self) -> Told {
        self.lock().told.clone()
    }

    /// Where the servers are, each time the agent took it in.
    pub(crate) fn learned(&self) -> Vec<Servers> {
        self.lock().learned.clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        self.lock().connections
    }

    async fn serve(self, mut agent: ServerLink) {
        loop {
            let hang_up = std::mem::take(&mut self.lock().hang_up);
            if hang_up {
                return;
            }
            let waiting: Vec<_> = self.lock().outgoing.drain(..).collect();
            for message in waiting {
                if agent.to_agent.send(message).await.is_err() {
                    return;
                }
            }
            let message = tokio::select! { biased;
                message = agent.from_agent.recv() => message,
                () = self.0.news.notified() => continue,
            };
            let Some(message) = message.and_then(|message| message.message) else {
                return;
            };
            self.hear(message);
        }
    }

    fn hear(&self, message: FromAgent) {
        let now = self.0.runtime.monotonic();
        let mut state = self.lock();
        match message {
            FromAgent::Hello(hello) => {
                state.told.hellos.push(hello);
                state.outgoing.clear();
                if let Some((at, set)) = &state.set {
                    let full = ToAgent::Desired(set.to_full(at.clone()));
                    state.outgoing.push_back(ServerMessage { message: Some(full) });
                }
            }
            FromAgent::Heartbeat(heartbeat) => {
                state.told.heartbeats.push(now);
                let ack = ToAgent::HeartbeatAck(HeartbeatAck { sequence: heartbeat.sequence });
                state.outgoing.push_back(ServerMessage { message: Some(ack) });
            }
            FromAgent::Report(report) => state.told.take_report(report),
            FromAgent::CallChunk(chunk) => state.told.chunks.push(chunk),
            // These machines have no way into VPCs.
            FromAgent::HealthReport(_) => {}
            FromAgent::CredentialsRequest(request) => {
                let given = RoleCredentials {
                    instance_id: request.instance_id.clone(),
                    role: "web".into(),
                    access_key_id: "ASIA1".into(),
                    ..RoleCredentials::default()
                };
                let message = Some(ToAgent::RoleCredentials(given));
                state.outgoing.push_back(ServerMessage { message });
                state.told.credentials.push(request.instance_id);
            }
        }
        if state.silent {
            state.outgoing.clear();
        }
    }
}

impl Told {
    fn take_report(&mut self, report: Report) {
        if report.full {
            self.statuses.clear();
        }
        for status in &report.instances {
            self.statuses.insert(status.id.clone(), status.clone());
        }
        self.errors = report.errors.clone();
        self.applied = report.applied.clone();
        self.reports.push(report);
    }
}

impl Connect for Plane {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let plane = self.clone();
        Box::pin(async move {
            let mut state = plane.lock();
            state.connections += 1;
            if state.unreachable {
                return Err(ConnectError("no route to the control plane".to_owned()));
            }
            state.hang_up = false;
            drop(state);
            let (ours, theirs) = link();
            plane.0.runtime.spawn("plane", Box::pin(plane.clone().serve(theirs)));
            Ok(ours)
        })
    }

    fn learn(&self, servers: &Servers) {
        self.lock().learned.push(servers.clone());
    }

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        let archive = self.lock().archives.get(&digest).cloned();
        Box::pin(async move {
            let bytes = archive.ok_or_else(|| BackendError::Permanent(format!("no archive {digest}")))?;
            let (sender, receiver) = mpsc::channel(64);
            for chunk in bytes.chunks(1024) {
                sender.try_send(Ok(chunk.to_vec())).unwrap();
            }
            Ok(receiver)
        })
    }
}
