//! The executor behind [`Sim`].

use super::Random;
use crate::runtime::ambient;
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// The future given to [`Sim::block_on`] runs under this number.
const DRIVER: u64 = 0;

/// Where simulated clocks start: 2026-01-01T00:00:00Z.
const EPOCH: Timestamp = Timestamp(1_767_225_600_000);

/// A simulated world.
#[derive(Clone)]
pub struct Sim {
    world: Arc<World>,
}

/// The runtime of one simulated machine. All machines share one scheduler and one monotonic clock.
pub struct SimRuntime {
    world: Arc<World>,
    name: String,
    machine: u64,
}

/// Nothing can run and no timer is set, but the future is not ready: a deadlock.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulation stalled at {0:?}: no task can run and no timer is set")]
pub struct Stalled(pub Duration);

struct World {
    state: Mutex<State>,
}

struct State {
    now: Duration,
    random: Random,
    tasks: BTreeMap<u64, Task>,
    ready: BTreeSet<u64>,
    timers: BTreeMap<(Duration, u64), Waker>,
    last_task: u64,
    last_timer: u64,
    machines: Vec<Machine>,
    trace: u64,
}

struct Machine {
    alive: bool,
    /// Added to the wall clock, in milliseconds, so that machines disagree about the time of day.
    skew: i64,
}

struct Task {
    /// Absent while the task is being polled.
    future: Option<BoxFuture<()>>,
    runtime: Arc<SimRuntime>,
}

impl World {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, value: u64) {
        // FNV-1a over whole words: cheap, and any difference between two runs shows.
        self.trace = (self.trace ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
    }

    fn pick(&mut self) -> Option<u64> {
        let count = self.ready.len() as u64;
        let index = if count > 1 { self.random.below(count) } else { 0 };
        let task = self.ready.iter().nth(index as usize).copied()?;
        self.ready.remove(&task);
        self.note(task);
        Some(task)
    }

    /// Moves time to the next timer; returns who waited for that moment.
    fn advance(&mut self) -> Option<Vec<Waker>> {
        let (&(deadline, _), _) = self.timers.first_key_value()?;
        self.now = self.now.max(deadline);
        let later = self.timers.split_off(&(self.now, u64::MAX));
        let due = std::mem::replace(&mut self.timers, later);
        self.note(self.now.as_nanos() as u64);
        Some(due.into_values().collect())
    }
}

impl Sim {
    /// A world in which `seed` decides everything.
    pub fn new(seed: u64) -> Self {
        let state = State {
            now: Duration::ZERO,
            random: Random::new(seed),
            tasks: BTreeMap::new(),
            ready: BTreeSet::new(),
            timers: BTreeMap::new(),
            last_task: DRIVER,
            last_timer: 0,
            machines: Vec::new(),
            trace: 0xcbf2_9ce4_8422_2325,
        };
        Self { world: Arc::new(World { state: Mutex::new(state) }) }
    }

    /// Starts a machine. Its wall clock is up to 50 ms off.
    pub fn machine(&self, name: &str) -> Arc<SimRuntime> {
        let mut state = self.world.lock();
        let skew = state.random.below(50) as i64;
        state.machines.push(Machine { alive: true, skew });
        let machine = state.machines.len() as u64 - 1;
        Arc::new(SimRuntime { world: self.world.clone(), name: name.to_owned(), machine })
    }

    /// Makes the wall clock of `machine` jump to `offset_ms` milliseconds ahead of the world's (behind, when negative).
    pub fn set_clock(&self, machine: &SimRuntime, offset_ms: i64) {
        self.world.lock().machines[machine.machine as usize].skew = offset_ms;
    }

    /// Cuts the power of `machine`: its tasks vanish where they stand. Start another machine to bring it back.
    pub fn kill(&self, machine: &SimRuntime) {
        let killed = {
            let mut state = self.world.lock();
            state.machines[machine.machine as usize].alive = false;
            let (killed, kept) = std::mem::take(&mut state.tasks)
                .into_iter()
                .partition::<BTreeMap<_, _>, _>(|(_, task)| task.runtime.machine == machine.machine);
            state.tasks = kept;
            killed
        };
        // Dropped outside the lock: destructors wake other tasks.
        drop(killed);
    }

