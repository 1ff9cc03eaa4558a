//! openraft's `AsyncRuntime`, answered by the current [`Runtime`](controlplane_types::Runtime).
//!
//! Tasks, time and randomness go through the current runtime. Channels and locks are tokio's: they need no
//! tokio runtime and, within one thread, wake in an order that depends on nothing but the program.

use super::ambient;
use controlplane_types::BoxFuture;
use openraft::AsyncRuntime;
use openraft::async_runtime::Instant;
use openraft_rt_tokio::TokioRuntime as Channels;
use rand_core::TryRng;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// See the module's page.
#[derive(Debug)]
pub(crate) struct AmbientRuntime;

impl AsyncRuntime for AmbientRuntime {
    type JoinError = TaskEnded;
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;
    type Sleep = BoxFuture<()>;
    type Instant = AmbientInstant;
    type TimeoutError = Elapsed;
    type Timeout<R, T: Future<Output = R> + Send> = Timeout<T>;
    type ThreadLocalRng = AmbientRng;
    type Mpsc = <Channels as AsyncRuntime>::Mpsc;
    type Watch = <Channels as AsyncRuntime>::Watch;
    type Oneshot = <Channels as AsyncRuntime>::Oneshot;
    type Mutex<T: Send + 'static> = <Channels as AsyncRuntime>::Mutex<T>;

    fn spawn<T>(future: T) -> JoinHandle<T::Output>
    where
        T: Future + Send + 'static,
        T::Output: Send + 'static,
    {
        let (done, result) = oneshot::channel();
        let task = async move {
            // Nobody waits for most tasks; their results are dropped here.
            let _ = done.send(future.await);
        };
        ambient::current().spawn("openraft", Box::pin(task));
        JoinHandle(result)
    }

    fn sleep(duration: Duration) -> BoxFuture<()> {
        ambient::current().sleep(duration)
    }

    fn sleep_until(deadline: AmbientInstant) -> BoxFuture<()> {
        Self::sleep(deadline.saturating_duration_since(AmbientInstant::now()))
    }

    fn timeout<R, F: Future<Output = R> + Send>(duration: Duration, future: F) -> Timeout<F> {
        Timeout { future: Box::pin(future), sleep: Self::sleep(duration) }
    }

    fn timeout_at<R, F: Future<Output = R> + Send>(deadline: AmbientInstant, future: F) -> Timeout<F> {
        Timeout { future: Box::pin(future), sleep: Self::sleep_until(deadline) }
    }

    fn is_panic(_: &TaskEnded) -> bool {
        // An aborted task and one that panicked look the same from here; openraft asks only for its log line.
        false
    }

    fn thread_rng() -> AmbientRng {
        AmbientRng
    }

    fn new(_threads: usize) -> Self {
        Self
    }

    fn block_on<F, T>(&mut self, future: F) -> T
    where
        F: Future<Output = T>,
    {
        futures::executor::block_on(future)
    }
}

/// The task ended without a result: it was aborted or it panicked.
#[derive(Debug, thiserror::Error)]
#[error("the task ended without a result")]
pub(crate) struct TaskEnded;

/// Resolves when the task has ended.
pub(crate) struct JoinHandle<T>(oneshot::Receiver<T>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, TaskEnded>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|_| TaskEnded)
    }
}

/// The time ran out first.
#[derive(Debug, thiserror::Error)]
#[error("the time ran out")]
pub(crate) struct Elapsed;

/// A future with a deadline.
pub(crate) struct Timeout<F> {
    future: Pin<Box<F>>,
    sleep: BoxFuture<()>,
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        self.sleep.as_mut().poll(cx).map(|()| Err(Elapsed))
    }
}

/// A moment on the current runtime's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AmbientInstant(Duration);

/// Added to every reading, so that "a while ago" can be computed right after the clock started at zero.
const HEADROOM: Duration = Duration::from_secs(366 * 24 * 3600);

impl Instant for AmbientInstant {
    fn now() -> Self {
        let since_start = match ambient::is_entered() {
            true => ambient::current().monotonic(),
            false => super::tokio::monotonic(),
        };
        Self(since_start + HEADROOM)
    }
}

impl Add<Duration> for AmbientInstant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl AddAssign<Duration> for AmbientInstant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for AmbientInstant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

impl SubAssign<Duration> for AmbientInstant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for AmbientInstant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Draws from the current runtime.
pub(crate) struct AmbientRng;

impl fmt::Debug for AmbientRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AmbientRng")
    }
}

impl TryRng for AmbientRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        // The upper half: the simulator's generator mixes it best, and the other runtime does not care.
        Ok((ambient::current().random() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(ambient::current().random())
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        ambient::current().fill_random(buffer);
        Ok(())
    }
}
