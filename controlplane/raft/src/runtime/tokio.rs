//! Production: tokio's timers and tasks, the operating system's randomness.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Handle, RuntimeFlavor};

/// [`Runtime`] over a tokio runtime. It may be used from threads outside tokio too (the server's writer is one).
pub struct TokioRuntime {
    handle: Handle,
}

impl TokioRuntime {
    /// Tasks go to the tokio runtime of the calling thread.
    ///
    /// # Panics
    /// When the calling thread is not inside a tokio runtime.
    pub fn current() -> Arc<Self> {
        Self::new(Handle::current())
    }

    /// Tasks go to the tokio runtime behind `handle`.
    pub fn new(handle: Handle) -> Arc<Self> {
        Arc::new(Self { handle })
    }
}

/// Time since the process first asked.
pub(super) fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Fills `buffer` from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give; nothing safe can be done then.
pub(super) fn fill_random(buffer: &mut [u8]) {
    SystemRandom::new().fill(buffer).expect("the operating system gives random bytes");
}

impl Runtime for TokioRuntime {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let _entered = self.handle.enter();
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        tracing::trace!(name, "spawning a task");
        let abort = self.handle.spawn(task).abort_handle();
        TaskHandle::new(move || abort.abort())
    }

    fn compute(&self, work: &mut (dyn FnMut() + Send)) {
        match self.handle.runtime_flavor() {
            RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
            _ => work(),
        }
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        fill_random(buffer);
    }
}
