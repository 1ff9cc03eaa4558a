//! Handing leadership to a chosen member.

use super::Core;
use super::Leadership;
use super::members::Role;
use crate::types::NodeId;
use openraft::async_runtime::WatchReceiver;

/// Why leadership did not go where it was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Only the leader can hand over.
    #[error("this server does not lead")]
    NotLeader {
        /// Who does, if known.
        leader: Option<NodeId>,
    },
    /// Only a voter can lead.
    #[error("server {0} is not a voter of this cluster")]
    NotAVoter(NodeId),
    /// It did not answer lately.
    #[error("server {0} does not answer")]
    Unreachable(NodeId),
    /// It did not take over in time. Whoever is elected now leads, perhaps again this one.
    #[error("server {0} did not take over in time")]
    NotTaken(NodeId),
    /// The node has stopped.
    #[error("the replicated log has stopped")]
    Stopped,
}

impl Core {
    /// Hands over to `to` and waits until it leads. The checks come first because a leader that hands over takes no
    /// proposals any more: if `to` were gone, nobody would until the next election.
    pub(super) async fn transfer(&self, to: NodeId) -> Result<(), TransferError> {
        let leader = self.raft.metrics().borrow_watched().current_leader;
        if leader != Some(self.links.id) {
            return Err(TransferError::NotLeader { leader });
        }
        if to == self.links.id {
            return Ok(());
        }
        let role = self.roll.watch().borrow().members.get(&to).map(|member| member.role);
        if role != Some(Role::Voter) {
            return Err(TransferError::NotAVoter(to));
        }
        if !self.reachable().contains(&to) {
            return Err(TransferError::Unreachable(to));
        }
        let mut part = self.leadership.clone();
        self.raft.trigger().transfer_leader(to).await.map_err(|_| TransferError::Stopped)?;
        let taken = part.wait_for(|part| {
            matches!(part, Leadership::Follower { leader: Some(leader), .. } if *leader == to)
                || *part == Leadership::Stopped
        });
        match self.links.runtime.within(self.timing.election_max, taken).await {
            Some(Ok(part)) if *part != Leadership::Stopped => Ok(()),
            Some(_) => Err(TransferError::Stopped),
            None => Err(TransferError::NotTaken(to)),
        }
    }
}
