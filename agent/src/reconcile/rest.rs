//! How long the loop rests between two passes.
//!
//! A pass looks at everything, so it costs as much as there is on the machine. Whatever moves wakes the loop, and where a
//! thousand instances start, each step of each would be a pass over the thousand: work that grows with the square, on a
//! machine that belongs to the instances. So passes are on account. What one took is owed many times over, time pays it
//! back, and the loop rests for what it owes beyond an allowance. What happens meanwhile is one pass, one report, and one
//! entry in the control plane's log.
//!
//! What readers get wrong: this is not a pause between passes. Whoever starts one instance on a machine where little
//! happens stays within the allowance and never waits.

use std::time::Duration;

/// Of one processor, passes take about this part in the long run.
const PART: u32 = 30;
/// May be owed without resting: twenty milliseconds of passes.
const ALLOWANCE: Duration = Duration::from_millis(600);
/// However long a pass took, the next one comes after this.
const MOST: Duration = Duration::from_secs(1);
/// No timer is finer.
const LEAST: Duration = Duration::from_millis(1);

/// The account.
#[derive(Debug, Default)]
pub(super) struct Rest {
    owed: Duration,
    /// When that was so.
    at: Duration,
}

impl Rest {
    /// A pass lasted from `began` until `now`; how long to rest, if at all.
    pub(super) fn after(&mut self, began: Duration, now: Duration) -> Option<Duration> {
        let paid = now.saturating_sub(self.at);
        self.owed = self.owed.saturating_sub(paid) + now.saturating_sub(began) * PART;
        self.owed = self.owed.min(ALLOWANCE + MOST);
        self.at = now;
        Some(self.owed.saturating_sub(ALLOWANCE)).filter(|rest| *rest >= LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_few_passes_never_rest() {
        let mut rest = Rest::default();
        let passes = (0..10).map(|pass| (millis(1000 + pass * 3), millis(1002 + pass * 3)));
        assert!(passes.into_iter().all(|(began, now)| rest.after(began, now).is_none()));
    }

    #[test]
    fn whoever_always_has_something_to_do_takes_its_part() {
        let (mut rest, mut now, mut worked) = (Rest::default(), millis(0), millis(0));
        while now < millis(60_000) {
            let began = now;
            now += millis(2);
            worked += millis(2);
            now += rest.after(began, now).unwrap_or_default();
        }
        let part = now.as_millis() / worked.as_millis();
        assert!((25..=31).contains(&part), "a {part}th");
    }

    #[test]
    fn no_pass_is_so_long_that_the_next_never_comes() {
        let mut rest = Rest::default();
        assert_eq!(rest.after(millis(0), millis(9_000)), Some(MOST));
    }

    #[test]
    fn what_is_owed_is_paid_by_time() {
        let mut rest = Rest::default();
        assert_eq!(rest.after(millis(0), millis(30)), Some(millis(300)));
        assert_eq!(rest.after(millis(1_000), millis(1_000)), None);
    }
}
