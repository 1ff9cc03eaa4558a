//! For this crate's tests: a small runtime with virtual time, and one on tokio.
//!
//! Written here and not taken from `controlplane-raft`, whose simulator drags two RocksDB stores into the build of
//! these tests.

pub(crate) mod authority;
pub(crate) mod objects;
pub(crate) mod plane;
pub(crate) mod registry;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One thread, virtual time: when nothing can run, the clock jumps to the next timer.
pub(crate) struct Virtual(Arc<World>);

struct World(Mutex<State>);

#[derive(Default)]
struct State {
    now: Duration,
    seed: u64,
    next: u64,
    tasks: BTreeMap<u64, Option<BoxFuture<()>>>,
    ready: VecDeque<u64>,
    timers: BTreeMap<(Duration, u64), Waker>,
}

const MAIN: u64 = 0;

struct Woken(Arc<World>, u64);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        let mut state = self.0.0.lock().unwrap();
        if !state.ready.contains(&self.1) {
            state.ready.push_back(self.1);
        }
    }
}

impl Virtual {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State { seed: seed | 1, next: MAIN + 1, ..State::default() };
        Self(Arc::new(World(Mutex::new(state))))
    }

    pub(crate) fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(VirtualRuntime(self.0.clone()))
    }

    /// Runs until `future` is ready; panics when nothing can make it so.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        self.0.0.lock().unwrap().ready.push_back(MAIN);
        loop {
            let ready = self.0.0.lock().unwrap().ready.pop_front();
            match ready {
                Some(MAIN) => {
                    if let Poll::Ready(output) = self.poll(MAIN, future.as_mut()) {
                        return output;
                    }
                }
                Some(task) => self.run(task),
                None => self.pass_time(),
            }
        }
    }

    fn poll<F: Future + ?Sized>(&self, task: u64, future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(Woken(self.0.clone(), task)));
        future.poll(&mut Context::from_waker(&waker))
    }

    fn run(&self, task: u64) {
        let Some(mut future) = self.0.0.lock().unwrap().tasks.get_mut(&task).and_then(Option::take) else {
            return;
        };
        let ended = self.poll(task, future.as_mut()).is_ready();
        let mut state = self.0.0.lock().unwrap();
        match state.tasks.get_mut(&task) {
            Some(place) if !ended => *place = Some(future),
            _ => {
                state.tasks.remove(&task);
                drop(state);
                drop(future);
            }
        }
    }

    fn pass_time(&self) {
        let waker = {
            let mut state = self.0.0.lock().unwrap();
            let ((at, _), waker) =
                state.timers.pop_first().expect("deadlock: nothing runs and no timer is set");
            state.now = state.now.max(at);
            waker
        };
        waker.wake();
    }
}

struct VirtualRuntime(Arc<World>);

impl Runtime for VirtualRuntime {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.0.0.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let at = self.monotonic() + duration;
        Box::pin(Sleep { world: self.0.clone(), at, timer: None })
    }

    fn spawn(&self, _name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        let mut state = self.0.0.lock().unwrap();
        state.next += 1;
        let id = state.next;
        state.tasks.insert(id, Some(task));
        state.ready.push_back(id);
        let world = self.0.clone();
        TaskHandle::new(move || {
            let removed = world.0.lock().unwrap().tasks.remove(&id);
            drop(removed);
        })
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        let mut state = self.0.0.lock().unwrap();
        for byte in buffer {
            state.seed ^= state.seed << 13;
            state.seed ^= state.seed >> 7;
            state.seed ^= state.seed << 17;
            *byte = state.seed as u8;
        }
    }
}

struct Sleep {
    world: Arc<World>,
    at: Duration,
    timer: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let world = self.world.clone();
        let mut state = world.0.lock().unwrap();
        if state.now >= self.at {
            return Poll::Ready(());
        }
        state.next += 1;
        let timer = *self.timer.get_or_insert(state.next);
        state.timers.insert((self.at, timer), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            let removed = self.world.0.lock().unwrap().timers.remove(&(self.at, timer));
            drop(removed);
        }
    }
}

/// Real time and the operating system's randomness; only inside a tokio runtime.
pub(crate) struct OnTokio;

impl Runtime for OnTokio {
    fn now(&self) -> Timestamp {
        Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64)
    }

    fn monotonic(&self) -> Duration {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, _name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        let abort = tokio::spawn(task).abort_handle();
        TaskHandle::new(move || abort.abort())
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        SystemRandom::new().fill(buffer).unwrap();
    }
}

/// Runs `future` on a tokio runtime of its own.
pub(crate) fn block_on_tokio<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(future)
}
