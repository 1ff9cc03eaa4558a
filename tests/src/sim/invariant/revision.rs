//! No reader sees an older revision than one that was answered before it asked, on whichever server; and the time that
//! operations see never goes back while the revision goes on.

use controlplane_types::{Revision, Timestamp};
use std::collections::BTreeMap;

/// Revisions and times, as they were seen.
#[derive(Default)]
pub struct Revisions {
    /// The newest one any reader was answered with.
    answered: Revision,
    /// The time of each revision seen.
    times: BTreeMap<Revision, Timestamp>,
    broken: Vec<String>,
}

impl Revisions {
    /// A reader asks: it must not be answered with anything older than this.
    pub fn asked(&self) -> Revision {
        self.answered
    }

    /// A reader that was told `floor` when it asked is answered.
    pub fn answered(&mut self, who: &str, floor: Revision, seen: Revision) {
        if seen < floor {
            self.broken.push(format!("{who} read revision {seen} after {floor} had been read"));
        }
        self.answered = self.answered.max(seen);
    }

    /// Some server's records are at `revision`, whose batch was decided at `now`.
    pub fn decided(&mut self, revision: Revision, now: Timestamp) {
        let known = *self.times.entry(revision).or_insert(now);
        let before = self.times.range(..revision).next_back().map(|(_, time)| *time);
        let after = self.times.range(revision + 1..).next().map(|(_, time)| *time);
        if known != now || before.is_some_and(|before| before > now) || after.is_some_and(|after| after < now)
        {
            self.broken.push(format!(
                "revision {revision} was decided at {now}, {known} before; its neighbours at {before:?} and {after:?}"
            ));
        }
    }

    /// What broke the rule.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}
