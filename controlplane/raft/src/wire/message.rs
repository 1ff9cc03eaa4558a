//! What servers say to each other.

use super::record::{EntryRecord, LogIdRecord, VoteRecord};
use crate::types::{NodeId, Types};
use crate::wire::Malformed;
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use openraft::raft as message;

/// Around every request, so that a message that went astray is recognised: from another cluster that was set up
/// with the same addresses, or meant for a server that used to have this one's address.
#[derive(Debug, Encode, Decode)]
pub(crate) struct Envelope {
    #[n(0)]
    pub(crate) cluster: String,
    #[n(1)]
    pub(crate) from: NodeId,
    #[n(2)]
    pub(crate) to: NodeId,
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) body: Vec<u8>,
}

/// The sender named in an envelope, without reading the rest of it.
pub(crate) fn sender(envelope: &[u8]) -> Result<NodeId, Malformed> {
    let mut decoder = minicbor::Decoder::new(envelope);
    let mut read = || {
        decoder.array()?;
        decoder.skip()?;
        decoder.u64()
    };
    read().map_err(|error| Malformed { what: "envelope", reason: error.to_string() })
}

#[derive(Debug, Encode, Decode)]
pub(crate) struct AppendRequest {
    #[n(0)]
    vote: VoteRecord,
    #[n(1)]
    previous: Option<LogIdRecord>,
    #[n(2)]
    entries: Vec<EntryRecord>,
    #[n(3)]
    committed: Option<LogIdRecord>,
}

impl From<&message::AppendEntriesRequest<Types>> for AppendRequest {
    fn from(request: &message::AppendEntriesRequest<Types>) -> Self {
        Self {
            vote: request.vote.into(),
            previous: request.prev_log_id.map(LogIdRecord::from),
            entries: request.entries.iter().map(EntryRecord::from).collect(),
            committed: request.leader_commit.map(LogIdRecord::from),
        }
    }
}

impl TryFrom<AppendRequest> for message::AppendEntriesRequest<Types> {
    type Error = Malformed;

