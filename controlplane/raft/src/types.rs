//! How openraft is put together here, and names for the results.

use crate::batch::{Batch, Outcome};
use crate::reply::Reply;
use crate::runtime::AmbientRuntime;
use openraft::impls::{BasicNode, BoxedErrorSource, InlineBatch, leader_id_std};
use openraft::type_config::alias;
use std::sync::Arc;

/// A member of the cluster. Given by the operator, never reused.
pub type NodeId = u64;

/// openraft's configuration. Leaders are numbered as in the Raft paper, one per term, so that a term names a
/// leadership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Types;

impl openraft::RaftTypeConfig for Types {
    type D = Arc<Batch>;
    type R = Outcome;
    type NodeId = NodeId;
    type Node = BasicNode;
    type Term = u64;
    type LeaderId = leader_id_std::LeaderId<u64, NodeId>;
    type Vote = openraft::impls::Vote<Self::LeaderId>;
    type Payload = openraft::EntryPayload<Self::D, NodeId, BasicNode>;
    type Entry = openraft::Entry<openraft::vote::leader_id_std::CommittedLeaderId<u64>, Self::Payload>;
    type AsyncRuntime = AmbientRuntime;
    type Responder<T>
        = Reply<T>
    where
        T: Send + 'static;
    type Batch<T>
        = InlineBatch<T>
    where
        T: Send + 'static;
    type ErrorSource = BoxedErrorSource;
}

pub(crate) type Entry = alias::EntryOf<Types>;
pub(crate) type LogId = alias::LogIdOf<Types>;
pub(crate) type Payload = alias::PayloadOf<Types>;
pub(crate) type Vote = alias::VoteOf<Types>;
pub(crate) type StoredMembership = alias::StoredMembershipOf<Types>;
pub(crate) type SnapshotMeta = alias::SnapshotMetaOf<Types>;
pub(crate) type Membership = openraft::Membership<NodeId, BasicNode>;
