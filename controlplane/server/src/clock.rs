//! The region's time as this member tells it: never going back, neither over jumps of the wall clock nor over leaders.
//!
//! Every commit carries the leader's time, so a member knows a time that is certainly over (`floor`). The wall clock may lie
//! behind that, because it was set back or because an earlier leader's was ahead. Standing still until it has caught up
//! would stop every timer of the controllers, for a day if the clock was set back by a day; going on at full speed would
//! keep the error for good. So time goes on at half speed, as `adjtime` does, until the wall clock is level.

use controlplane_types::{Runtime, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Part of the real speed at which time goes while the wall clock is behind.
const SLOWDOWN: u32 = 2;

/// A clock that never goes back. Clones are the same clock.
#[derive(Clone)]
pub struct Clock {
    runtime: Arc<dyn Runtime>,
    last: Arc<Mutex<Told>>,
}

/// What was told last.
#[derive(Clone, Copy, Default)]
struct Told {
    time: Timestamp,
    /// Steady time at which it was so.
    at: Duration,
}

impl Told {
    /// What to tell now.
    fn next(self, wall: Timestamp, floor: Timestamp, at: Duration) -> Self {
        let elapsed = at.saturating_sub(self.at);
        let slewed = self.time + elapsed / SLOWDOWN;
        match wall >= self.time {
            true => Self { time: wall.max(floor), at },
            // Less than a millisecond of slow time has gone by: keep the start, so that it adds up.
            false if slewed == self.time && floor <= self.time => self,
            false => Self { time: slewed.max(floor), at },
        }
    }
}

impl Clock {
    /// A clock over the wall clock of `runtime`.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, last: Arc::default() }
    }

    /// The time now: not before `floor`, the newest time the asker knows to be over, nor before anything told earlier.
    pub fn after(&self, floor: Timestamp) -> Timestamp {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = last.next(self.runtime.now(), floor, self.runtime.monotonic());
        last.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn time_follows_the_wall_and_never_goes_back() {
        // (steady, wall, floor, told)
        let steps = [
            (0, 1000, 0, 1000),
            (10, 1010, 0, 1010),
            // Set back by a day: half speed.
            (20, 20, 0, 1015),
            (21, 21, 0, 1015),
            (22, 22, 0, 1016),
            (1022, 1000, 0, 1516),
            // The wall has caught up.
            (2500, 2500, 0, 2500),
            // Another leader's commits are ahead.
            (2510, 2510, 9000, 9000),
            (2610, 2610, 9000, 9050),
            (2710, 2710, 0, 9100),
        ];
        let mut told = Told::default();
        for (steady, wall, floor, expected) in steps {
            told = told.next(at(wall), at(floor), Duration::from_millis(steady));
            assert_eq!(told.time, at(expected), "at {steady}");
        }
    }
}