    fn try_from(request: AppendRequest) -> Result<Self, Malformed> {
        Ok(Self {
            vote: request.vote.into(),
            prev_log_id: request.previous.map(Into::into),
            entries: request.entries.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            leader_commit: request.committed.map(Into::into),
        })
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) enum AppendReply {
    #[n(0)]
    Success,
    #[n(1)]
    Partial(#[n(0)] Option<LogIdRecord>),
    #[n(2)]
    Conflict,
    #[n(3)]
    HigherVote(#[n(0)] VoteRecord),
}

/// A follower's answer, with its wall clock, because the leader has to know how far the members' clocks are apart, and
/// the newest entry on its disk, which spares a new leader the search for it.
#[derive(Debug, Encode, Decode)]
pub(crate) struct AppendAnswer {
    #[n(0)]
    pub(crate) reply: AppendReply,
    #[n(1)]
    pub(crate) clock: Timestamp,
    #[n(2)]
    pub(crate) last: Option<LogIdRecord>,
}

impl From<message::AppendEntriesResponse<Types>> for AppendReply {
    fn from(response: message::AppendEntriesResponse<Types>) -> Self {
        use message::AppendEntriesResponse as Response;
        match response {
            Response::Success => Self::Success,
            Response::PartialSuccess(id) => Self::Partial(id.map(LogIdRecord::from)),
            Response::Conflict => Self::Conflict,
            Response::HigherVote(vote) => Self::HigherVote(vote.into()),
        }
    }
}

impl From<AppendReply> for message::AppendEntriesResponse<Types> {
    fn from(reply: AppendReply) -> Self {
        match reply {
            AppendReply::Success => Self::Success,
            AppendReply::Partial(id) => Self::PartialSuccess(id.map(Into::into)),
            AppendReply::Conflict => Self::Conflict,
            AppendReply::HigherVote(vote) => Self::HigherVote(vote.into()),
        }
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) struct VoteRequest {
    #[n(0)]
    vote: VoteRecord,
    #[n(1)]
    last: Option<LogIdRecord>,
    #[n(2)]
    transfer: bool,
}

impl From<message::VoteRequest<Types>> for VoteRequest {
    fn from(request: message::VoteRequest<Types>) -> Self {
        Self {
            vote: request.vote.into(),
            last: request.last_log_id.map(LogIdRecord::from),
            transfer: request.leadership_transfer,
        }
    }
}

impl From<VoteRequest> for message::VoteRequest<Types> {
    fn from(request: VoteRequest) -> Self {
        let mut vote = Self::new(request.vote.into(), request.last.map(Into::into));
        vote.leadership_transfer = request.transfer;
        vote
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) struct VoteReply {
    #[n(0)]
    vote: VoteRecord,
    #[n(1)]
    last: Option<LogIdRecord>,
    #[n(2)]
    granted: bool,
}

impl From<message::VoteResponse<Types>> for VoteReply {
    fn from(response: message::VoteResponse<Types>) -> Self {
        Self {
            vote: response.vote.into(),
            last: response.last_log_id.map(LogIdRecord::from),
            granted: response.vote_granted,
        }
    }
}

impl From<VoteReply> for message::VoteResponse<Types> {
    fn from(reply: VoteReply) -> Self {
        Self { vote: reply.vote.into(), last_log_id: reply.last.map(Into::into), vote_granted: reply.granted }
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) struct TransferRequest {
    #[n(0)]
    from: VoteRecord,
    #[n(1)]
    to: NodeId,
    #[n(2)]
    last: Option<LogIdRecord>,
}

impl From<message::TransferLeaderRequest<Types>> for TransferRequest {
    fn from(request: message::TransferLeaderRequest<Types>) -> Self {
        Self {
            from: (*request.from_leader()).into(),
            to: *request.to_node_id(),
            last: request.last_log_id().copied().map(LogIdRecord::from),
        }
    }
}

impl From<TransferRequest> for message::TransferLeaderRequest<Types> {
    fn from(request: TransferRequest) -> Self {
        Self::new(request.from.into(), request.to, request.last.map(Into::into))
    }
}

#[derive(Debug, Encode, Decode)]
pub(crate) enum TransferReply {
    #[n(0)]
    Accepted,
    #[n(1)]
    VoteChanged {
        #[n(0)]
        expected: VoteRecord,
        #[n(1)]
        actual: VoteRecord,
    },
    #[n(2)]
    Behind {
        #[n(0)]
        expected: Option<LogIdRecord>,
        #[n(1)]
        actual: Option<LogIdRecord>,
    },
}

impl From<message::TransferLeaderResponse<Types>> for TransferReply {
    fn from(response: message::TransferLeaderResponse<Types>) -> Self {
        use message::TransferLeaderError as Error;
        match response {
            Ok(()) => Self::Accepted,
            Err(Error::VoteChanged { expected, actual }) => {
                Self::VoteChanged { expected: expected.into(), actual: actual.into() }
            }
            Err(Error::LogNotFlushed { expected, actual }) => {
                Self::Behind { expected: expected.map(Into::into), actual: actual.map(Into::into) }
            }
        }
    }
}

impl From<TransferReply> for message::TransferLeaderResponse<Types> {
    fn from(reply: TransferReply) -> Self {
        use message::TransferLeaderError as Error;
        match reply {
            TransferReply::Accepted => Ok(()),
            TransferReply::VoteChanged { expected, actual } => {
                Err(Error::VoteChanged { expected: expected.into(), actual: actual.into() })
            }
            TransferReply::Behind { expected, actual } => Err(Error::LogNotFlushed {
                expected: expected.map(Into::into),
                actual: actual.map(Into::into),
            }),
        }
    }
}

/// A leader's answer to "how far must I have applied to read what is true now?"
#[derive(Debug, Encode, Decode)]
pub(crate) enum ReadReply {
    #[n(0)]
    Index(#[n(0)] u64),
    /// It does not lead (any more); try `leader`.
    #[n(1)]
    NotLeader(#[n(0)] Option<NodeId>),
}
