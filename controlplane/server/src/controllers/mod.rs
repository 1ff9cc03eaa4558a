//! Runs the services' controllers on the leader: hints and timers wake keys, keys are planned, intents go through the
//! writer like anybody's requests.
//!
//! One round at a time: plan every woken key on the applied view, hand all intents over, wait for their outcomes. A
//! controller so never plans on a view that lacks its own last writes, and two rounds cannot do the same thing twice.

use crate::clock::Clock;
use crate::replica::{Followed, Follower, Replica};
use crate::writer::{Work, WriteError, Writer};
use controlplane_raft::{Leadership, RaftNode};
use controlplane_services_kernel::operation::BoundOperation;
use controlplane_services_kernel::{ControllerEntry, Intent, Service, View};
use controlplane_telemetry::metrics::catalogue::{CONTROLLER_INTENTS, CONTROLLER_PLANS};
use controlplane_telemetry::trace;
use controlplane_types::{Key, Runtime, Timestamp};
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A settled region must survive this without a write; a test says so.
const FULL_SWEEP: Duration = Duration::from_secs(600);
/// First wait after an intent failed; doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// A key of one controller, by the controller's place in the list.
type Item = (usize, Key);

/// Starts the controllers of `services`; they work while this member leads.
pub(crate) fn start(
    services: &'static [&'static Service],
    node: &RaftNode,
    replica: Replica,
    writer: Writer,
    clock: Clock,
    runtime: &Arc<dyn Runtime>,
) {
    let controllers: Vec<&'static ControllerEntry> =
        services.iter().flat_map(|service| service.controllers.iter()).collect();
    let leadership = node.leadership();
    let task = Controllers { controllers, replica, writer, clock, runtime: runtime.clone() };
    runtime.spawn("controllers", Box::pin(task.run(leadership)));
}

struct Controllers {
    controllers: Vec<&'static ControllerEntry>,
    replica: Replica,
    writer: Writer,
    clock: Clock,
    runtime: Arc<dyn Runtime>,
}

/// What one leadership knows about keys to look at.
#[derive(Default)]
struct Agenda {
    /// To be looked at now.
    woken: BTreeSet<Item>,
    /// To be looked at later, one time per key.
    timers: BTreeMap<Item, Timestamp>,
    /// Waits after failures.
    retries: BTreeMap<Item, Duration>,
}

