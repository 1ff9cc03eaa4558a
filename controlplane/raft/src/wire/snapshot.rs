//! What servers say to each other about a snapshot.

use super::record::{LogIdRecord, StoredMembershipRecord, VoteRecord};
use crate::types::SnapshotMeta;
use crate::wire::Malformed;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Names one image on one sender, so that two images of the same records are not mixed up: their pairs may be cut into
/// chunks at other places.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SnapshotId {
    /// Of the sender's process.
    #[n(0)]
    pub(crate) boot: u64,
    /// Which of its images.
    #[n(1)]
    pub(crate) image: u64,
}

/// Where a transfer stands, at the end of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TransferPoint {
    /// The last key that has arrived; nothing has when it is absent.
    #[n(0)]
    pub(crate) after: Option<ByteVec>,
    /// Pairs so far.
    #[n(1)]
    pub(crate) pairs: u64,
    /// The checksum that chains the chunks so far.
    #[n(2)]
    pub(crate) chain: ByteVec,
}

impl Default for TransferPoint {
    fn default() -> Self {
        Self { after: None, pairs: 0, chain: Vec::new().into() }
    }
}

/// Sent before a snapshot's content.
#[derive(Debug, Encode, Decode)]
pub(crate) struct SnapshotHeader {
    #[n(0)]
    pub(crate) vote: VoteRecord,
    #[n(1)]
    pub(crate) last: Option<LogIdRecord>,
    #[n(2)]
    pub(crate) membership: StoredMembershipRecord,
    #[n(3)]
    pub(crate) id: SnapshotId,
    /// What the content continues.
    #[n(4)]
    pub(crate) from: TransferPoint,
}

impl SnapshotHeader {
    pub(crate) fn meta(&self) -> Result<SnapshotMeta, Malformed> {
        Ok(SnapshotMeta {
            last_log_id: self.last.map(Into::into),
            last_membership: self.membership.clone().try_into()?,
        })
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) struct SnapshotReply {
    #[n(0)]
    pub(crate) vote: VoteRecord,
}
