//! The one door to time, randomness and tasks. Production has one implementation over tokio; the simulator has
//! one over a seeded scheduler with virtual time, so that a whole cluster replays bit for bit from its seed.
//!
//! What else may differ between the two has its own narrow trait beside its user: the Raft transport and the
//! key-value store in `controlplane-raft`, the backend of an agent in `agent`. Code outside the shells that
//! reads a clock, draws a random number or spawns a task in any other way is a defect (`tests/tidy` looks).

use crate::Timestamp;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// A task or answer that is ready later.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Time, randomness and tasks.
pub trait Runtime: Send + Sync + 'static {
    /// Wall-clock time. May jump; never use it to measure.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;

    /// Runs `task` until it ends or the returned handle is aborted. Dropping the handle lets the task run on.
    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle;

    /// Does work that keeps a processor busy for long, without keeping other tasks from running where there are threads.
    fn compute(&self, work: &mut (dyn FnMut() + Send)) {
        work();
    }

    /// A runtime whose tasks never wait behind this one's, for the few that everybody else waits for. `None` where all tasks
    /// take turns on one thread anyway.
    fn apart(&self, name: &'static str) -> Option<Arc<dyn Runtime>> {
        let _ = name;
        None
    }

    /// Fills `buffer` with random bytes fit for ids, tokens and keys.
    fn fill_random(&self, buffer: &mut [u8]);

    /// A random number.
    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_random(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl dyn Runtime {
    /// What `work` gives, or `None` when `limit` passes first.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut late) = (pin!(work), self.sleep(limit));
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => late.as_mut().poll(cx).map(|()| None),
        })
        .await
    }
}

/// A running task.
#[derive(Clone)]
pub struct TaskHandle(Arc<dyn Fn() + Send + Sync>);

impl TaskHandle {
    /// `abort` must stop the task at its next suspension point and do nothing when it has ended.
    pub fn new(abort: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(abort))
    }

    /// Stops the task at its next suspension point.
    pub fn abort(&self) {
        (self.0)();
    }
}
