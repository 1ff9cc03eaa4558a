//! The agent's side of the stream: hello, heartbeats, reports, desired sets, calls.
//!
//! Nothing here waits for disk or kernel: a desired set goes to the keeper, a report comes from a watch, a call runs
//! beside. So a heartbeat is late only when the line is.
//!
//! One stream carries everything, but not in one queue. Each time the line has room the most urgent mail goes first
//! (hello, heartbeat, report, health checks, questions, then output of calls), so a `logs -f` that floods the line cannot make the node look
//! dead. Image archives come over a connection of their own.
//!
//! Any word from the server is a sign of life. When there is none for [`Timing::silence`] the session is given up
//! and the next server is tried; the server on its side does the same with heartbeats.
//!
//! A server that does not lead says who does, after waiting for an election that is under way. That is no failure: the
//! agent goes on after [`Timing::redirect`], a few hundredths of a second, so that a new leader hears of its nodes long
//! before it could think that they are gone.

mod calls;
mod conversation;
mod credentials;
mod forward;
mod grpc;
mod link;
mod servers;
mod usage;

pub use grpc::GrpcConnect;
pub(crate) use grpc::chain;
pub use link::{Connect, ConnectError, Link, ServerLink, link};

use crate::backend::Backend;
use crate::causes::Causes;
use crate::desired::keeper::Kept;
use crate::health::Observations;
use crate::lifecycle::Timing;
use crate::report::Observed;
use crate::tasks::Tasks;
use controlplane_proto::agent::{Capacity, Desired, Hello};
use controlplane_proto::cluster::Servers;
use controlplane_telemetry::metrics::catalogue::AGENT_CONNECTED;
use conversation::Conversation;
pub(crate) use credentials::Wanted;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

/// What the session is given.
pub(crate) struct Parts {
    pub(crate) tasks: Tasks,
    pub(crate) timing: Timing,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) connect: Arc<dyn Connect>,
    pub(crate) identity: Identity,
    pub(crate) inbox: mpsc::Sender<Desired>,
    pub(crate) kept: watch::Receiver<Kept>,
    pub(crate) want_full: mpsc::Receiver<()>,
    pub(crate) observed: watch::Receiver<Option<Arc<Observed>>>,
    /// What is seen of health checks.
    pub(crate) seen: Arc<Observations>,
    /// Of what is heard and reported, in traces.
    pub(crate) causes: Causes,
    /// Outlasts a session: what was given is not asked for again because a server went.
    pub(crate) credentials: Wanted,
}

/// Who this node is.
pub(crate) struct Identity {
    pub(crate) node: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) taints: Vec<String>,
    pub(crate) underlay_address: String,
}

/// Why a session ended.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the agent stops")]
    Stopping,
    #[error("the server closed the session")]
    Closed,
    #[error("no sign of life from the server")]
    Silence,
    #[error("the server refused the session: {0}")]
    Refused(String),
    #[error("the server does not lead")]
    NotLeading(Servers),
}

/// Connects, talks, and connects again.
pub(crate) async fn run(mut parts: Parts) {
    let mut attempts = Attempts::default();
    loop {
        let outcome = connect_and_talk(&mut parts).await;
        match &outcome {
            Ok((Ended::Stopping, _)) => return,
            Ok((Ended::NotLeading(servers), _)) => {
                info!(leader = servers.leader, "the server does not lead");
                parts.connect.learn(servers);
            }
            Ok((ended, _)) => warn!(reason = %ended, "session ended"),
            Err(error) => warn!(%error, "no control plane"),
        }
        let runtime = parts.tasks.runtime();
        let pause = runtime.sleep(attempts.pause(&outcome, &parts.timing, runtime.random()));
        tokio::select! { biased;
            () = parts.tasks.stopping() => return,
            () = pause => {}
        }
    }
}

/// How often in a row something went wrong.
#[derive(Default)]
struct Attempts {
    failures: u32,
    redirects: u32,
}

impl Attempts {
    /// What to wait before the next attempt. Being sent on is no failure, but a server that keeps sending the agent to
    /// one that is dead must not be asked a hundred times a second.
    fn pause(
        &mut self,
        outcome: &Result<(Ended, bool), ConnectError>,
        timing: &Timing,
        random: u64,
    ) -> Duration {
        let was_served = matches!(outcome, Ok((_, true)));
        if was_served {
            *self = Self::default();
        }
        match outcome {
            Ok((Ended::NotLeading(_), _)) => {
                self.redirects += 1;
                timing.redirect.delay(self.redirects, random)
            }
            _ => {
                self.failures += 1;
                timing.reconnect.delay(self.failures, random)
            }
        }
    }
}

async fn connect_and_talk(parts: &mut Parts) -> Result<(Ended, bool), ConnectError> {
    let link = tokio::select! { biased;
        () = parts.tasks.stopping() => return Ok((Ended::Stopping, false)),
        link = parts.connect.connect() => link?,
    };
    info!(node = parts.identity.node, "connected to the control plane");
    let Link { to_server, mut from_server } = link;
    let (mut talk, mut output) = Conversation::begin(parts);
    AGENT_CONNECTED.gauge(&[]).set(1.0);
    let ended = talk_until_the_end(parts, &mut talk, &to_server, &mut from_server, &mut output).await;
    AGENT_CONNECTED.gauge(&[]).set(0.0);
    Ok((ended, talk.was_answered()))
}

async fn talk_until_the_end(
    parts: &mut Parts,
    talk: &mut Conversation,
    to_server: &mpsc::Sender<controlplane_proto::agent::AgentMessage>,
    from_server: &mut mpsc::Receiver<controlplane_proto::agent::ServerMessage>,
    output: &mut mpsc::Receiver<controlplane_proto::agent::CallChunk>,
) -> Ended {
    let mut stopping = parts.tasks.stopping();
    loop {
        let now = parts.tasks.runtime().monotonic();
        let tick = parts.tasks.runtime().sleep(talk.next_tick().saturating_sub(now));
        let step = tokio::select! { biased;
            () = &mut stopping => Err(Ended::Stopping),
            () = tick => talk.tick(parts),
            permit = to_server.reserve(), if talk.has_mail() => talk.post(parts, permit.ok()),
            message = from_server.recv() => talk.hear(parts, message),
            Some(()) = parts.want_full.recv() => { talk.want_full(); Ok(()) }
            Ok(()) = parts.observed.changed() => { talk.report_is_due(); Ok(()) }
            () = parts.seen.news() => { talk.seen_is_due(); Ok(()) }
            Some(chunk) = output.recv(), if talk.may_take_output() => { talk.take_output(chunk); Ok(()) }
        };
        if let Err(ended) = step {
            return ended;
        }
    }
}

fn hello(parts: &Parts) -> Hello {
    let kept = parts.kept.borrow();
    let capacity: Capacity = parts.backend.capacity();
    Hello {
        node: parts.identity.node.clone(),
        boot_id: parts.backend.boot_id(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        labels: parts.identity.labels.clone(),
        taints: parts.identity.taints.clone(),
        capacity: Some(capacity),
        generation: kept.held.generation.clone(),
        desired_hash: kept.held.set.hash(),
        underlay_address: parts.identity.underlay_address.clone(),
    }
}

#[cfg(test)]
mod tests;
