//! A closed loop: so many clients, each with one request under way.

use crate::ask::Ask;
use crate::client::Client;
use crate::peer::Running;
use crate::report::{Case, Figure, Report};
use futures::future::try_join_all;
use std::time::{Duration, Instant};
use tests_benches_instruments::{Failure, Times, cpu};

/// Before counting, so that connections, caches and batches are as they stay.
const WARM_UP: Duration = Duration::from_millis(500);

/// What one client asks.
pub(crate) trait Asks {
    fn next(&mut self) -> Ask;

    /// The answer to what was asked last.
    fn learn(&mut self, body: &[u8]) {
        let _ = body;
    }
}

/// Always the same.
pub(crate) struct Same(pub(crate) Ask);

impl Asks for Same {
    fn next(&mut self) -> Ask {
        self.0.clone()
    }
}

/// What a load cost and how long its requests took.
pub(crate) struct Outcome {
    elapsed: Duration,
    cpu: Duration,
    times: Times,
}

impl Outcome {
    /// Server CPU of each request in microseconds, beside `idle` (a share of a processor) which it uses anyway.
    pub(crate) fn cpu_each(&self, idle: f64) -> f64 {
        let used = self.cpu.as_secs_f64() - idle * self.elapsed.as_secs_f64();
        used.max(0.0) * 1e6 / self.times.count() as f64
    }

    pub(crate) fn report(&self, server: &Running, case: Case, report: &mut Report) {
        let mut add = |figure, value| report.add(case, figure, server.peer, value);
        add(Figure::PerSecond, self.times.count() as f64 / self.elapsed.as_secs_f64());
        add(Figure::P50, self.times.median().as_secs_f64() * 1e3);
        add(Figure::P99, self.times.quantile(0.99).as_secs_f64() * 1e3);
        add(Figure::Cpu, self.cpu_each(0.0));
    }
}

/// Runs `asks`, each on a connection of its own, for `time`.
pub(crate) async fn run(
    server: &Running,
    asks: &mut [impl Asks],
    time: Duration,
) -> Result<Outcome, Failure> {
    let clients = try_join_all(asks.iter().map(|_| Client::connect(server.address))).await?;
    let mut clients: Vec<_> = clients.into_iter().zip(asks).collect();
    all(&mut clients, WARM_UP).await?;
    let (before, began) = (cpu(server.pid())?, Instant::now());
    let times = all(&mut clients, time).await?;
    Ok(Outcome { elapsed: began.elapsed(), cpu: cpu(server.pid())?.saturating_sub(before), times })
}

async fn all(clients: &mut [(Client, &mut impl Asks)], time: Duration) -> Result<Times, Failure> {
    let until = Instant::now() + time;
    let loops = clients.iter_mut().map(|(client, asks)| one(client, *asks, until));
    let mut all = Times::default();
    for times in try_join_all(loops).await? {
        all.join(times);
    }
    Ok(all)
}

async fn one(client: &mut Client, asks: &mut impl Asks, until: Instant) -> Result<Times, Failure> {
    let mut times = Times::default();
    while Instant::now() < until {
        let ask = asks.next();
        let before = Instant::now();
        let body = client.ask(&ask).await?;
        times.add(before.elapsed());
        asks.learn(body);
    }
    Ok(times)
}
