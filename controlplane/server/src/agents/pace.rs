//! How fast one agent is told of changes: as fast as it follows, and never a change behind another that it has not taken in.
//!
//! A region that launches hundreds of instances a second has as many commits, and each changes what every node of their
//! VPC is told of its neighbours. Telling each of each costs nodes times commits on both sides, and an agent that falls
//! behind works through states nobody wants any more. So one set is on its way at a time; what changes meanwhile goes out
//! together, when the agent's report names the generation it was sent. Whoever is quick is told of every change at once.
//!
//! Rejected: a fixed pause between two sets, which is too long for one machine and too short for the next.

use controlplane_proto::agent::{Generation, Report};
use std::cmp::Ordering;
use std::time::Duration;

/// An agent that says nothing of a set for so long is told of the next: it may be busy with its disk, or be one that
/// has no news. Its set waits in its ledger's queue meanwhile, which is longer than what comes by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is on its way to one agent.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The newest set sent, and when its time is over; until the agent has it.
    on_its_way: Option<(Generation, Duration)>,
    /// There may be news.
    look: bool,
}

impl Pace {
    /// A set goes out.
    pub(super) fn sent(&mut self, generation: Generation, now: Duration) {
        *self = Self { on_its_way: Some((generation, now + PATIENCE)), look: false };
    }

    /// There may be news; whether this is the moment to look.
    pub(super) fn may_look(&mut self, now: Duration) -> bool {
        self.look = self.on_its_way.as_ref().is_some_and(|(_, until)| now < *until);
        !self.look
    }

    /// The agent reports; whether there is something to look at that waited for this.
    pub(super) fn heard(&mut self, report: &Report) -> bool {
        let Some((sent, _)) = &self.on_its_way else { return false };
        let arrived = report.generation.as_ref().and_then(|held| held.compare(sent));
        if !matches!(arrived, Some(Ordering::Equal | Ordering::Greater)) {
            return false;
        }
        self.on_its_way = None;
        std::mem::take(&mut self.look)
    }

    /// When to look although the agent says nothing; `None`: there is nothing to look at.
    pub(super) fn until(&self) -> Option<Duration> {
        self.on_its_way.as_ref().filter(|_| self.look).map(|(_, until)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(index: u64) -> Generation {
        Generation { cluster_id: "c".into(), incarnation: 1, index }
    }

    fn report(index: u64) -> Report {
        Report { generation: Some(generation(index)), ..Report::default() }
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_busy_agent_gets_the_newest_and_nothing_between() {
        let mut pace = Pace::default();
        assert!(pace.may_look(seconds(1)), "nothing is on its way");
        assert!(!pace.heard(&report(4)), "nothing waits");
        pace.sent(generation(5), seconds(1));
        assert_eq!(pace.until(), None);
        assert!(!pace.may_look(seconds(1)) && !pace.may_look(seconds(1)));
        assert_eq!(pace.until(), Some(seconds(2)));
        assert!(!pace.heard(&report(4)), "of the set before");
        assert!(pace.heard(&report(5)), "now it has the set, and there is news");
        assert!(!pace.heard(&report(5)), "once");
        assert!(pace.may_look(seconds(1)));
    }

    #[test]
    fn an_agent_that_says_nothing_is_told_in_the_end() {
        let mut pace = Pace::default();
        pace.sent(generation(5), seconds(1));
        assert!(!pace.may_look(seconds(1)));
        assert!(pace.may_look(seconds(2)));
        assert_eq!(pace.until(), None);
    }
}
