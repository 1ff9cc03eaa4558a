//! How far the members' wall clocks are apart.
//!
//! Every answer to an append carries the follower's clock, so a leader compares at each heartbeat and nobody has to be
//! asked. The comparison is as good as half the round trip. The median of the voters is taken for the truth: one wrong
//! clock does not move it.

use crate::types::NodeId;
use controlplane_types::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers that took longer say too little about the clock.
const LONGEST_ROUND: Duration = Duration::from_millis(500);

/// Members whose clocks are farther from the median of the voters than [`Timing::clock_limit`](crate::Timing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockWarning {
    /// By how many milliseconds each is ahead of the median (or behind, when negative).
    pub offsets: BTreeMap<NodeId, i64>,
}

/// What the leader has seen.
#[derive(Default)]
pub(crate) struct Clocks(Mutex<BTreeMap<NodeId, i64>>);

impl Clocks {
    /// `peer` said `theirs` in an answer that arrived `round` after it was asked for at `asked`.
    pub(crate) fn note(&self, peer: NodeId, asked: Timestamp, round: Duration, theirs: Timestamp) {
        if round > LONGEST_ROUND {
            return;
        }
        let offset = signed(theirs) - signed(asked + round / 2);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(peer, offset);
    }

    /// Milliseconds by which each peer is ahead of this server.
    pub(crate) fn offsets(&self) -> BTreeMap<NodeId, i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what an earlier leadership has seen.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn signed(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// How far each of `offsets` is from their median; `None` when there are fewer than two. With an even number the
/// median is the lower of the two in the middle: either is a clock that exists.
pub(crate) fn from_median(offsets: &BTreeMap<NodeId, i64>) -> Option<BTreeMap<NodeId, i64>> {
    let mut sorted: Vec<i64> = offsets.values().copied().collect();
    sorted.sort_unstable();
    let median = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    (sorted.len() > 1).then(|| offsets.iter().map(|(id, offset)| (*id, offset - median)).collect())
}

/// The members beyond `limit`, if any.
pub(crate) fn warning(from_median: &BTreeMap<NodeId, i64>, limit: Duration) -> Option<ClockWarning> {
    let beyond = |offset: i64| u128::from(offset.unsigned_abs()) > limit.as_millis();
    let offsets: BTreeMap<_, _> = from_median
        .iter()
        .filter(|(_, offset)| beyond(**offset))
        .map(|(id, offset)| (*id, *offset))
        .collect();
    (!offsets.is_empty()).then_some(ClockWarning { offsets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_clock_does_not_move_the_median() {
        let cases: [(&[i64], &[i64]); 5] = [
            (&[0, 10, 20], &[]),
            (&[0, -9_000, -9_010], &[0]),
            (&[0, 5, 60_000], &[2]),
            (&[0, 5, 60_000, -60_000, 2], &[2, 3]),
            (&[0], &[]),
        ];
        for (offsets, expected) in cases {
            let offsets: BTreeMap<NodeId, i64> = (0..).zip(offsets.iter().copied()).collect();
            let warned = from_median(&offsets).and_then(|far| warning(&far, Duration::from_secs(2)));
            let found: Vec<i64> = warned
                .into_iter()
                .flat_map(|warning| warning.offsets.into_keys())
                .map(|id| id as i64)
                .collect();
            assert_eq!(found, expected, "{offsets:?}");
        }
    }

    #[test]
    fn a_slow_answer_says_nothing() {
        let clocks = Clocks::default();
        let (asked, theirs) = (Timestamp(1_000_000), Timestamp(1_003_010));
        clocks.note(2, asked, Duration::from_millis(20), theirs);
        clocks.note(3, asked, Duration::from_secs(6), theirs);
        assert_eq!(clocks.offsets(), BTreeMap::from([(2, 3_000)]));
    }
}
