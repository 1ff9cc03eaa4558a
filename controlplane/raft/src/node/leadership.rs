//! Who leads, as one value to watch.

use super::Openraft;
use crate::state::{Progress, StateStore};
use crate::types::{NodeId, Types};
use controlplane_types::Runtime;
use openraft::ServerState;
use openraft::async_runtime::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
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
    // Not the full metrics: those change with every message that comes or goes.
    let (mut metrics, mut progress) = (raft.server_metrics(), state.progress());
    let (sender, receiver) = watch::channel(judge(&metrics.borrow_watched(), *progress.borrow(), id));
    let task = async move {
        loop {
            let now = judge(&metrics.borrow_and_update(), *progress.borrow_and_update(), id);
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

/// A node that stops, for whatever reason, closes its metrics.
fn judge(metrics: &RaftServerMetrics<Types>, progress: Progress, id: NodeId) -> Leadership {
    let term = metrics.vote.leader_id.term;
    if metrics.state == ServerState::Shutdown {
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
