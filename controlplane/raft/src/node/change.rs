//! Changes of the membership, one at a time, on the leader.
//!
//! openraft does the protocol: a change of voters goes through a joint configuration, in which both the old and the
//! new majority have to agree. What is decided here is which changes are *wise*: a removal that leaves voters of whom
//! no majority answers would be the last thing the cluster ever agreed on.

use super::members::{Members, Role};
use super::{Core, RaftNode};
use crate::types::{NodeId, Types};
use openraft::ChangeMembers;
use openraft::async_runtime::{Instant, WatchReceiver};
use openraft::errors::{ChangeMembershipError, ClientWriteError, RaftError};
use openraft::impls::BasicNode;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A learner this many entries behind is close enough to vote: it catches up while the change is agreed on.
const CLOSE: u64 = 1000;

/// Why the membership was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipError {
    /// Only the leader changes the membership.
    #[error("this server does not lead")]
    NotLeader {
        /// Who does, if known.
        leader: Option<NodeId>,
    },
    /// There is no such member.
    #[error("server {0} is not a member")]
    Unknown(NodeId),
    /// It is a member already.
    #[error("server {0} is a member already, with another address")]
    AlreadyMember(NodeId),
    /// It votes already.
    #[error("server {0} is a voter already")]
    AlreadyVoter(NodeId),
    /// The address belongs to another member.
    #[error("{address} is the address of server {by}")]
    AddressTaken {
        /// What was asked for.
        address: String,
        /// Whose it is.
        by: NodeId,
    },
    /// No address was given.
    #[error("a member needs an address (host:port)")]
    NoAddress,
    /// Another change is not finished.
    #[error("another change of the membership is in progress; try again when it is done")]
    InProgress,
    /// Too few of the remaining voters answer.
    #[error("only {reachable} of the remaining voters can be reached, {needed} are needed for a majority")]
    NoQuorum {
        /// Voters that answered lately, this server included if it stays.
        reachable: usize,
        /// A majority of those that would remain.
        needed: usize,
    },
    /// A cluster has at least one voter.
    #[error("the last voter cannot be removed")]
    LastVoter,
    /// The learner is too far behind.
    #[error(
        "the learner has the log up to {matched}, but the newest entry is {last}; promote it when it has caught up"
    )]
    Behind {
        /// The newest entry on its disk; 0 when it has none.
        matched: u64,
        /// The newest entry.
        last: u64,
    },
    /// Leadership was lost meanwhile, or no majority answered in time; the change may or may not happen.
    #[error("leadership was lost or no majority answered in time; see whether the change was made")]
    LostLeadership,
    /// The node has stopped.
    #[error("the replicated log has stopped")]
    Stopped,
}

/// What has to be true of the voters that stay when one is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// A majority of them answers.
    HaveQuorum,
    /// There is at least one. The removal may then be the last thing the cluster agrees on for a while.
    MayLackQuorum,
}

/// A change that takes longer has lost its majority.
const LIMIT: Duration = Duration::from_secs(10);

type Change = ChangeMembers<NodeId, BasicNode>;

impl RaftNode {
    /// Adds a server that receives the log but has no vote yet. Adding it again at the same address changes nothing.
    pub async fn add_learner(&self, id: NodeId, address: String) -> Result<(), MembershipError> {
        let members = self.core.lead()?;
        check_address(&members, id, &address)?;
        if let Some(known) = members.members.get(&id) {
            return if known.address == address { Ok(()) } else { Err(MembershipError::AlreadyMember(id)) };
        }
        let node = BTreeMap::from([(id, BasicNode::new(address))]);
        self.core.change(ChangeMembers::AddNodes(node)).await
    }

    /// Gives a learner a vote, once it has nearly the whole log.
    pub async fn promote(&self, id: NodeId) -> Result<(), MembershipError> {
        let members = self.core.lead()?;
        match members.members.get(&id).ok_or(MembershipError::Unknown(id))?.role {
            Role::Voter => return Err(MembershipError::AlreadyVoter(id)),
            Role::Learner => {}
        }
        self.core.check_close(id)?;
        self.core.change(ChangeMembers::AddVoterIds(BTreeSet::from([id]))).await
    }

    /// Completes when learner `id` has nearly the whole log, so that [`promote`](Self::promote) takes it; an error when
    /// it is no member any more or this server does not lead. Costs nothing while nothing arrives there.
    pub async fn caught_up(&self, id: NodeId) -> Result<(), MembershipError> {
        let mut metrics = self.core.raft.metrics();
        loop {
            drop(metrics.borrow_and_update());
            let members = self.core.lead()?;
            members.members.get(&id).ok_or(MembershipError::Unknown(id))?;
            match self.core.check_close(id) {
                Err(MembershipError::Behind { .. }) => {}
                other => return other,
            }
            metrics.changed().await.map_err(|_| MembershipError::Stopped)?;
        }
    }

    /// Removes a member. A leader may remove itself: it hands leadership over when the change is agreed on.
    ///
    /// With [`Remaining::MayLackQuorum`] also when the rest cannot agree on anything at the moment: the change, and
    /// everything after it, is then decided when enough of them are back.
    pub async fn remove(&self, id: NodeId, remaining: Remaining) -> Result<(), MembershipError> {
        let members = self.core.lead()?;
        match members.members.get(&id).ok_or(MembershipError::Unknown(id))?.role {
            Role::Learner => self.core.change(ChangeMembers::RemoveNodes(BTreeSet::from([id]))).await,
            Role::Voter => {
                self.core.check_remaining(&members, id, remaining)?;
                self.core.change(ChangeMembers::RemoveVoters(BTreeSet::from([id]))).await
            }
        }
    }

