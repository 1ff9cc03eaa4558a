//! The loop that makes the desired set real.
//!
//! ```text
//! wake (new set, an instance changed, a job ended, the machine is short of something, a timer) ─▶ observe ─▶ remember ─▶ plan ─▶ start jobs ─▶ publish
//! ```
//!
//! How often it does is bounded by what it costs ([`rest`]).
//!
//! Whatever woke it, a pass reads everything and decides anew; a hint that got lost costs a sweep interval and no
//! more. Slow work (a pull, a stop with its grace period) runs in [`job`]s beside the loop, one per thing, bounded;
//! the next step of a thing is planned when its job has ended.
//!
//! The order "network, image, instance" is not a sequence of phases: an instance's gate opens when what it rests on
//! is there, so one broken image holds up only its own instances.

mod attempts;
mod gate;
mod job;
mod measured;
mod network;
mod pass;
mod rest;

use crate::backend::Backend;
use crate::causes::Causes;
use crate::desired::Held;
use crate::desired::keeper::Kept;
use crate::image::plan::UnusedSince;
use crate::ledger::LedgerStore;
use crate::ledger::runs::Runs;
use crate::lifecycle::Timing;
use crate::report::Observed;
use crate::session::Connect;
use crate::tasks::Tasks;
use attempts::{Attempts, Subject};
use controlplane_proto::agent::Strain;
use job::{Done, InFlight};
use network::Network;
use rest::Rest;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::warn;

/// What the loop is given.
pub(crate) struct Parts {
    pub(crate) tasks: Tasks,
    pub(crate) timing: Timing,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) ledger: Arc<dyn LedgerStore>,
    pub(crate) images: Arc<dyn Connect>,
    pub(crate) kept: watch::Receiver<Kept>,
    pub(crate) strain: watch::Receiver<Option<Strain>>,
    pub(crate) runs: Runs,
    pub(crate) observed: watch::Sender<Option<Arc<Observed>>>,
    /// Counts passes.
    pub(crate) passes: watch::Sender<u64>,
    pub(crate) causes: Causes,
}

/// The loop's state between passes.
pub(crate) struct Reconciler {
    parts: Parts,
    network: Network,
    attempts: Attempts,
    in_flight: InFlight,
    unused_images: UnusedSince,
    next_image_removal: Option<Duration>,
    /// Whose names the backend was told last.
    told_names: Option<Arc<Held>>,
    /// Why the runs could not be written, if so.
    ledger_trouble: Option<String>,
    done: mpsc::Receiver<Done>,
}

impl Reconciler {
    pub(crate) fn new(parts: Parts) -> Self {
        let (sender, done) = mpsc::channel(job::MOST_IN_FLIGHT);
        Self {
            network: Network::default(),
            attempts: Attempts::new(parts.timing.retry),
            in_flight: InFlight::new(sender, parts.causes.clone()),
            unused_images: UnusedSince::new(),
            next_image_removal: None,
            told_names: None,
            ledger_trouble: None,
            done,
            parts,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut stopping = self.parts.tasks.stopping();
        // Kept over passes: dropping it half-way could lose the change it has already noticed.
        let mut changed = self.parts.backend.changed();
        let mut rest = Rest::default();
        loop {
            let began = self.now();
            let pause = self.pass().await;
            self.parts.passes.send_modify(|passes| *passes += 1);
            if let Some(rest) = rest.after(began, self.now()) {
                tokio::select! { biased;
                    () = &mut stopping => return,
                    () = self.parts.tasks.runtime().sleep(rest) => {}
                }
            }
            let pause = self.parts.tasks.runtime().sleep(pause);
            tokio::select! { biased;
                () = &mut stopping => return,
                // The keeper is gone: the agent is ending.
                alive = self.parts.kept.changed() => if alive.is_err() { return },
                done = self.done.recv() => self.settle(done),
                Ok(()) = self.parts.strain.changed() => {}
                () = &mut changed => changed = self.parts.backend.changed(),
                () = pause => {}
            }
            while let Ok(done) = self.done.try_recv() {
                self.settle(Some(done));
            }
        }
    }

    fn now(&self) -> Duration {
        self.parts.tasks.runtime().monotonic()
    }

    /// Notes how a job ended. `None` cannot come: `in_flight` holds a sender.
    fn settle(&mut self, done: Option<Done>) {
        let Some(done) = done else { return };
        self.in_flight.ended(&done.subject);
        let failure = match done.outcome {
            job::Outcome::Network { wanted, errors } => self.network.made(wanted, errors, self.now()),
            job::Outcome::Other(result) => result.err(),
        };
        self.note(done.subject, done.about, failure);
    }

    fn note(&mut self, subject: Subject, about: Vec<u8>, failure: Option<crate::backend::BackendError>) {
        let Some(error) = failure else {
            return self.attempts.succeeded(&subject);
        };
        warn!(subject = %subject, %error, "a step failed");
        let (now, random) = (self.now(), self.parts.tasks.runtime().random());
        self.attempts.failed(subject, about, error, now, random);
    }
}
