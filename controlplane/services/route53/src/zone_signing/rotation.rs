//! One zone-signing key after the other (RFC 6781 section 4.1.1.1, pre-publication).
//!
//! A new key is published for a day before it signs: long past the time for which resolvers keep the keys without it
//! (an hour), so that a DNS server that hears late signs with a key everybody knows. An old one stays published for three
//! days after: its last signature was valid for one, and a server that was cut off from the feed may have made some since.

use super::{Phase, ZoneSigning, ZoneSigningKey};
use controlplane_services_kernel::Random;
use controlplane_types::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a key is published before it signs.
pub const AHEAD: Duration = DAY;
/// How long it is published after.
pub const BEHIND: Duration = DAY.saturating_mul(3);
/// A key signs at least this long, and up to [`LONGEST`] (route53.md section 16.6).
pub const SHORTEST: Duration = DAY.saturating_mul(7);
/// See [`SHORTEST`].
pub const LONGEST: Duration = DAY.saturating_mul(30);

/// A time between the two from `now`.
pub(super) fn draw(now: Timestamp, random: &mut Random) -> Timestamp {
    now + SHORTEST + Duration::from_secs(random.below((LONGEST - SHORTEST).as_secs()))
}

impl ZoneSigning {
    /// When [`Self::step`] has something to do.
    pub fn next_step(&self) -> Timestamp {
        let waits = self.keys.iter().filter_map(|key| match key.phase {
            Phase::Published => Some(key.since + AHEAD),
            Phase::Retired => Some(key.since + BEHIND),
            Phase::Active => None,
        });
        waits.min().unwrap_or(self.rotate_at)
    }

    /// The next move of the keys, if its time has come; each begins a wait of its own, however late it comes.
    pub(super) fn step(&mut self, now: Timestamp, random: &mut Random) {
        if now < self.next_step() {
            return;
        }
        let has = |phase: Phase| self.keys.iter().any(|key| key.phase == phase);
        if has(Phase::Published) {
            self.take_over(now, random);
        } else if has(Phase::Retired) {
            self.keys.retain(|key| key.phase != Phase::Retired);
        } else {
            self.keys.push(ZoneSigningKey::new(Phase::Published, now, random));
        }
    }

    fn take_over(&mut self, now: Timestamp, random: &mut Random) {
        for key in &mut self.keys {
            key.phase = match key.phase {
                Phase::Published => Phase::Active,
                Phase::Active | Phase::Retired => Phase::Retired,
            };
            key.since = now;
        }
        self.rotate_at = draw(now, random);
    }
}
