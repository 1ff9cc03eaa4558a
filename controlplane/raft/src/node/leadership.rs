//! Who leads, as one value to watch.

use super::Openraft;
use crate::state::{Progress, StateStore};
use crate::types::{NodeId, Types};
use controlplane_types::Runtime;
use openraft::async_runtime::WatchReceiver;
use openraft::{RaftMetrics, ServerState};
use std::sync::Arc;
use tokio::sync::watch;

/// This member's part right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leadership {
    /// It leads, and has applied everything earlier leaderships acknowledged: the applied state may be decided on.
    Leader {
        /// Names the leadership.
        term: u64,
        /// The first entry of this leadership.
        ready_index: u64,
    },
    /// It was elected but has not applied its own first entry: entries of earlier leaderships may still be missing
    /// from its state.
    Settling {
        /// Names the leadership.
        term: u64,
    },
    /// It follows, or stands for election.
    Follower {
        /// The newest term it knows.
        term: u64,
        /// Who leads, if it knows.
        leader: Option<NodeId>,
    },
    /// It takes no part any more.
    Stopped,
}

impl Leadership {
    /// The term, if this member leads and is ready.
    pub fn leads(self) -> Option<u64> {
        match self {
            Self::Leader { term, .. } => Some(term),
            _ => None,
        }
    }
}

/// Keeps the returned watch up to date.
pub(super) fn watch(
    raft: &Openraft,
    id: NodeId,
    state: Arc<StateStore>,
    runtime: &Arc<dyn Runtime>,
) -> watch::Receiver<Leadership> {
    let (mut metrics, mut progress) = (raft.metrics(), state.progress());
    let raft = raft.clone();
    let (sender, receiver) = watch::channel(judge(&metrics.borrow_watched(), *progress.borrow(), id));
    let task = async move {
        loop {
            let now = {
                let metrics = metrics.borrow_and_update();
                raft.runtime_config().tick(!leads_nobody(&metrics, id));
                judge(&metrics, *progress.borrow_and_update(), id)
            };
            sender.send_if_modified(|leadership| std::mem::replace(leadership, now) != now);
            let closed = tokio::select! {
                biased;
                changed = metrics.changed() => changed.is_err(),
                changed = progress.changed() => changed.is_err(),
            };
            if closed || now == Leadership::Stopped {
                break;
            }
        }
        sender.send_replace(Leadership::Stopped);
        state.stop();
    };
    runtime.spawn("leadership", Box::pin(task));
    receiver
}

/// A leader that is its cluster's only server: nobody to send heartbeats to, nobody else to elect. openraft's clock would
/// wake an idle machine ten times a second for nothing.
fn leads_nobody(metrics: &RaftMetrics<Types>, id: NodeId) -> bool {
    let membership = metrics.membership_config.membership();
    metrics.state == ServerState::Leader && membership.nodes().all(|(node, _)| *node == id)
}

fn judge(metrics: &RaftMetrics<Types>, progress: Progress, id: NodeId) -> Leadership {
    let term = metrics.current_term;
    if metrics.running_state.is_err() || metrics.state == ServerState::Shutdown {
        return Leadership::Stopped;
    }
    if metrics.state != ServerState::Leader {
        return Leadership::Follower { term, leader: metrics.current_leader.filter(|leader| *leader != id) };
    }
    match progress.term_start {
        Some((started, ready_index)) if started == term => Leadership::Leader { term, ready_index },
        _ => Leadership::Settling { term },
    }
}
