//! What a member looks after about once in an election time, while it has company.
//!
//! - The leader ends a change of membership that an earlier leader began, and gives way when its clock is wrong.
//! - A member that hears from no leader, or that has moved, greets the others: it may have been removed while it was
//!   away (those who stay stop talking to it, so it has to ask), and the leader cannot reach it at an old address.
//!
//! A server of its own has nobody to look after, and does not tick.

use super::{Core, Leadership};
use crate::clock;
use crate::transport::Method;
use crate::types::NodeId;
use crate::wire::{Greeting, Welcome};
use controlplane_types::Runtime;
use openraft::async_runtime::WatchReceiver;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// When a leader was last heard, in milliseconds of the monotonic clock.
#[derive(Default)]
pub(super) struct Heard(AtomicU64);

impl Heard {
    pub(super) fn now(&self, runtime: &dyn Runtime) {
        self.0.store(millis(runtime), Ordering::Relaxed);
    }

    pub(super) fn last(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    /// As if a leader had spoken in this moment: a member that has just started gives it time to do so.
    pub(super) fn from_now(runtime: &dyn Runtime) -> Self {
        let heard = Self::default();
        heard.now(runtime);
        heard
    }

    /// How long ago that is.
    pub(super) fn silence(&self, runtime: &dyn Runtime) -> Duration {
        runtime.monotonic().saturating_sub(self.last())
    }

    fn within(&self, runtime: &dyn Runtime, limit: Duration) -> bool {
        let silence = millis(runtime).saturating_sub(self.0.load(Ordering::Relaxed));
        u128::from(silence) < limit.as_millis()
    }
}

fn millis(runtime: &dyn Runtime) -> u64 {
    u64::try_from(runtime.monotonic().as_millis()).unwrap_or(u64::MAX)
}

/// Until the node stops.
pub(super) fn keep(core: &Arc<Core>) {
    let (core, runtime) = (core.clone(), core.links.runtime.clone());
    let task = async move {
        let mut part = core.leadership.clone();
        let stopped = part.wait_for(|part| *part == Leadership::Stopped);
        tokio::select! {
            biased;
            _ = stopped => {}
            () = core.care() => {}
        }
    };
    runtime.spawn("care", Box::pin(task));
}

impl Core {
    async fn care(&self) {
        let mut members = self.roll.watch();
        let mut term = None;
        loop {
            if self.has_nothing_to_do() {
                if members.changed().await.is_err() {
                    return;
                }
                continue;
            }
            self.links.runtime.sleep(self.timing.election_max).await;
            let leads = self.leadership.borrow().leads();
            if leads != std::mem::replace(&mut term, leads) {
                self.links.clocks.clear();
            }
            match leads {
                Some(_) => {
                    self.set_adrift(false);
                    self.look_after_the_cluster().await;
                }
                None => self.look_for_the_cluster().await,
            }
        }
    }

    /// Alone and in its place, not yet added, or removed.
    fn has_nothing_to_do(&self) -> bool {
        let members = self.roll.watch();
        let members = members.borrow();
        let own = members.members.get(&self.links.id);
        members.removed || own.is_none_or(|own| members.members.len() == 1 && own.address == self.address)
    }

    async fn look_after_the_cluster(&self) {
        // Whatever could not be done now is tried again.
        if let Err(error) = self.finish_change().await {
            tracing::debug!(%error, "the membership stays in between for now");
        }
        self.record_address(self.links.id, self.address.clone()).await;
        self.compare_clocks().await;
    }

    pub(super) async fn record_address(&self, id: NodeId, address: String) {
        if let Err(error) = self.set_address(id, address).await {
            tracing::warn!(id, %error, "the member's new address was not recorded");
        }
    }

    async fn look_for_the_cluster(&self) {
        let members = self.roll.watch().borrow().members.clone();
        let moved = members.get(&self.links.id).is_some_and(|own| own.address != self.address);
        let heard = self.heard.within(self.links.runtime.as_ref(), self.timing.election_max);
        self.set_adrift(!heard);
        if heard && !moved {
            return;
        }
        for other in members.keys().filter(|id| **id != self.links.id) {
            let greeting = Greeting { address: self.address.clone() };
            let limit = self.timing.election_min;
            let answer: Result<Welcome, _> = self.links.ask(*other, Method::Greet, &greeting, limit).await;
            let Ok(Welcome { index, members }) = answer else { continue };
            if self.roll.removed(index, &members) {
                tracing::warn!(index, by = other, "this server was removed from the cluster");
                self.raft.runtime_config().elect(false);
                return;
            }
        }
    }

    fn set_adrift(&self, adrift: bool) {
        self.adrift.send_if_modified(|known| std::mem::replace(known, adrift) != adrift);
    }

    /// Answers a member that looks for the cluster.
    pub(super) async fn welcome(&self, from: NodeId, greeting: Greeting) -> Welcome {
        let welcome = self.committed_members();
        let moved = welcome.members.get(&from).is_some_and(|known| *known != greeting.address);
        if moved && self.leadership.borrow().leads().is_some() {
            self.record_address(from, greeting.address).await;
        }
        welcome
    }

    fn committed_members(&self) -> Welcome {
        let metrics = self.raft.server_metrics();
        let metrics = metrics.borrow_watched();
        let committed = &metrics.committed_membership_config;
        Welcome {
            index: committed.log_id().map_or(0, |log_id| log_id.index()),
            members: committed.nodes().map(|(id, node)| (*id, node.addr.clone())).collect(),
        }
    }

    /// A leader whose clock is wrong would stamp every change with it.
    async fn compare_clocks(&self) {
        let voters = self.roll.watch().borrow().voters();
        let mut offsets = self.links.clocks.offsets();
        offsets.retain(|id, _| voters.contains(id));
        offsets.insert(self.links.id, 0);
        let Some(far) = clock::from_median(&offsets) else {
            return;
        };
        let warning = clock::warning(&far, self.timing.clock_limit);
        let own = warning.as_ref().and_then(|warning| warning.offsets.get(&self.links.id).copied());
        self.warning.send_if_modified(|known| std::mem::replace(known, warning.clone()) != warning);
        let Some(own) = own else { return };
        let Some(successor) = self.successor(&far) else {
            tracing::warn!(own, "this leader's clock is wrong, and nobody with a right one can take over");
            return;
        };
        tracing::warn!(own, successor, "this leader's clock is wrong: handing over");
        if let Err(error) = self.transfer(successor).await {
            tracing::warn!(%error, "the hand-over failed");
        }
    }

    /// The reachable voter with a right clock that has most of the log.
    fn successor(&self, from_median: &BTreeMap<NodeId, i64>) -> Option<NodeId> {
        let (reachable, matched) = (self.reachable(), self.matched());
        let right = |offset: i64| u128::from(offset.unsigned_abs()) <= self.timing.clock_limit.as_millis();
        let near = from_median.iter().filter(|(id, offset)| right(**offset) && reachable.contains(id));
        near.map(|(id, _)| *id).filter(|id| *id != self.links.id).max_by_key(|id| matched.get(id).copied())
    }
}
