//! Measurements over time become conditions. Pure.

use super::threshold::{Threshold, Thresholds};
use crate::backend::Margins;
use controlplane_proto::agent::pressure::Scarce;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So much more than the threshold is enough: a tenth.
const MARGIN_PART: u64 = 10;

/// A condition in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// Monotonic time.
    pub(super) since: Duration,
    /// What was measured when it began.
    pub(super) reason: String,
    /// There has been enough since then.
    relieved_since: Option<Duration>,
}

/// What is in force.
#[derive(Debug, Default)]
pub(super) struct Judge {
    pub(super) conditions: BTreeMap<Scarce, Condition>,
    /// Of what there is too little at this moment; a condition may outlast that.
    pub(super) short: BTreeSet<Scarce>,
}

impl Judge {
    /// Takes in a measurement.
    pub(super) fn judge(&mut self, thresholds: &Thresholds, margins: &Margins, now: Duration) {
        let mut crossed: BTreeMap<Scarce, String> = BTreeMap::new();
        let mut tight: BTreeSet<Scarce> = BTreeSet::new();
        for threshold in &thresholds.list {
            let Some((least, available)) = measured(threshold, margins) else { continue };
            let scarce = threshold.signal.scarce();
            if available < least {
                crossed.entry(scarce).or_insert_with(|| {
                    format!("{} is left, {threshold} is too little", threshold.signal.shown(available))
                });
            }
            if available < least.saturating_add(least / MARGIN_PART) {
                tight.insert(scarce);
            }
        }
        self.short = crossed.keys().copied().collect();
        for (scarce, reason) in crossed {
            self.conditions.entry(scarce).or_insert(Condition { since: now, reason, relieved_since: None });
        }
        self.conditions.retain(|scarce, condition| {
            condition.relieved_since =
                if tight.contains(scarce) { None } else { condition.relieved_since.or(Some(now)) };
            let lasted = condition.relieved_since.map(|since| now.saturating_sub(since));
            lasted.is_none_or(|lasted| lasted < thresholds.transition)
        });
    }
}

/// The threshold in numbers and what is left; `None` for a file system that does not count what is asked about.
fn measured(threshold: &Threshold, margins: &Margins) -> Option<(u64, u64)> {
    let margin = threshold.signal.of(margins);
    (margin.total > 0).then(|| (threshold.least.of(margin.total), margin.available))
}
