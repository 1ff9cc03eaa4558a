//! What the checkers saw, and what of it the control plane was not told yet.

use controlplane_proto::agent::HealthReport;
use controlplane_proto::dns::{HealthCheck, HealthObservation};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Observations in one message; what there is beyond follows in the next.
const MOST_TOLD: usize = 2_000;

/// The newest of each check.
#[derive(Default)]
pub(crate) struct Observations {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    /// What is probed; a probe under way may bring something else.
    probed: BTreeSet<String>,
    seen: BTreeMap<String, HealthObservation>,
    untold: BTreeSet<String>,
}

impl Observations {
    /// Forgets what was seen of any check but these.
    pub(super) fn keep(&self, checks: &BTreeMap<String, HealthCheck>) {
        let mut state = self.state();
        state.probed = checks.keys().cloned().collect();
        state.seen.retain(|id, _| checks.contains_key(id));
    }

    /// A result. That it is the same as before is told with the next heartbeat.
    pub(super) fn note(&self, observation: HealthObservation) {
        let mut state = self.state();
        let id = observation.health_check_id.clone();
        if state.probed.contains(&id) && dns::health::note(&mut state.seen, observation) {
            state.untold.insert(id);
            drop(state);
            self.news.notify_one();
        }
    }

    /// Everything is to be told again.
    pub(crate) fn tell_again(&self) {
        let mut state = self.state();
        state.untold = state.seen.keys().cloned().collect();
        if !state.untold.is_empty() {
            self.news.notify_one();
        }
    }

    /// As much of what is untold as one message holds; for the rest there are news again.
    pub(crate) fn take(&self) -> Option<HealthReport> {
        let mut state = self.state();
        let mut told = std::mem::take(&mut state.untold);
        if let Some(beyond) = told.iter().nth(MOST_TOLD).cloned() {
            state.untold = told.split_off(&beyond);
            self.news.notify_one();
        }
        let observations: Vec<_> = told.iter().filter_map(|id| state.seen.get(id).cloned()).collect();
        (!observations.is_empty()).then_some(HealthReport { observations })
    }

    /// Completes when there may be something to take.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
