//! A fair queue between many who ask and one who serves.

use super::backlog::Backlog;
use super::lanes::Ticket;
use super::{Expires, Refused};
use controlplane_types::Runtime;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Something came in, or the last sender went.
    changed: Notify,
}

struct State<T> {
    backlog: Backlog<T>,
    senders: usize,
    received: bool,
}

/// Both ends of a queue; `name` is its label in metrics.
pub(crate) fn channel<T: Expires>(name: &'static str, runtime: Arc<dyn Runtime>) -> (Sender<T>, Intake<T>) {
    let state = State { backlog: Backlog::new(name, runtime), senders: 1, received: true };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Notify::new() });
    (Sender(shared.clone()), Intake(shared))
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where requests go in.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.senders -= 1;
        if state.senders == 0 {
            self.0.changed.notify_one();
        }
    }
}

impl<T: Expires> Sender<T> {
    /// Queues a request; never waits.
    pub(crate) fn send(&self, ticket: &Ticket, item: T) -> Result<(), Refused> {
        let mut state = self.0.state();
        if !state.received {
            return Err(Refused::Stopped);
        }
        state.backlog.push(ticket, item)?;
        drop(state);
        self.0.changed.notify_one();
        Ok(())
    }
}

/// Where requests come out, in fair order.
pub(crate) struct Intake<T: Expires>(Arc<Shared<T>>);

impl<T: Expires> Intake<T> {
    /// The next request; `None` when none can come any more. May be dropped while it waits; nothing is lost by that.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        let mut one = Vec::with_capacity(1);
        self.recv_many(&mut one, 1).await;
        one.pop()
    }

    /// Puts up to `limit` requests into `taken`, as many as there are but at least one; how many. 0 when none can come any
    /// more. May be dropped while it waits; nothing is lost by that.
    pub(crate) async fn recv_many(&mut self, taken: &mut Vec<T>, limit: usize) -> usize {
        let before = taken.len();
        loop {
            let over = self.take(taken, limit);
            if taken.len() > before || over {
                return taken.len() - before;
            }
            self.0.changed.notified().await;
        }
    }

    /// Takes what is there; whether nothing can come any more.
    fn take(&self, taken: &mut Vec<T>, limit: usize) -> bool {
        let mut state = self.0.state();
        for _ in 0..limit {
            let Some(item) = state.backlog.pop() else { break };
            taken.push(item);
        }
        state.senders == 0
    }
}

impl<T: Expires> Drop for Intake<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.received = false;
        // Whoever waits learns that nobody will answer.
        state.backlog.clear();
    }
}
