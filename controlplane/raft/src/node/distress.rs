//! What a member can do when its disk lets it down.
//!
//! A failed write of the log is final for the process: what the file holds then is known only to a fresh look at it, so the
//! node stops, and a server without its node has nothing to say and should end. A disk that is *nearly* full is
//! noticed before that, while refusing is still possible.

use super::{Leadership, RaftNode};
use openraft::async_runtime::WatchReceiver;
use std::collections::BTreeSet;

impl RaftNode {
    /// Completes when the node has stopped by itself or was shut down; says why.
    pub async fn stopped(&self) -> String {
        // An error means that whoever kept the watch up to date is gone, which is an end as well.
        let _ = self.leadership().wait_for(|leadership| *leadership == Leadership::Stopped).await;
        match &self.core.raft.metrics().borrow_watched().running_state {
            Err(failure) => failure.to_string(),
            Ok(()) => "the replicated log has ended".to_owned(),
        }
    }

    /// Bytes that could still be written where `log/` lies; `None` when the store cannot tell.
    pub fn free_bytes(&self) -> Option<u64> {
        self.core.log.free_bytes()
    }

    /// Asks the other voters to take over, beginning with the one after this member in the order of their numbers;
    /// `false` when none does.
    pub async fn pass_leadership_on(&self) -> bool {
        let (own, voters) = (self.id(), self.core.raft.voter_ids().collect::<BTreeSet<_>>());
        for next in voters.range(own + 1..).chain(voters.range(..own)) {
            if self.transfer_leader(*next).await.is_ok() {
                return true;
            }
        }
        false
    }
}
