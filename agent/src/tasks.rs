//! The tasks of one agent: all end together, in order (`stop`) or at once (`abort`).
//!
//! [`Runtime`] hands out a handle per task and forgets it; here they are kept as long as they run, so that ending an
//! agent in a process with a thousand of them leaves nothing behind, as ending its process would.

use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// Spawns and ends the tasks of one agent.
#[derive(Clone)]
pub(crate) struct Tasks(Arc<Inner>);

struct Inner {
    runtime: Arc<dyn Runtime>,
    stop: watch::Sender<bool>,
    running: Mutex<Running>,
    ended: Notify,
}

#[derive(Default)]
struct Running {
    next: u64,
    handles: BTreeMap<u64, TaskHandle>,
    closed: bool,
}

/// Takes a task off the list, however it ends (even aborted before it first ran).
struct OffTheList(Arc<Inner>, u64);

impl Drop for OffTheList {
    fn drop(&mut self) {
        lock(&self.0.running).handles.remove(&self.1);
        self.0.ended.notify_waiters();
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tasks {
    pub(crate) fn new(runtime: Arc<dyn Runtime>) -> Self {
        let (stop, _) = watch::channel(false);
        Self(Arc::new(Inner { runtime, stop, running: Mutex::default(), ended: Notify::new() }))
    }

    pub(crate) fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.0.runtime
    }

    /// Runs `task` until it ends or the agent is aborted; does nothing after that.
    pub(crate) fn spawn(&self, name: &'static str, task: BoxFuture<()>) {
        // The lock is held over the spawn: a task that ends at once waits for it and finds itself on the list.
        let mut running = lock(&self.0.running);
        if running.closed {
            return;
        }
        let id = running.next;
        running.next += 1;
        let off = OffTheList(self.0.clone(), id);
        let whole = async move {
            let _off = off;
            task.await;
        };
        let handle = self.0.runtime.spawn(name, Box::pin(whole));
        running.handles.insert(id, handle);
    }

    /// Completes once `stop` was called.
    pub(crate) fn stopping(&self) -> BoxFuture<()> {
        let mut stop = self.0.stop.subscribe();
        Box::pin(async move {
            // The sender lives as long as any task does, so this cannot end for another reason.
            let _ = stop.wait_for(|stop| *stop).await;
        })
    }

    /// Asks every task to end.
    pub(crate) fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// Completes when no task runs.
    pub(crate) async fn idle(&self) {
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if lock(&self.0.running).handles.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// Ends every task where it stands and refuses new ones.
    pub(crate) fn abort(&self) {
        let handles = {
            let mut running = lock(&self.0.running);
            running.closed = true;
            std::mem::take(&mut running.handles)
        };
        for handle in handles.into_values() {
            handle.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Virtual;
    use std::time::Duration;
    use tokio::sync::mpsc;

    #[test]
    fn aborting_ends_what_runs_and_refuses_the_rest() {
        let world = Virtual::new(1);
        let tasks = Tasks::new(world.runtime());
        let (alive, mut ended) = mpsc::channel::<()>(1);
        for _ in 0..3 {
            let alive = alive.clone();
            let forever = async move { alive.closed().await };
            tasks.spawn("forever", Box::pin(forever));
        }
        world.block_on(async {
            tasks.runtime().sleep(Duration::from_secs(1)).await;
            tasks.abort();
            tasks.idle().await;
            let late = async move { alive.send(()).await.unwrap() };
            tasks.spawn("late", Box::pin(late));
            assert_eq!(ended.recv().await, None, "all are dropped and nobody spoke");
        });
    }

    #[test]
    fn stopping_reaches_everybody_and_idle_waits_for_the_last() {
        let world = Virtual::new(1);
        let tasks = Tasks::new(world.runtime());
        for seconds in [1, 5] {
            let (stopping, sleep) = (tasks.stopping(), tasks.runtime().sleep(Duration::from_secs(seconds)));
            let task = async move {
                stopping.await;
                sleep.await;
            };
            tasks.spawn("slow", Box::pin(task));
        }
        world.block_on(async {
            tasks.stop();
            tasks.idle().await;
            assert_eq!(tasks.runtime().monotonic(), Duration::from_secs(5));
        });
    }
}
