//! The form of openraft's types on disk and between servers: minicbor with numbered fields.
//!
//! openraft offers serde for its types. Using it would tie both the log on disk and the protocol between servers
//! of different versions to the layout of another project's structs, which is still changing. These records are
//! ours: a field is added with a new number and read as absent from older writers.

mod codec;
mod message;
mod news;
mod record;
mod snapshot;

pub(crate) use codec::{Malformed, decode, encode};
pub(crate) use message::{
    AppendAnswer, AppendRequest, Envelope, ReadReply, TransferReply, TransferRequest, VoteReply, VoteRequest,
    sender,
};
pub(crate) use news::{GoneToo, Greeting, LeaderGone, Welcome};
pub(crate) use record::{EntryRecord, LogIdRecord, StoredMembershipRecord, VoteRecord};
pub(crate) use snapshot::{SnapshotHeader, SnapshotId, SnapshotReply, TransferPoint};

#[cfg(test)]
mod tests;
