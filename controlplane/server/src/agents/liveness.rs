//! Which nodes are there. Heartbeats stay in memory; only transitions are written.
//!
//! After an election nothing is known: every node gets the whole grace from the moment this member began to lead. And
//! when a third of a zone seems to vanish at once, the likelier fault is on our side (a switch, this server), so nobody
//! is declared gone until the picture changes.

use super::Agents;
use crate::writer::{Work, WriteError};
use controlplane_raft::Leadership;
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::Node;
use controlplane_services_native::node::{SetNodeCondition, SetNodeConditionInput};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So long nodes may fall silent one after the other and still count as one.
const GATHER: Duration = Duration::from_millis(500);
/// With less, an agent that does everything right may count as gone: it takes five to six seconds of a leader's silence
/// before it looks for another one, up to one to give up on a machine that does not answer, and a new leader counts
/// from its election.
pub const LEAST_GRACE: Duration = Duration::from_secs(8);

/// When each node was last heard of, on the runtime's monotonic clock.
#[derive(Default)]
pub(super) struct Liveness(Mutex<BTreeMap<String, Duration>>);

impl Liveness {
    pub(super) fn seen(&self, node: &str, at: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(node.to_owned(), at);
    }

    /// The session ended; the clock runs from here.
    pub(super) fn gone(&self, node: &str, at: Duration) {
        self.seen(node, at);
    }

    fn last_seen(&self, node: &str) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(node).copied()
    }
}

/// Declares silent nodes not ready while this member leads.
pub(super) async fn watch(agents: Agents) {
    let mut leadership = agents.0.cluster.leadership();
    loop {
        let current = *leadership.borrow_and_update();
        let measuring = async {
            match current {
                Leadership::Leader { .. } => measure(&agents).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = leadership.changed() => if changed.is_err() { return },
            () = measuring => {}
        }
    }
}

/// One leadership, at whose beginning nothing is known.
async fn measure(agents: &Agents) {
    let since = agents.0.runtime.monotonic();
    loop {
        let now = agents.0.runtime.monotonic();
        agents.0.runtime.sleep(until_next_look(agents, since, now)).await;
        let now = agents.0.runtime.monotonic();
        for node in silent(agents, since, now) {
            if let Err(error) = declare(agents, &node).await {
                tracing::warn!(%node, %error, "cannot be declared not ready");
            }
        }
    }
}

/// Nobody can have been silent for the grace any earlier, not even a node that becomes ready meanwhile.
fn until_next_look(agents: &Agents, since: Duration, now: Duration) -> Duration {
    let (view, grace) = (agents.0.replica.applied().view, agents.0.settings.grace);
    let ready = view.all::<Node>().filter(|node| node.is_ready());
    let silences = ready.map(|node| now.saturating_sub(agents.heard(node.key.id(), since)));
    let longest = silences.max().unwrap_or_default();
    // Those who fall silent at one moment are to be seen together, and to be looked at again while nobody believes it.
    grace.saturating_sub(longest) + GATHER
}

/// Ready nodes nothing was heard of for the grace, unless too many of a zone are.
fn silent(agents: &Agents, since: Duration, now: Duration) -> Vec<String> {
    let view = agents.0.replica.applied().view;
    let mut zones: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for node in view.all::<Node>() {
        let (count, silent) = zones.entry(node.zone.to_string()).or_default();
        *count += 1;
        let heard = agents.heard(node.key.id(), since);
        if node.is_ready() && now.saturating_sub(heard) > agents.0.settings.grace {
            silent.push(node.key.id().to_owned());
        }
    }
    let believable = |(count, silent): &(usize, Vec<String>)| silent.len() == 1 || silent.len() * 3 < *count;
    zones.into_values().filter(believable).flat_map(|(_, silent)| silent).collect()
}

impl Agents {
    /// When a node was last heard of; not before `since`, when nothing was known yet.
    fn heard(&self, node: &str, since: Duration) -> Duration {
        self.0.liveness.last_seen(node).map_or(since, |seen| seen.max(since))
    }
}

async fn declare(agents: &Agents, node: &str) -> Result<(), WriteError> {
    let caller = Caller::system(agents.0.settings.region.clone());
    let reason = format!("nothing was heard of its agent for {} s", agents.0.settings.grace.as_secs());
    let input = SetNodeConditionInput { node: node.into(), not_ready: Some(reason) };
    let work =
        Work::new(caller, move |cx| SetNodeCondition::run(&input, cx).map(|output| Box::new(output) as _));
    agents.0.writer.write(work).await.map(|_| ())
}
