//! Growing, bounded, jittered delays between attempts.

use std::time::Duration;

/// Delays that double from `first` up to `most`, each shortened by up to half at random, so that a thousand agents
/// cut off together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt.
    pub first: Duration,
    /// Never longer than this.
    pub most: Duration,
}

impl Backoff {
    /// The delay after `failures` failed attempts (1 is the first); `random` is any random number.
    pub fn delay(&self, failures: u32, random: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let whole = self.first.saturating_mul(1 << doublings).min(self.most);
        let half_ms = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
        whole - Duration::from_millis(random % (half_ms + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_bound_and_never_below_half() {
        let backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(5) };
        let cases = [(0, 100), (1, 100), (2, 200), (3, 400), (6, 3200), (7, 5000), (1000, 5000)];
        for (failures, whole_ms) in cases {
            for random in [0, 1, 49, 50, 12345, u64::MAX] {
                let delay = backoff.delay(failures, random).as_millis();
                assert!(delay <= whole_ms && delay >= whole_ms / 2, "{failures} {random} {delay}");
            }
        }
    }

    #[test]
    fn random_spreads() {
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(1) };
        assert_ne!(backoff.delay(1, 1), backoff.delay(1, 400));
    }
}