impl Controllers {
    async fn run(self, mut leadership: watch::Receiver<Leadership>) {
        loop {
            let current = *leadership.borrow_and_update();
            match current {
                Leadership::Leader { ready_index, .. } => {
                    if self.replica.wait_index(ready_index).await.is_none() {
                        return;
                    }
                    tokio::select! {
                        biased;
                        changed = leadership.changed() => if changed.is_err() { return },
                        () = self.lead() => return,
                    }
                }
                Leadership::Stopped => return,
                _ => {
                    if leadership.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// The time by which keys are planned: never before that of the records.
    fn now(&self) -> Timestamp {
        self.clock.after(self.replica.applied().now)
    }

    /// One leadership; ends only when the server stops.
    async fn lead(&self) {
        let mut commits = self.replica.follow();
        let mut agenda = Agenda::default();
        self.sweep(&mut agenda);
        let mut next_sweep = self.now() + FULL_SWEEP;
        loop {
            if !self.listen(&mut commits, &mut agenda, next_sweep).await {
                return;
            }
            if self.now() >= next_sweep {
                self.sweep(&mut agenda);
                next_sweep = self.now() + FULL_SWEEP;
            }
            self.round(&mut agenda).await;
        }
    }

    /// Waits until there is something to look at, taking in every hint on the way.
    async fn listen(&self, commits: &mut Follower, agenda: &mut Agenda, next_sweep: Timestamp) -> bool {
        while let Some(followed) = commits.try_next() {
            if !self.hint(followed, agenda) {
                return false;
            }
        }
        let now = self.now();
        agenda.expire(now);
        if !agenda.woken.is_empty() {
            return true;
        }
        let wake = agenda.timers.values().copied().min().unwrap_or(next_sweep).min(next_sweep);
        tokio::select! {
            biased;
            followed = commits.next() => self.hint(followed, agenda),
            () = self.runtime.sleep(wake.since(now)) => {
                agenda.expire(self.now());
                true
            }
        }
    }

    fn hint(&self, followed: Followed, agenda: &mut Agenda) -> bool {
        match followed {
            Followed::Commit(commit) => {
                for (place, controller) in self.controllers.iter().enumerate() {
                    let before = commit.keys().flat_map(|key| (controller.concerned)(&commit.before, key));
                    let after = commit.keys().flat_map(|key| (controller.concerned)(&commit.after, key));
                    agenda.woken.extend(before.chain(after).map(|key| (place, key)));
                }
                true
            }
            Followed::Resync => {
                self.sweep(agenda);
                true
            }
            Followed::Closed => false,
        }
    }

    fn sweep(&self, agenda: &mut Agenda) {
        let view = self.replica.applied().view;
        for (place, controller) in self.controllers.iter().enumerate() {
            agenda.woken.extend((controller.sweep)(&view).into_iter().map(|key| (place, key)));
        }
    }

    async fn round(&self, agenda: &mut Agenda) {
        let view = self.replica.applied().view;
        let now = self.now();
        let mut running = Vec::new();
        for item in std::mem::take(&mut agenda.woken) {
            let plan = (self.controllers[item.0].plan)(&view, &item.1, now);
            CONTROLLER_PLANS.counter(&[self.controllers[item.0].name]).increment(1);
            agenda.timers.remove(&item);
            if let Some(wake) = plan.next_wake {
                agenda.timers.insert(item.clone(), wake);
            }
            running.extend(plan.intents.into_iter().map(|intent| self.carry_out(item.clone(), intent)));
        }
        let revisions = join_all(running).await;
        let newest = revisions.iter().filter_map(|(_, result)| result.as_ref().ok()).max().copied();
        for (item, result) in revisions {
            agenda.settle(item, result.is_ok(), self.now());
        }
        if let Some(revision) = newest {
            self.replica.wait_revision(revision).await;
        }
    }

    async fn carry_out(&self, item: Item, intent: Intent) -> (Item, Result<u64, ()>) {
        let name = self.controllers[item.0].name;
        let Intent { caller, operation, relies_on } = intent;
        let described = format!("{operation:?}");
        let ground =
            move |view: &View| relies_on.iter().all(|(key, revision)| view.revision_of(key) == *revision);
        let work = Work {
            caller,
            run: Box::new(move |cx| BoundOperation::run(operation.as_ref(), cx)),
            holds: Some(Box::new(ground)),
        };
        let span = self.writer.causes().span_of(&item.1, name);
        let outcome = trace::scope(span.context(), self.writer.write(work)).await;
        let told = match &outcome {
            Ok(_) => "done",
            Err(WriteError::Moved) => "moved",
            Err(_) => "failed",
        };
        CONTROLLER_INTENTS.counter(&[name, told]).increment(1);
        match outcome {
            Ok(done) => {
                tracing::debug!(controller = name, key = %item.1, operation = %described, "done");
                (item, Ok(done.revision))
            }
            // What moved the ground also woke the key.
            Err(WriteError::Moved) => (item, Ok(0)),
            Err(error) => {
                tracing::warn!(controller = name, key = %item.1, operation = %described, %error, "will be tried again");
                (item, Err(()))
            }
        }
    }
}

impl Agenda {
    fn expire(&mut self, now: Timestamp) {
        let due: Vec<Item> =
            self.timers.iter().filter(|(_, time)| **time <= now).map(|(item, _)| item.clone()).collect();
        for item in due {
            self.timers.remove(&item);
            self.woken.insert(item);
        }
    }

    /// Forgets the wait of a key that went well; a failed one is looked at again after twice its last wait.
    fn settle(&mut self, item: Item, went_well: bool, now: Timestamp) {
        if went_well {
            self.retries.remove(&item);
            return;
        }
        let wait = self.retries.get(&item).map_or(RETRY_MIN, |wait| (*wait * 2).min(RETRY_MAX));
        self.retries.insert(item.clone(), wait);
        let time = self.timers.get(&item).map_or(now + wait, |time| (*time).min(now + wait));
        self.timers.insert(item, time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_types::Scope;

    fn item() -> Item {
        (0, Key::new(&"1".into(), &Scope::Global, "thing", "a"))
    }

    #[test]
    fn waits_after_failures_double_up_to_a_bound() {
        let mut agenda = Agenda::default();
        let mut now = Timestamp::from_millis(0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            agenda.settle(item(), false, now);
            let wake = agenda.timers[&item()];
            waits.push(wake.since(now));
            now = wake;
            agenda.expire(now);
            assert!(agenda.woken.remove(&item()));
        }
        assert_eq!((waits[0], waits[1]), (RETRY_MIN, RETRY_MIN * 2));
        assert_eq!(waits.last(), Some(&RETRY_MAX));
        agenda.settle(item(), true, now);
        assert!(agenda.retries.is_empty());
    }

    #[test]
    fn an_earlier_timer_is_kept() {
        let mut agenda = Agenda::default();
        agenda.timers.insert(item(), Timestamp::from_millis(10));
        agenda.settle(item(), false, Timestamp::from_millis(0));
        assert_eq!(agenda.timers[&item()], Timestamp::from_millis(10));
    }
}
