//! Ids, votes, memberships, entries.

use crate::batch::Batch;
use crate::types::{Entry, LogId, Membership, NodeId, Payload, StoredMembership, Vote};
use crate::wire::Malformed;
use minicbor::{Decode, Encode};
use openraft::impls::{BasicNode, leader_id_std};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LogIdRecord {
    #[n(0)]
    pub(crate) term: u64,
    #[n(1)]
    pub(crate) index: u64,
}

impl From<LogId> for LogIdRecord {
    fn from(id: LogId) -> Self {
        Self { term: id.committed_leader_id().term, index: id.index() }
    }
}

impl From<LogIdRecord> for LogId {
    fn from(record: LogIdRecord) -> Self {
        Self::new(record.term.into(), record.index)
    }
}

/// A vote, and whether a majority granted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct VoteRecord {
    #[n(0)]
    pub(crate) term: u64,
    #[n(1)]
    pub(crate) node: NodeId,
    #[n(2)]
    pub(crate) committed: bool,
}

impl From<Vote> for VoteRecord {
    fn from(vote: Vote) -> Self {
        Self { term: vote.leader_id.term, node: vote.leader_id.voted_for, committed: vote.committed }
    }
}

impl From<VoteRecord> for Vote {
    fn from(record: VoteRecord) -> Self {
        let leader_id = leader_id_std::LeaderId { term: record.term, voted_for: record.node };
        Self { leader_id, committed: record.committed }
    }
}

/// The members: one set of voters, or two during a change, and the address of every node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MembershipRecord {
    #[n(0)]
    pub(crate) voters: Vec<BTreeSet<NodeId>>,
    #[n(1)]
    pub(crate) addresses: BTreeMap<NodeId, String>,
}

impl From<&Membership> for MembershipRecord {
    fn from(membership: &Membership) -> Self {
        let addresses = membership.nodes().map(|(id, node)| (*id, node.addr.clone())).collect();
        Self { voters: membership.get_joint_config().clone(), addresses }
    }
}

impl TryFrom<MembershipRecord> for Membership {
    type Error = Malformed;

    fn try_from(record: MembershipRecord) -> Result<Self, Malformed> {
        let nodes: BTreeMap<NodeId, BasicNode> =
            record.addresses.into_iter().map(|(id, address)| (id, BasicNode::new(address))).collect();
        if record.voters.is_empty() && nodes.is_empty() {
            return Ok(Self::default());
        }
        Self::new(record.voters, nodes)
            .map_err(|error| Malformed { what: "membership", reason: error.to_string() })
    }
}

/// A membership and the entry that brought it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct StoredMembershipRecord {
    #[n(0)]
    pub(crate) id: Option<LogIdRecord>,
    #[n(1)]
    pub(crate) membership: MembershipRecord,
}

impl From<&StoredMembership> for StoredMembershipRecord {
    fn from(stored: &StoredMembership) -> Self {
        Self { id: stored.log_id().map(LogIdRecord::from), membership: stored.membership().into() }
    }
}

impl TryFrom<StoredMembershipRecord> for StoredMembership {
    type Error = Malformed;

    fn try_from(record: StoredMembershipRecord) -> Result<Self, Malformed> {
        Ok(Self::new(record.id.map(LogId::from), record.membership.try_into()?))
    }
}

/// One entry of the log. At most one of `batch` and `membership` is there; neither means a blank entry, the
/// first of every leadership.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EntryRecord {
    #[n(0)]
    pub(crate) id: LogIdRecord,
    #[n(1)]
    #[cbor(with = "shared")]
    pub(crate) batch: Option<Arc<Batch>>,
    #[n(2)]
    pub(crate) membership: Option<MembershipRecord>,
}

impl From<&Entry> for EntryRecord {
    fn from(entry: &Entry) -> Self {
        let (batch, membership) = match &entry.payload {
            Payload::Blank => (None, None),
            Payload::Normal(batch) => (Some(batch.clone()), None),
            Payload::Membership(membership) => (None, Some(membership.into())),
        };
        Self { id: entry.log_id.into(), batch, membership }
    }
}

impl TryFrom<EntryRecord> for Entry {
    type Error = Malformed;

    fn try_from(record: EntryRecord) -> Result<Self, Malformed> {
        let payload = match (record.batch, record.membership) {
            (None, None) => Payload::Blank,
            (Some(batch), None) => Payload::Normal(batch),
            (None, Some(membership)) => Payload::Membership(membership.try_into()?),
            (Some(_), Some(_)) => {
                let reason = "it holds both a batch and a membership".to_owned();
                return Err(Malformed { what: "entry", reason });
            }
        };
        Ok(Self { log_id: record.id.into(), payload })
    }
}

/// `Option<Arc<Batch>>` as an optional batch.
mod shared {
    use crate::batch::Batch;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};
    use std::sync::Arc;

    pub(super) fn encode<C, W: Write>(
        batch: &Option<Arc<Batch>>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.encode(batch.as_deref())?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Option<Arc<Batch>>, DecodeError> {
        Ok(d.decode::<Option<Batch>>()?.map(Arc::new))
    }
}
