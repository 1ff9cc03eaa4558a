//! Where a follower's log meets the leader's, in one round trip.
//!
//! A new leader does not know how far its followers are. openraft finds out by bisection: about ten round trips. But a
//! follower can say what its newest entry is, and where the leader has the very same one, both logs are the same up to it
//! (Raft's log matching property). So a request whose predecessor the follower is not known to have asks first, without
//! entries, and the other steps of the search are answered here.
//!
//! What readers get wrong: openraft takes every answer as a sign that the follower follows at that moment, and counts the
//! leader's lease from it. So the follower's word stands only for a part of what lies between the lease and the first
//! election, and whoever comes later asks again. The word counts only after the follower took a request, which says that
//! nobody else changes its log; and it names what is on its disk, not what is on its way there, because openraft counts it
//! towards a majority.

use crate::log::LogStore;
use crate::types::{LogId, Types};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse};
use std::time::Duration;

/// What one follower is known to have, as long as openraft keeps one connection to it.
pub(crate) struct Matching {
    known: Option<LogId>,
    /// When the question was sent whose answer stands for others.
    asked: Option<Duration>,
    answer_for: Duration,
}

impl Matching {
    /// Nothing is known; an answer will stand for others during `answer_for`.
    pub(crate) fn new(answer_for: Duration) -> Self {
        Self { known: None, asked: None, answer_for }
    }

    /// What to ask before the entries of `request` are sent, where they would be a guess.
    pub(crate) fn question(
        &self,
        request: &AppendEntriesRequest<Types>,
    ) -> Option<AppendEntriesRequest<Types>> {
        let is_guess = request.prev_log_id > self.known && !request.entries.is_empty();
        is_guess.then(|| AppendEntriesRequest {
            vote: request.vote,
            prev_log_id: request.prev_log_id,
            entries: Vec::new(),
            leader_commit: request.leader_commit,
        })
    }

    /// The follower took a question that was sent at `asked`, and says that `last` is the newest entry on its disk; `log` is
    /// the leader's.
    pub(crate) async fn believe(&mut self, last: Option<LogId>, asked: Duration, log: &LogStore) {
        let Some(last) = last.filter(|last| Some(*last) > self.known) else { return };
        // A log that cannot be read is openraft's to find out about; without it, the search goes on.
        if log.holds(last).await.unwrap_or(false) {
            (self.known, self.asked) = (Some(last), Some(asked));
        }
    }

    /// Whether what the follower said may stand for an answer at `now`.
    pub(crate) fn is_fresh(&self, now: Duration) -> bool {
        self.asked.is_some_and(|asked| now.saturating_sub(asked) < self.answer_for)
    }

    /// Takes the entries out that the follower has; whether these were all there were.
    pub(crate) fn leave_out_known(&self, request: &mut AppendEntriesRequest<Types>) -> bool {
        let known = request.entries.partition_point(|entry| Some(entry.log_id) <= self.known);
        let Some(last) = request.entries.drain(..known).next_back() else { return false };
        request.prev_log_id = Some(last.log_id);
        request.entries.is_empty()
    }

