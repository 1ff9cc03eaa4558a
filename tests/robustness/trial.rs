//! The frame of a test: a cluster under load, and the reckoning.

use crate::client::{Client, Habits, Retry, Workload};
use crate::lab::Lab;
use std::io::Write;
use std::time::Duration;

/// Acknowledged writes that show that things go well.
pub(crate) const SOME: usize = 60;

/// A cluster, its clients at work.
pub(crate) struct Trial {
    work: Workload,
    pub(crate) client: Client,
    pub(crate) lab: Lab,
}

impl Trial {
    /// Three servers and clients that will not be put off.
    pub(crate) fn start() -> Self {
        Self::with(Lab::start(), Retry::Stubborn)
    }

    /// Clients that retry as told, on a cluster that is there.
    pub(crate) fn with(lab: Lab, retry: Retry) -> Self {
        let client = Client::new(&lab);
        let work = client.work(Habits { servers: lab.ids(), retry });
        let trial = Self { work, client, lab };
        trial.goes_on();
        trial
    }

    /// Waits until more writes are acknowledged.
    pub(crate) fn goes_on(&self) {
        self.work.goes_on(SOME);
    }

    /// With every server running and every fault gone: clients go on, stop, and every server is asked for everything.
    pub(crate) fn end(self) {
        self.goes_on();
        self.work.finish();
        self.client.check(&self.lab.running());
        say(&format!(
            "{}: {} writes acknowledged, all there on every server; {} given up, probes included",
            name(),
            self.client.ledger.acknowledged(),
            self.client.ledger.given_up()
        ));
    }
}

/// Prints a figure: not through the macros, whose output a passing test hides.
pub(crate) fn say(text: &str) {
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "  {text}");
}

/// Prints how long something took.
pub(crate) fn say_time(what: &str, time: Duration) {
    say(&format!("{}: {what}: {:.0} ms", name(), time.as_secs_f64() * 1000.0));
}

/// Name of the test that runs.
fn name() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}
