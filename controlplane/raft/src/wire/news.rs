//! What members tell each other about members.

use crate::types::NodeId;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Has the leader of this term ended? Asked by a member that has seen it end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LeaderGone {
    #[n(0)]
    pub(crate) term: u64,
    #[n(1)]
    pub(crate) leader: NodeId,
}

/// Whether the asked member sees it too. With a yes it has also given up the lease that would keep it from voting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct GoneToo {
    #[n(0)]
    pub(crate) yes: bool,
}

/// "I am here; do you still know me?" Sent by a member that hears from no leader, or that has moved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Greeting {
    #[n(0)]
    pub(crate) address: String,
}

/// What the greeted member knows. Its membership is committed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Welcome {
    /// The index of the entry that brought the membership.
    #[n(0)]
    pub(crate) index: u64,
    #[n(1)]
    pub(crate) members: BTreeMap<NodeId, String>,
}
