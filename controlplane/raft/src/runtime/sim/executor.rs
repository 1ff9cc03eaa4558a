//! The executor behind [`Sim`].

use super::Random;
use super::tasks::{DRIVER, Ready, Task, Tasks};
use crate::runtime::ambient;
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

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
    pub(super) machine: u64,
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
    tasks: Tasks,
    ready: Ready,
    timers: BTreeMap<(Duration, u64), Waker>,
    last_timer: u64,
    machines: Vec<Machine>,
    trace: u64,
    steps: u64,
}

struct Machine {
    alive: bool,
    /// Its tasks that could run if it were not paused; `None` while it is not.
    paused: Option<Ready>,
    /// Added to the wall clock, so that machines disagree about the time of day.
    clock_ms: i64,
}

impl World {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waker(self: &Arc<Self>, id: u64) -> Waker {
        Waker::from(Arc::new(TaskWaker { world: self.clone(), id }))
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
        let task = self.ready.take(index as usize)?;
        self.steps += 1;
        self.note(task);
        Some(task)
    }

    /// Makes a task runnable, now or when its machine goes on.
    fn wake(&mut self, task: u64) {
        if task == DRIVER {
            self.ready.insert(task);
        } else if let Some(machine) = self.tasks.machine_of(task) {
            let paused = self.machines[machine as usize].paused.as_mut();
            paused.unwrap_or(&mut self.ready).insert(task);
        }
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
            tasks: Tasks::default(),
            ready: Ready::default(),
            timers: BTreeMap::new(),
            last_timer: 0,
            machines: Vec::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            steps: 0,
        };
        Self { world: Arc::new(World { state: Mutex::new(state) }) }
    }

    /// Starts a machine. Its wall clock is up to 50 ms off.
    pub fn machine(&self, name: &str) -> Arc<SimRuntime> {
        let mut state = self.world.lock();
        let clock_ms = state.random.below(50) as i64;
        state.machines.push(Machine { alive: true, paused: None, clock_ms });
        let machine = state.machines.len() as u64 - 1;
        Arc::new(SimRuntime { world: self.world.clone(), name: name.to_owned(), machine })
    }

    /// Cuts the power of `machine`: its tasks vanish where they stand. Start another machine to bring it back.
    pub fn kill(&self, machine: &SimRuntime) {
        let killed = {
            let mut state = self.world.lock();
            state.machines[machine.machine as usize].alive = false;
            state.tasks.remove_all_of(machine.machine)
        };
        // Dropped outside the lock: destructors wake other tasks.
        drop(killed);
    }

    /// Ends the world: every task vanishes. A world holds its tasks and they hold the world, so one that is not ended is
    /// never freed.
    pub fn end(&self) {
        let removed = {
            let mut state = self.world.lock();
            // What destructors spawn is not to live either.
            state.machines.iter_mut().for_each(|machine| machine.alive = false);
            state.tasks.remove_all()
        };
        // Outside the lock, see `kill`.
        drop(removed);
    }

    /// Stops every task of `machine` where it stands, as SIGSTOP or a long pause of the whole virtual machine does: time
    /// goes on without it, messages arrive and wait. Does nothing when it is paused already.
    pub fn pause(&self, machine: &SimRuntime) {
        let mut state = self.world.lock();
        let State { tasks, ready, machines, .. } = &mut *state;
        let paused = &mut machines[machine.machine as usize].paused;
        if paused.is_none() {
            *paused = Some(ready.split(|task| tasks.machine_of(task) == Some(machine.machine)));
        }
    }

    /// Lets a paused machine go on.
    pub fn resume(&self, machine: &SimRuntime) {
        let mut state = self.world.lock();
        if let Some(held) = state.machines[machine.machine as usize].paused.take() {
            state.ready.join(held);
        }
    }

    /// Makes the wall clock of `machine` differ by so much from the world's; monotonic time does not notice.
    pub fn set_clock(&self, machine: &SimRuntime, offset_ms: i64) {
        self.world.lock().machines[machine.machine as usize].clock_ms = offset_ms;
    }

    /// Runs the world until `future` is ready.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        let driver = self.machine("driver");
        let mut future = pin!(future);
        let waker = self.world.waker(DRIVER);
        self.world.lock().ready.insert(DRIVER);
        loop {
            let task = self.world.lock().pick();
            match task {
                Some(DRIVER) => {
                    if let Poll::Ready(output) = poll(&waker, &driver, future.as_mut()) {
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
        let taken = self.world.lock().tasks.begin(id);
        let Some((mut future, waker, runtime)) = taken else {
            return;
        };
        let ended = poll(&waker, &runtime, future.as_mut()).is_ready();
        let removed = self.world.lock().tasks.end(id, future, ended);
        // Outside the lock, see `kill`.
        drop(removed);
    }

    /// Virtual time since the world began.
    pub fn now(&self) -> Duration {
        self.world.lock().now
    }

    /// How often a task was polled: what a run costs, as a count.
    pub fn steps(&self) -> u64 {
        self.world.lock().steps
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

fn poll<F: Future + ?Sized>(
    waker: &Waker,
    runtime: &Arc<SimRuntime>,
    future: Pin<&mut F>,
) -> Poll<F::Output> {
    let _entered = ambient::enter(runtime.clone());
    future.poll(&mut Context::from_waker(waker))
}

struct TaskWaker {
    world: Arc<World>,
    id: u64,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.world.lock().wake(self.id);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.world.lock().wake(self.id);
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
        let (world, offset) = (EPOCH + state.now, state.machines[self.machine as usize].clock_ms);
        Timestamp(world.0.saturating_add_signed(offset))
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
        if !state.machines[self.machine as usize].alive {
            return TaskHandle::new(|| {});
        }
        let runtime =
            Arc::new(Self { world: self.world.clone(), name: self.name.clone(), machine: self.machine });
        let id = state.tasks.insert(|id| Task::new(task, self.world.waker(id), runtime));
        state.wake(id);
        let world = self.world.clone();
        TaskHandle::new(move || {
            let removed = world.lock().tasks.remove(id);
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
