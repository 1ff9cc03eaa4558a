//! openraft's clock, kept running only while it has something to measure.
//!
//! openraft looks at all its timers every fifth of a heartbeat, on every member, whatever its part: an idle region would
//! wake up a hundred and fifty times a second for nothing. What the clock is for is known here, so it stands still
//!
//! - on a leader. It only has heartbeats to send, and those are sent from here, at their interval; a leader that is its
//!   cluster's only server has nobody to send them to.
//! - on a follower that had a word of its leader a moment ago. It cannot stand for election before
//!   [`Timing::election_min`](crate::Timing) of silence, so for most of that time there is nothing to look at.
//!
//! Whoever is in doubt ticks: a candidate, a member without a leader, a follower of a leader that is silent.
//!
//! A follower whose leader has been silent for [`Timing::election_min`](crate::Timing) stands for election, the voter with
//! the lowest number first and the others a little later each. Raft draws these times at random so that two that stand at
//! once do not do so for ever; but each such coincidence costs another draw, half a second in which nobody leads. Numbers
//! do not coincide. openraft's own draw begins when the last of them has had his turn, and is for whatever they could not
//! settle.
//!
//! What readers get wrong: a message that *came* is not yet a word of the leader. One that was deposed, cut off in one
//! direction, goes on sending to members that refuse what it says; only what was accepted counts.

use super::{Core, Openraft};
use crate::types::{NodeId, Types};
use openraft::ServerState;
use openraft::async_runtime::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
use std::sync::Arc;
use std::time::Duration;

/// What a member has to do by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It leads nobody but itself.
    Alone,
    /// It leads others.
    Leads,
    /// Another one leads.
    Follows,
    /// None of these, for now.
    Unsettled,
}

fn part(metrics: &RaftServerMetrics<Types>, id: NodeId) -> Part {
    let alone = || metrics.membership_config.membership().nodes().all(|(node, _)| *node == id);
    match (metrics.state, metrics.current_leader) {
        (ServerState::Leader, _) if alone() => Part::Alone,
        (ServerState::Leader, _) => Part::Leads,
        (ServerState::Follower | ServerState::Learner, Some(leader)) if leader != id => Part::Follows,
        _ => Part::Unsettled,
    }
}

/// Until the node stops.
pub(super) fn keep(core: &Arc<Core>) {
    let (core, runtime) = (core.clone(), core.links.runtime.clone());
    let task = async move {
        let mut metrics = core.raft.server_metrics();
        loop {
            let part = part(&metrics.borrow_and_update(), core.links.id);
            tokio::select! {
                biased;
                changed = metrics.changed() => if changed.is_err() { return },
                () = core.beat(part) => {}
            }
        }
    };
    runtime.spawn("pulse", Box::pin(task));
}

impl Core {
    /// Lets the clock run or stand, does what is due, and returns when it is time to look again.
    async fn beat(&self, part: Part) {
        match part {
            Part::Alone => {
                tick(&self.raft, false);
                std::future::pending().await
            }
            Part::Leads => {
                tick(&self.raft, false);
                // An error means that the node has stopped, which shows in its metrics.
                let _ = self.raft.trigger().heartbeat().await;
                self.links.runtime.sleep(self.timing.heartbeat).await;
            }
            Part::Follows => self.follow().await,
            Part::Unsettled => {
                tick(&self.raft, true);
                std::future::pending().await
            }
        }
    }

    async fn follow(&self) {
        let runtime = self.links.runtime.as_ref();
        let silence = || self.accepted.silence(runtime);
        let left = self.quiet().saturating_sub(silence());
        tick(&self.raft, left.is_zero());
        if !left.is_zero() {
            return runtime.sleep(left).await;
        }
        // A learner never has one. It looks again, so that the clock stands when the leader is back.
        let Some(turn) = self.turn() else {
            return runtime.sleep(self.timing.heartbeat).await;
        };
        runtime.sleep(turn.saturating_sub(silence())).await;
        // A leader that was heard again meanwhile is as good as ever.
        if silence() >= turn {
            // An error means that the node has stopped, which shows in its metrics.
            let _ = self.raft.trigger().elect(true).await;
            runtime.sleep(self.timing.election_max).await;
        }
    }

    /// After how much silence this voter stands for election.
    fn turn(&self) -> Option<Duration> {
        let mut voters = self.roll.watch().borrow().voters();
        if let Some(leader) = self.raft.server_metrics().borrow_watched().current_leader {
            voters.remove(&leader);
        }
        let rank = voters.iter().position(|id| *id == self.links.id)?;
        Some(self.timing.turn(rank))
    }

    /// So long after its leader's last word, a follower has nothing to look at.
    fn quiet(&self) -> Duration {
        self.timing.election_min * 3 / 4
    }
}

fn tick(raft: &Openraft, on: bool) {
    raft.runtime_config().tick(on);
}
