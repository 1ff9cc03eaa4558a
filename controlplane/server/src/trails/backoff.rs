//! When a trail whose store does not answer is tried again.

use controlplane_services_cloudtrail::trail::Place;
use std::collections::BTreeMap;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);

/// Trails that failed; in memory only, so a new leader tries at once.
#[derive(Default)]
pub(super) struct Backoff(BTreeMap<Place, Pause>);

struct Pause {
    length: Duration,
    until: Duration,
}

impl Backoff {
    /// Forgets those that have nothing due any more.
    pub(super) fn retain(&mut self, due: &[Place]) {
        self.0.retain(|place, _| due.contains(place));
    }

    pub(super) fn is_waiting(&self, place: &Place, now: Duration) -> bool {
        self.0.get(place).is_some_and(|pause| now < pause.until)
    }

    pub(super) fn succeeded(&mut self, place: &Place) {
        self.0.remove(place);
    }

    /// Each pause is twice the one before.
    pub(super) fn failed(&mut self, place: Place, now: Duration) {
        let before = self.0.get(&place).map(|pause| pause.length);
        let length = before.map_or(FIRST, |length| (length * 2).min(LONGEST));
        self.0.insert(place, Pause { length, until: now + length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_end_with_a_success() {
        let place = Place {
            account: "1".into(),
            home: "us-east-1".into(),
            trail: "audit".into(),
            region: "us-east-1".into(),
        };
        let (mut backoff, mut now) = (Backoff::default(), Duration::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            backoff.failed(place.clone(), now);
            let begun = now;
            while backoff.is_waiting(&place, now) {
                now += Duration::from_secs(1);
            }
            pauses.push((now - begun).as_secs());
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300]);
        backoff.succeeded(&place);
        backoff.failed(place.clone(), now);
        assert!(!backoff.is_waiting(&place, now + FIRST));
    }
}
