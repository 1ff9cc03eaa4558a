//! Production: tokio's timers and tasks, the operating system's randomness.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// [`Runtime`] over a tokio runtime.
pub struct TokioRuntime {
    handle: Handle,
    /// Where the tokio runtime has a thread of its own: dropped with the last user, which ends the thread.
    _thread: Option<oneshot::Sender<Never>>,
}

/// Nobody sends one.
enum Never {}

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
        Arc::new(Self { handle, _thread: None })
    }

    /// Tasks go to a thread that is started for them and ends when the last of them and of the runtime's users is gone.
    ///
    /// # Panics
    /// When the operating system has no thread to give, as [`thread::spawn`] does.
    fn on_thread(name: &str) -> Arc<Self> {
        let tokio =
            Builder::new_current_thread().enable_all().build().expect("the operating system gives timers");
        let handle = tokio.handle().clone();
        let (keep, gone) = oneshot::channel::<Never>();
        let run = move || {
            // Only ever an error: the other side is gone.
            let _ = tokio.block_on(gone);
        };
        thread::Builder::new().name(name.to_owned()).spawn(run).expect("the operating system gives a thread");
        Arc::new(Self { handle, _thread: Some(keep) })
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

    fn apart(&self, name: &'static str) -> Option<Arc<dyn Runtime>> {
        Some(Self::on_thread(name))
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        fill_random(buffer);
    }
}