    /// Records where a member listens now. A member that moved asks for this by itself.
    pub async fn set_address(&self, id: NodeId, address: String) -> Result<(), MembershipError> {
        self.core.set_address(id, address).await
    }
}

fn check_address(members: &Members, id: NodeId, address: &str) -> Result<(), MembershipError> {
    if address.is_empty() {
        return Err(MembershipError::NoAddress);
    }
    let other = members.members.iter().find(|(other, member)| **other != id && member.address == address);
    match other {
        Some((by, _)) => Err(MembershipError::AddressTaken { address: address.to_owned(), by: *by }),
        None => Ok(()),
    }
}

impl Core {
    pub(super) async fn set_address(&self, id: NodeId, address: String) -> Result<(), MembershipError> {
        let members = self.lead()?;
        check_address(&members, id, &address)?;
        let known = members.members.get(&id).ok_or(MembershipError::Unknown(id))?;
        if known.address == address {
            return Ok(());
        }
        let node = BTreeMap::from([(id, BasicNode::new(address))]);
        self.change(ChangeMembers::SetNodes(node)).await
    }

    /// The membership, if this member leads.
    fn lead(&self) -> Result<Members, MembershipError> {
        let leader = self.raft.metrics().borrow_watched().current_leader;
        let members = self.roll.watch().borrow().clone();
        match leader == Some(self.links.id) {
            // It removed itself and leads only until it has handed over.
            true if members.removed => Err(MembershipError::NotLeader { leader: None }),
            true => Ok(members),
            false => Err(MembershipError::NotLeader { leader }),
        }
    }

    /// Where every other member's log ends, on the leader.
    pub(super) fn matched(&self) -> BTreeMap<NodeId, u64> {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow_watched();
        let replication = metrics.replication.iter().flatten();
        replication.filter_map(|(id, matched)| Some((*id, matched.as_ref()?.index()))).collect()
    }

    /// Who answered within the last election time, on the leader; itself included.
    pub(super) fn reachable(&self) -> BTreeSet<NodeId> {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow_watched();
        let recent = |since: Duration| since < self.timing.election_max;
        let answered = metrics.heartbeat.iter().flatten().filter_map(|(id, time)| Some((*id, (*time)?)));
        let reachable = answered.filter(|(_, time)| recent(time.elapsed())).map(|(id, _)| id);
        reachable.chain([self.links.id]).collect()
    }

    /// Refuses a learner that is far behind.
    fn check_close(&self, id: NodeId) -> Result<(), MembershipError> {
        let last = self.raft.metrics().borrow_watched().last_log_index.unwrap_or(0);
        let matched = self.matched().get(&id).copied().unwrap_or(0);
        match matched + CLOSE < last || matched == 0 {
            true => Err(MembershipError::Behind { matched, last }),
            false => Ok(()),
        }
    }

    /// Refuses to remove `id` when the rest could not agree on anything.
    fn check_remaining(
        &self,
        members: &Members,
        id: NodeId,
        remaining_may: Remaining,
    ) -> Result<(), MembershipError> {
        let mut remaining = members.voters();
        remaining.remove(&id);
        if remaining.is_empty() {
            return Err(MembershipError::LastVoter);
        }
        let needed = remaining.len() / 2 + 1;
        let reachable = remaining.intersection(&self.reachable()).count();
        match reachable >= needed || remaining_may == Remaining::MayLackQuorum {
            true => Ok(()),
            false => Err(MembershipError::NoQuorum { reachable, needed }),
        }
    }

    /// One at a time, and returns when this member's own watch shows it.
    async fn change(&self, change: Change) -> Result<(), MembershipError> {
        let _turn = self.changing.try_lock().map_err(|_| MembershipError::InProgress)?;
        self.lead()?;
        let changed = self.links.runtime.within(LIMIT, self.change_and_see(change)).await;
        changed.unwrap_or(Err(MembershipError::LostLeadership))
    }

    async fn change_and_see(&self, change: Change) -> Result<(), MembershipError> {
        let response = self.raft.change_membership(change, false).await.map_err(refused)?;
        let index = response.log_id.index();
        let mut members = self.roll.watch();
        members
            .wait_for(|members| members.index >= index)
            .await
            .map(drop)
            .map_err(|_| MembershipError::Stopped)
    }

    /// Ends a joint configuration that an earlier leader began and did not live to end.
    pub(super) async fn finish_change(&self) -> Result<(), MembershipError> {
        let joint = {
            let metrics = self.raft.metrics();
            let metrics = metrics.borrow_watched();
            let committed = metrics.membership_config == metrics.committed_membership_config;
            committed && metrics.membership_config.get_joint_config().len() > 1
        };
        match joint {
            true => self.change(ChangeMembers::AddVoterIds(BTreeSet::new())).await,
            false => Ok(()),
        }
    }
}

fn refused(error: RaftError<Types, ClientWriteError<Types>>) -> MembershipError {
    match error {
        RaftError::APIError(ClientWriteError::ChangeMembershipError(error)) => match error {
            ChangeMembershipError::EmptyMembership(_) => MembershipError::LastVoter,
            ChangeMembershipError::LearnerNotFound(missing) => MembershipError::Unknown(missing.node_id),
            // Also before a new leader's first entry is committed.
            _ => MembershipError::InProgress,
        },
        RaftError::APIError(ClientWriteError::ForwardToLeader(to)) => {
            MembershipError::NotLeader { leader: to.leader_id }
        }
        RaftError::APIError(_) => MembershipError::LostLeadership,
        RaftError::Fatal(_) => MembershipError::Stopped,
    }
}
