//! Writers and readers that go on whatever happens to the servers.

use super::session::{Failed, Session};
use super::{Client, records};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tests::wait::{PATIENCE, until};
use tokio::time::sleep;

/// Writes under way at once.
const WRITERS: usize = 8;
const READERS: usize = 2;
pub(super) const NAMES: [&str; WRITERS] = ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"];
/// Between two reads: they are there to see something stale, not to load the servers.
const READ_EVERY: Duration = Duration::from_millis(5);
/// Between two attempts of somebody who will not be put off.
const STUBBORN_PAUSE: Duration = Duration::from_millis(100);
/// And for how long.
const STUBBORN_FOR: Duration = Duration::from_secs(30);
/// Attempts of the AWS SDKs for Python and the command line ("legacy" mode, their default).
const SDK_ATTEMPTS: u32 = 5;
/// Their longest pause.
const SDK_PAUSE_MAX: Duration = Duration::from_secs(20);

/// When an attempt has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Again soon, for long.
    Stubborn,
    /// As an SDK does: few attempts, a random pause that doubles.
    Sdk,
}

/// How a client behaves.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    /// Which servers it knows.
    pub(crate) servers: Vec<u64>,
    /// What it does about failures.
    pub(crate) retry: Retry,
}

/// A running workload.
pub(crate) struct Workload {
    client: Client,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Workload {
    pub(super) fn start(client: &Client, habits: Habits) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (tasks, over) = (client.clone(), stop.clone());
        let thread = client.spawn(async move {
            let writers = NAMES.iter().enumerate().map(|(seat, name)| {
                let writer = Task { client: tasks.clone(), habits: habits.clone(), over: over.clone(), seat };
                tokio::spawn(writer.write_on(name))
            });
            let readers = (0..READERS).map(|seat| {
                let reader = Task { client: tasks.clone(), habits: habits.clone(), over: over.clone(), seat };
                tokio::spawn(reader.read_on())
            });
            for task in writers.chain(readers).collect::<Vec<_>>() {
                task.await.expect("a task of the client does not panic");
            }
        });
        Self { client: client.clone(), stop, thread: Some(thread) }
    }

    /// Waits until so many more writes are acknowledged.
    pub(crate) fn goes_on(&self, more: usize) {
        let ledger = &self.client.ledger;
        let wanted = ledger.acknowledged() + more;
        until("writes are acknowledged", PATIENCE, || {
            let acknowledged = ledger.acknowledged();
            if acknowledged >= wanted { Ok(()) } else { Err(format!("{acknowledged} of {wanted}")) }
        });
    }

    /// Lets what is under way finish, and stops.
    pub(crate) fn finish(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("a thread").join().expect("the client does not panic");
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// One task, at home on one of the servers until that fails.
struct Task {
    client: Client,
    habits: Habits,
    over: Arc<AtomicBool>,
    seat: usize,
}

impl Task {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    fn server(&self) -> u64 {
        self.habits.servers[self.seat % self.habits.servers.len()]
    }

    async fn write_on(mut self, name: &'static str) {
        let mut session = Session::default();
        while self.goes_on() {
            let number = self.client.ledger.begin(name, true);
            match self.write(&mut session, name, number).await {
                Ok(attempts) => self.client.ledger.acknowledge(name, number, attempts),
                Err(Failed::Again(_)) => self.client.ledger.give_up(name, number),
                Err(Failed::Refused(reason)) => {
                    self.client.ledger.give_up(name, number);
                    self.client.ledger.complain(format!("write {number} of {name} was refused: {reason}"));
                }
            }
        }
    }

    /// One write with all its attempts; how many it took.
    async fn write(&mut self, session: &mut Session, name: &str, number: u64) -> Result<u32, Failed> {
        let call = records::write(&self.client.zones[name], name, number, true);
        let (invocation, began) = (format!("{name}-{number}"), Instant::now());
        let mut attempt = 1;
        loop {
            match session.attempt(self.server(), &call, &invocation, super::ATTEMPT).await {
                Ok(_) => return Ok(attempt),
                Err(Failed::Again(_)) if self.tries_again(attempt, began) => {}
                Err(failed) => return Err(failed),
            }
            self.seat += 1;
            sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    fn tries_again(&self, attempt: u32, began: Instant) -> bool {
        match self.habits.retry {
            Retry::Stubborn => began.elapsed() < STUBBORN_FOR,
            Retry::Sdk => attempt < SDK_ATTEMPTS,
        }
    }

    fn pause(&self, attempt: u32) -> Duration {
        match self.habits.retry {
            Retry::Stubborn => STUBBORN_PAUSE,
            Retry::Sdk => Duration::from_secs(1 << (attempt - 1)).min(SDK_PAUSE_MAX).mul_f64(chance()),
        }
    }

    async fn read_on(mut self) {
        let mut session = Session::default();
        while self.goes_on() {
            self.seat += 1;
            let writer = NAMES[self.seat % NAMES.len()];
            // A server that cannot answer now has said nothing wrong.
            if let Err(Failed::Refused(reason)) = self.client.read(&mut session, self.server(), writer).await
            {
                self.client.ledger.complain(format!("a read was refused: {reason}"));
            }
            sleep(READ_EVERY).await;
        }
    }
}

/// A random number from 0 to 1, from the seeds that the standard library gives its hash maps.
fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let drawn = RandomState::new().hash_one(0) >> 11;
    drawn as f64 / (1_u64 << 53) as f64
}