    /// Takes note of what the follower said to `request`.
    pub(crate) fn learn(
        &mut self,
        request: &AppendEntriesRequest<Types>,
        response: &AppendEntriesResponse<Types>,
    ) {
        let last = request.entries.last().map(|entry| entry.log_id).or(request.prev_log_id);
        match response {
            AppendEntriesResponse::Success => self.known = self.known.max(last),
            AppendEntriesResponse::PartialSuccess(matching) => self.known = self.known.max(*matching),
            AppendEntriesResponse::Conflict => (self.known, self.asked) = (None, None),
            AppendEntriesResponse::HigherVote(_) => self.asked = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::open;
    use crate::log::tests::OpenGate;
    use crate::runtime::Sim;
    use crate::store::Stores;
    use crate::types::{Entry, Payload, Vote};
    use openraft::storage::{IOFlushed, RaftLogStorage};
    use std::sync::Arc;

    fn id(term: u64, index: u64) -> LogId {
        LogId::new(term.into(), index)
    }

    fn request(previous: Option<LogId>, entries: &[LogId]) -> AppendEntriesRequest<Types> {
        let entry = |log_id: &LogId| Entry { log_id: *log_id, payload: Payload::Blank };
        AppendEntriesRequest {
            vote: Vote::new(2, 1),
            prev_log_id: previous,
            entries: entries.iter().map(entry).collect(),
            leader_commit: None,
        }
    }

    fn knowing(known: Option<LogId>) -> Matching {
        Matching { known, asked: Some(Duration::from_millis(100)), answer_for: Duration::from_millis(50) }
    }

    /// What is known after the follower took a question for `previous` and named `last`; the leader has entries 0 to 9 of
    /// term 1.
    fn known(previous: LogId, last: Option<LogId>) -> Option<LogId> {
        let sim = Sim::new(1);
        let test = async {
            let mut log = open(Stores::in_memory(1).log, sim.machine("leader"), Arc::new(OpenGate)).unwrap();
            let entries = (0..10).map(|index| Entry { log_id: id(1, index), payload: Payload::Blank });
            log.append(entries, IOFlushed::noop()).await.unwrap();
            let mut matching = Matching::new(Duration::from_millis(50));
            let question = matching.question(&request(Some(previous), &[id(1, 9)])).unwrap();
            assert!(question.entries.is_empty());
            matching.learn(&question, &AppendEntriesResponse::Success);
            matching.believe(last, Duration::from_millis(100), &log).await;
            matching.known
        };
        sim.block_on(test).unwrap()
    }

    #[test]
    fn a_shared_newest_entry_ends_the_search() {
        assert_eq!(known(id(1, 4), Some(id(1, 8))), Some(id(1, 8)));
    }

    #[test]
    fn only_what_both_have_counts() {
        // Another leader's entry at the same place, one beyond the leader's log, an older one, none.
        for last in [Some(id(2, 8)), Some(id(1, 10)), Some(id(1, 3)), None] {
            assert_eq!(known(id(1, 4), last), Some(id(1, 4)), "{last:?}");
        }
    }

    #[test]
    fn entries_go_only_behind_what_the_follower_has() {
        let matching = knowing(Some(id(1, 4)));
        assert!(matching.question(&request(Some(id(1, 4)), &[id(1, 5)])).is_none(), "no guess");
        assert!(matching.question(&request(Some(id(1, 5)), &[id(1, 6)])).is_some());
        assert!(matching.question(&request(Some(id(1, 9)), &[])).is_none(), "a heartbeat");
        assert!(knowing(None).question(&request(None, &[id(1, 0)])).is_none(), "an empty log");
    }

    #[test]
    fn what_the_follower_has_is_not_sent() {
        let left = |previous: u64, entries: &[u64]| {
            let entries: Vec<_> = entries.iter().map(|index| id(1, *index)).collect();
            let mut request = request(Some(id(1, previous)), &entries);
            let had_all = knowing(Some(id(1, 4))).leave_out_known(&mut request);
            let left: Vec<_> = request.entries.iter().map(|entry| entry.log_id.index()).collect();
            (had_all, request.prev_log_id.map(|id| id.index()), left)
        };
        assert_eq!(left(2, &[3, 4, 5]), (false, Some(4), vec![5]));
        assert_eq!(left(4, &[5, 6]), (false, Some(4), vec![5, 6]));
        assert_eq!(left(1, &[2, 3]), (true, Some(3), vec![]));
        assert_eq!(left(4, &[]), (false, Some(4), vec![]), "a heartbeat is never answered for");
    }

    #[test]
    fn a_follower_that_lost_entries_is_asked_again() {
        let mut matching = knowing(Some(id(1, 4)));
        let lost = request(Some(id(1, 4)), &[id(1, 5)]);
        matching.learn(&lost, &AppendEntriesResponse::Conflict);
        assert!(matching.question(&lost).is_some());
    }

    #[test]
    fn a_word_stands_only_for_a_while() {
        let at = |millis| knowing(Some(id(1, 4))).is_fresh(Duration::from_millis(millis));
        assert!(at(149));
        assert!(!at(150));
    }

    #[test]
    fn a_word_does_not_outlive_a_newer_leader() {
        let mut matching = knowing(Some(id(1, 4)));
        let response = AppendEntriesResponse::HigherVote(Vote::new(3, 2));
        matching.learn(&request(Some(id(1, 4)), &[id(1, 5)]), &response);
        assert!(!matching.is_fresh(Duration::from_millis(100)));
    }
}