    /// Runs the world until `future` is ready.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        let driver = self.machine("driver");
        let mut future = pin!(future);
        self.world.lock().ready.insert(DRIVER);
        loop {
            let task = self.world.lock().pick();
            match task {
                Some(DRIVER) => {
                    if let Poll::Ready(output) = self.poll(DRIVER, &driver, future.as_mut()) {
                        return Ok(output);
                    }
                }
                Some(task) => self.run(task),
                None => self.pass_time()?,
            }
        }
    }

    fn pass_time(&self) -> Result<(), Stalled> {
        let advanced = self.world.lock().advance();
        match advanced {
            Some(due) => due.into_iter().for_each(Waker::wake),
            None => return Err(Stalled(self.world.lock().now)),
        }
        Ok(())
    }

    fn run(&self, id: u64) {
        let taken = self.world.lock().tasks.get_mut(&id).and_then(|task| {
            let future = task.future.take()?;
            Some((future, task.runtime.clone()))
        });
        let Some((mut future, runtime)) = taken else {
            return;
        };
        let ended = self.poll(id, &runtime, future.as_mut()).is_ready();
        let mut state = self.world.lock();
        let removed = match state.tasks.get_mut(&id) {
            Some(task) if !ended => {
                task.future = Some(future);
                None
            }
            // Ended, aborted by itself, or its machine was killed while it ran.
            _ => Some((state.tasks.remove(&id), future)),
        };
        drop(state);
        drop(removed);
    }

    fn poll<F: Future + ?Sized>(
        &self,
        id: u64,
        runtime: &Arc<SimRuntime>,
        future: Pin<&mut F>,
    ) -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(TaskWaker { world: self.world.clone(), id }));
        let _entered = ambient::enter(runtime.clone());
        future.poll(&mut Context::from_waker(&waker))
    }

    /// Virtual time since the world began.
    pub fn now(&self) -> Duration {
        self.world.lock().now
    }

    /// A random number from the world's seed.
    pub fn random(&self) -> u64 {
        self.world.lock().random.draw()
    }

    /// Mixes `value` into the trace: what was sent, applied, answered.
    pub fn note(&self, value: u64) {
        self.world.lock().note(value);
    }

    /// A digest of every scheduling decision and everything noted so far. Equal for equal seeds, or something in
    /// the run does not come from the seed.
    pub fn trace(&self) -> u64 {
        self.world.lock().trace
    }
}

struct TaskWaker {
    world: Arc<World>,
    id: u64,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut state = self.world.lock();
        if self.id == DRIVER || state.tasks.contains_key(&self.id) {
            state.ready.insert(self.id);
        }
    }
}

impl SimRuntime {
    /// The name given to [`Sim::machine`].
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for SimRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimRuntime({})", self.name)
    }
}

impl Runtime for SimRuntime {
    fn now(&self) -> Timestamp {
        let state = self.world.lock();
        let skew = state.machines[self.machine as usize].skew;
        Timestamp((EPOCH + state.now).as_millis().saturating_add_signed(skew))
    }

    fn monotonic(&self) -> Duration {
        self.world.lock().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let deadline = self.world.lock().now.saturating_add(duration);
        Box::pin(Sleep { world: self.world.clone(), deadline, timer: None })
    }

    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        let mut state = self.world.lock();
        name.bytes().for_each(|byte| state.note(u64::from(byte)));
        state.last_task += 1;
        let id = state.last_task;
        if state.machines[self.machine as usize].alive {
            let runtime =
                Arc::new(Self { world: self.world.clone(), name: self.name.clone(), machine: self.machine });
            state.tasks.insert(id, Task { future: Some(task), runtime });
            state.ready.insert(id);
        }
        let world = self.world.clone();
        TaskHandle::new(move || {
            let removed = world.lock().tasks.remove(&id);
            drop(removed);
        })
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        self.world.lock().random.fill(buffer);
    }
}

struct Sleep {
    world: Arc<World>,
    deadline: Duration,
    timer: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let world = self.world.clone();
        let mut state = world.lock();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let timer = self.timer.unwrap_or_else(|| {
            state.last_timer += 1;
            state.last_timer
        });
        self.timer = Some(timer);
        state.timers.insert((self.deadline, timer), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(timer) = self.timer else { return };
        let removed = self.world.lock().timers.remove(&(self.deadline, timer));
        drop(removed);
    }
}
