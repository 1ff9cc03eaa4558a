//! Notices at once when the leader's process ends.
//!
//! Silence takes most of a second to tell from a slow moment. A process that has ended is told by the operating system:
//! its connections break, and the next one is refused. But one follower's word must not cost a healthy leader its
//! place, and openraft's lease (for a while after a word from the leader, vote for nobody else) would refuse the
//! election anyway. So a follower that sees the end *asks the other voters*, and each that sees the same with its own
//! connection says yes and gives up its own lease. Only with a majority of the voters in agreement does the asker stand
//! for election, and it stands as always: asking first (pre-vote), then for votes.
//!
//! The voter with the lowest number stands first, the others a little later each: they stand when the first could not,
//! because its log was too short or it did not see the end.
//!
//! What readers get wrong: this needs no clock and weakens nothing. The lease is an optimisation against needless
//! elections here, reads confirm leadership with a majority (`read`); whether an election is *safe* is decided by
//! votes and logs as ever.

use super::Core;
use crate::transport::{Fate, Method};
use crate::types::{NodeId, Types, Vote};
use crate::wire::{GoneToo, LeaderGone};
use futures::future::join_all;
use openraft::async_runtime::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
use openraft::raft::TransferLeaderRequest;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two candidates' first attempts. More than an election takes on machines near each other.
const STAGGER: Duration = Duration::from_millis(40);

/// So long a member that is asked waits for its own connection to break: news does not reach all at one moment.
const ANSWER_WAIT: Duration = Duration::from_millis(100);

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_millis(250);

/// Before a leader that went out of sight is looked for again, and before a candidate tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// A word from the leader that comes so long after its end was seen was not on its way before: it lives.
const LATE_WORD: Duration = Duration::from_millis(50);

/// The leadership whose end this member has seen.
pub(super) struct Vigil {
    seen: watch::Sender<Option<Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    gone: LeaderGone,
    at: Duration,
}

/// A leadership of someone else.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Led {
    gone: LeaderGone,
    vote: Vote,
}

fn led(metrics: &RaftServerMetrics<Types>, id: NodeId) -> Option<Led> {
    let leader = metrics.current_leader.filter(|leader| *leader != id)?;
    Some(Led { gone: LeaderGone { term: metrics.vote.leader_id.term, leader }, vote: metrics.vote })
}

impl Vigil {
    pub(super) fn new() -> Self {
        Self { seen: watch::Sender::new(None) }
    }

    /// Answers a member that has seen the leader end.
    pub(super) async fn answer(&self, core: &Core, asked: LeaderGone) -> GoneToo {
        let mut seen = self.seen.subscribe();
        let too =
            seen.wait_for(|seen| seen.is_some_and(|seen| seen.gone == asked && core.is_silent_since(seen)));
        let saw = matches!(core.links.runtime.within(ANSWER_WAIT, too).await, Some(Ok(_)));
        let current = core.led().filter(|led| led.gone == asked);
        let (true, Some(led)) = (saw, current) else {
            return GoneToo { yes: false };
        };
        GoneToo { yes: core.give_up_lease(led).await }
    }
}

/// Watches over whoever leads, until the node stops.
pub(super) fn keep(core: &Arc<Core>) {
    let (core, runtime) = (core.clone(), core.links.runtime.clone());
    let task = async move {
        let mut metrics = core.raft.server_metrics();
        loop {
            let led = led(&metrics.borrow_and_update(), core.links.id);
            tokio::select! {
                biased;
                // Anything may have changed; the watch is begun anew only if the leadership has.
                over = core.leadership_after(led) => if !over { return },
                () = core.watch_over(led) => {}
            }
        }
    };
    runtime.spawn("vigil", Box::pin(task));
}

impl Core {
    fn led(&self) -> Option<Led> {
        led(&self.raft.server_metrics().borrow_watched(), self.links.id)
    }

    /// Returns when the leadership is another one than `led`; `false` when the node has stopped.
    async fn leadership_after(&self, led_before: Option<Led>) -> bool {
        let mut metrics = self.raft.server_metrics();
        let mut part = self.leadership.clone();
        loop {
            if led(&metrics.borrow_and_update(), self.links.id) != led_before {
                return true;
            }
            tokio::select! {
                biased;
                changed = metrics.changed() => if changed.is_err() { return false },
                _ = part.wait_for(|part| *part == super::Leadership::Stopped) => return false,
            }
        }
    }

    /// Watches the leader; once it has ended, stands for election again and again.
    async fn watch_over(&self, led: Option<Led>) {
        let Some(led) = led else {
            return std::future::pending().await;
        };
        self.wait_for_the_end(led.gone.leader).await;
        tracing::info!(leader = led.gone.leader, term = led.gone.term, "the leader's process has ended");
        let seen = Seen { gone: led.gone, at: self.links.runtime.monotonic() };
        self.vigil.seen.send_replace(Some(seen));
        while self.is_silent_since(seen) {
            self.stand(led).await;
            self.links.runtime.sleep(PAUSE).await;
        }
        self.vigil.seen.send_replace(None);
    }

    /// Whether nothing speaks against what was seen: a firewall, too, can refuse connections.
    fn is_silent_since(&self, seen: Seen) -> bool {
        self.heard.last() <= seen.at + LATE_WORD
    }

    async fn wait_for_the_end(&self, leader: NodeId) {
        loop {
            let fate = match self.links.peer(leader) {
                Ok(peer) => self.links.transport.watch_peer(&peer).await,
                Err(_) => Fate::OutOfSight,
            };
            if fate == Fate::Ended {
                return;
            }
            self.links.runtime.sleep(PAUSE).await;
        }
    }

    /// Stands for election if it is this member's turn and a majority agrees that the leader is gone.
    async fn stand(&self, led: Led) {
        let mut voters = self.roll.watch().borrow().voters();
        voters.remove(&led.gone.leader);
        let Some(rank) = voters.iter().position(|id| *id == self.links.id) else {
            return;
        };
        self.links.runtime.sleep(STAGGER * u32::try_from(rank).unwrap_or(u32::MAX)).await;
        let agreeing = self.ask_whether_gone(led.gone, &voters).await;
        if self.is_majority(&agreeing) && self.give_up_lease(led).await {
            // An error means that the node has stopped, which the vigil notices by itself.
            let _ = self.raft.trigger().elect(true).await;
        }
    }

    async fn ask_whether_gone(&self, gone: LeaderGone, voters: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        let others = voters.iter().copied().filter(|id| *id != self.links.id);
        let asked = others.map(|id| async move {
            let answer = self.links.ask(id, Method::LeaderGone, &gone, ANSWER_LIMIT).await;
            matches!(answer, Ok(GoneToo { yes: true })).then_some(id)
        });
        join_all(asked).await.into_iter().flatten().chain([self.links.id]).collect()
    }

    /// Whether `agreeing` are a majority of the voters; of the old and the new ones during a change.
    fn is_majority(&self, agreeing: &BTreeSet<NodeId>) -> bool {
        let metrics = self.raft.server_metrics();
        let metrics = metrics.borrow_watched();
        let sets = metrics.membership_config.get_joint_config();
        !sets.is_empty() && sets.iter().all(|set| set.intersection(agreeing).count() > set.len() / 2)
    }

    /// Lets this member vote although it heard from the leader a moment ago: openraft does so when a leader hands over,
    /// and takes it back with the next vote.
    async fn give_up_lease(&self, led: Led) -> bool {
        let handover = TransferLeaderRequest::new(led.vote, led.gone.leader, None);
        matches!(self.raft.handle_transfer_leader(handover).await, Ok(Ok(())))
    }
}
