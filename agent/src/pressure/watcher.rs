//! The task that measures.

use super::judge::Judge;
use super::threshold::Thresholds;
use crate::backend::{Backend, BackendError, Footprint};
use crate::lifecycle::Timing;
use crate::tasks::Tasks;
use controlplane_proto::agent::pressure::Scarce;
use controlplane_proto::agent::{self as proto, Eviction, Pressure, Strain};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tracing::warn;

/// For want of what an instance goes first, when there is too little of several things: a machine without memory stands.
const MOST_URGENT: [Scarce; 3] = [Scarce::Memory, Scarce::Pids, Scarce::Disk];

/// Measures, judges, and publishes what came out.
pub(crate) struct Watcher {
    pub(crate) tasks: Tasks,
    pub(crate) timing: Timing,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) thresholds: Thresholds,
    /// `None` until the machine was measured.
    pub(crate) strain: watch::Sender<Option<Strain>>,
}

/// What is kept between measurements.
#[derive(Default)]
struct State {
    judge: Judge,
    /// The last question, and when it was asked.
    asked: Option<(Eviction, Duration)>,
    /// The last measurement failed, which was said.
    blind: bool,
}

impl Watcher {
    pub(crate) async fn run(self) {
        let mut state = State::default();
        let mut stopping = self.tasks.stopping();
        loop {
            self.look(&mut state).await;
            let pause = self.tasks.runtime().sleep(self.timing.measure);
            tokio::select! { biased;
                () = &mut stopping => return,
                () = pause => {}
            }
        }
    }

    async fn look(&self, state: &mut State) {
        let margins = match self.backend.margins().await {
            Ok(margins) => margins,
            Err(error) => return complain(state, &error),
        };
        state.blind = false;
        let now = self.tasks.runtime().monotonic();
        state.judge.judge(&self.thresholds, &margins, now);
        match self.question(state, now) {
            Some(scarce) => self.ask(scarce, state, now).await,
            None if state.judge.conditions.is_empty() => state.asked = None,
            None => {}
        }
        self.publish(state);
    }

    /// For want of what somebody has to go now, if so.
    fn question(&self, state: &State, now: Duration) -> Option<Scarce> {
        let pause = self.timing.eviction_pause;
        if state.asked.as_ref().is_some_and(|(_, at)| now < at.saturating_add(pause)) {
            return None;
        }
        MOST_URGENT.into_iter().find(|scarce| {
            let Some(condition) = state.judge.conditions.get(scarce) else { return false };
            // Images nobody wants go first; that takes a moment.
            let patience = if *scarce == Scarce::Disk { pause } else { Duration::ZERO };
            state.judge.short.contains(scarce) && now >= condition.since.saturating_add(patience)
        })
    }

    async fn ask(&self, scarce: Scarce, state: &mut State, now: Duration) {
        let found = match self.backend.footprints().await {
            Ok(found) => found,
            Err(error) => return complain(state, &error),
        };
        let number = state.asked.as_ref().map_or(0, |(eviction, _)| eviction.number) + 1;
        let eviction = Eviction { number, scarce: scarce.into(), instances: told(found) };
        state.asked = Some((eviction, now));
    }

    fn publish(&self, state: &State) {
        let pressure = |(scarce, condition): (&Scarce, &super::judge::Condition)| Pressure {
            scarce: (*scarce).into(),
            reason: condition.reason.clone(),
        };
        let strain = Some(Strain {
            pressures: state.judge.conditions.iter().map(pressure).collect(),
            eviction: state.asked.as_ref().map(|(eviction, _)| eviction.clone()),
        });
        self.strain.send_if_modified(|published| {
            let changed = *published != strain;
            if changed {
                *published = strain;
            }
            changed
        });
    }
}

/// Said once: what cannot be measured now cannot be measured a moment later either.
fn complain(state: &mut State, error: &BackendError) {
    if !std::mem::replace(&mut state.blind, true) {
        warn!(%error, "what the machine has left cannot be measured");
    }
}

fn told(found: BTreeMap<String, Footprint>) -> Vec<proto::Footprint> {
    let one = |(id, footprint): (String, Footprint)| proto::Footprint {
        id,
        memory_bytes: footprint.memory_bytes,
        pids: footprint.pids,
        disk_bytes: footprint.disk_bytes,
    };
    found.into_iter().map(one).collect()
}
