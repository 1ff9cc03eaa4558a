//! Refused calls on their way into the trail: gathered, written together, and never more than the log can bear.
//!
//! Whoever has no rights, or no credentials at all, decides how many of these there are. So each account has so many at once
//! and so many per second, those who prove nothing share one such measure of their own, and what is beyond is only
//! counted: the next event that is written says how many there were. A second's worth is one write, in the lane of the
//! region's own work. Together with the number of events that are kept (`TrailEvent`), nothing anybody sends makes the log or
//! the disk grow faster than that.
//!
//! Nothing is written while nobody is refused. What was gathered less than a second before the server dies is lost.

use crate::core::Core;
use crate::writer::{Work, Writer};
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_kernel::Caller;
use controlplane_types::{AccountId, RegionName, Runtime};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Recorded at once, per account.
const BURST: f64 = 100.0;
/// Recorded per second after that, per account.
const PER_SECOND: f64 = 5.0;
/// Accounts that are told apart. There are never more, unless a region has more accounts than this.
const ACCOUNTS: usize = 1024;
/// How long refusals are gathered.
const GATHERED: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Refusals {
    home: RegionName,
    writer: Writer,
    runtime: Arc<dyn Runtime>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    measures: BTreeMap<String, Measure>,
    waiting: Vec<(AccountId, RegionName, TrailEvent)>,
    /// Calls that were only counted since the last event.
    missed: u32,
    is_gathering: bool,
}

/// A token bucket.
struct Measure {
    left: f64,
    at: Duration,
}

impl Measure {
    fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        (self.left, self.at) = ((self.left + passed * PER_SECOND).min(BURST), now);
        let is_enough = self.left >= 1.0;
        if is_enough {
            self.left -= 1.0;
        }
        is_enough
    }
}

impl State {
    /// Whether one more of `account` may be recorded; it is counted if not.
    fn admit(&mut self, account: &str, now: Duration) -> bool {
        let is_known = self.measures.contains_key(account);
        let admitted = (is_known || self.measures.len() < ACCOUNTS) && {
            let new = || Measure { left: BURST, at: now };
            self.measures.entry(account.to_owned()).or_insert_with(new).take(now)
        };
        if !admitted {
            self.missed = self.missed.saturating_add(1);
        }
        admitted
    }
}

impl Refusals {
    pub(super) fn new(house: &Core, home: &RegionName) -> Arc<Self> {
        Arc::new(Self {
            home: home.clone(),
            writer: house.writer.clone(),
            runtime: house.runtime.clone(),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a refusal of `account` may be recorded; the empty name stands for all who prove nothing.
    pub(super) fn admit(&self, account: &str) -> bool {
        self.state().admit(account, self.runtime.monotonic())
    }

    /// Has an event written within a second.
    pub(super) fn note(self: &Arc<Self>, (account, region): (AccountId, RegionName), event: TrailEvent) {
        let mut state = self.state();
        let unrecorded = std::mem::take(&mut state.missed);
        state.waiting.push((account, region, TrailEvent { unrecorded, ..event }));
        if !std::mem::replace(&mut state.is_gathering, true) {
            self.runtime.spawn("refusals", Box::pin(self.clone().write_soon()));
        }
    }

    async fn write_soon(self: Arc<Self>) {
        self.runtime.sleep(GATHERED).await;
        let gathered = {
            let mut state = self.state();
            state.is_gathering = false;
            std::mem::take(&mut state.waiting)
        };
        let count = gathered.len();
        let work = Work::new(Caller::system(self.home.clone()), move |cx| {
            for (account, region, event) in gathered {
                // Ids follow the order of what is written: trails rely on it.
                let event = TrailEvent { at: cx.now, ..event };
                let key = TrailEvent::new_key(&account, &region, event.at, cx.random());
                cx.put_at(key, event);
            }
            Ok(Box::new(()) as _)
        });
        if let Err(error) = self.writer.write(work).await {
            tracing::warn!(%error, count, "refused calls could not be recorded");
            let mut state = self.state();
            state.missed = state.missed.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_a_measure_of_its_own() {
        let (mut state, start) = (State::default(), Duration::from_secs(100));
        let mut admitted = |account, now| (0..1_000).filter(|_| state.admit(account, now)).count();
        assert_eq!(admitted("", start), 100, "all at once");
        assert_eq!(admitted("", start), 0, "and then no more");
        assert_eq!(admitted("1", start), 100, "whoever knocks takes nothing from who has an account");
        assert_eq!(admitted("", start + Duration::from_secs(2)), 10);
        assert_eq!(admitted("", start + Duration::from_secs(1_000)), 100, "no more is saved up");
        assert_eq!(state.missed, 4 * 1_000 + 1_000 - 310);
    }

    #[test]
    fn accounts_are_bounded() {
        let mut state = State::default();
        let admitted = (0..2 * ACCOUNTS).filter(|n| state.admit(&n.to_string(), Duration::ZERO)).count();
        assert_eq!((admitted, state.measures.len()), (ACCOUNTS, ACCOUNTS));
    }
}
