//! Going on after a majority of the voters is lost for good.
//!
//! Nothing can be committed without a majority, and no running server may decide by itself that the others will never
//! come back. So the operator stops everything, picks the server that is farthest ahead and makes it the only voter;
//! the others join again afterwards, with empty folders and new numbers.
//!
//! **What may be lost**: batches that were acknowledged by the lost majority and never reached this server. **What may
//! appear**: batches in this server's log that were never acknowledged to anyone become committed. **What must not
//! happen**: the others starting again on their old data. They would still hold each other for a majority.
//!
//! It is one entry in the log, written with the vote that goes with it in one synced write: before it nothing has
//! happened, after it the recovery is complete, and repeating it changes nothing.

use crate::format;
use crate::log::{at_rest, identity};
use crate::state::{self, StateStore};
use crate::store::{StoreError, Stores};
use crate::types::{Membership, NodeId};
use openraft::impls::BasicNode;
use std::collections::{BTreeMap, BTreeSet};

/// What a recovery found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Voters and learners as this server knew them.
    pub members_before: BTreeMap<NodeId, String>,
    /// The newest entry of the log as it was found: everything up to here is kept.
    pub last_index: u64,
    /// The newest entry this server knew to be acknowledged. Those behind it may or may not have been.
    pub committed_index: u64,
    /// Whether anything was written; `false` when this server was the only member already.
    pub changed: bool,
}

/// Why a server was not made the only voter. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The data on disk.
    #[error("data folder")]
    Store(#[from] StoreError),
    /// The folder has no log, so there is nothing to go on with.
    #[error("the data folder is empty: recover the server that is farthest ahead")]
    Empty,
    /// The data on disk is someone else's.
    #[error("the data folder belongs to server {node} of cluster {cluster:?}")]
    Foreign {
        /// The cluster that wrote it.
        cluster: String,
        /// The member that wrote it.
        node: NodeId,
    },
    /// A learner has no say in what was committed; making it a voter is better than nothing only when no voter is left.
    #[error("server {0} was not a member when its log ends")]
    NotAMember(NodeId),
}

/// Makes server `id` of `cluster`, reachable at `address`, the only member, keeping its log and records. The server must
/// not run, and the others must never run again on their data; see the module's page for what may be lost. Blocks.
pub fn recover(stores: &Stores, id: NodeId, address: &str, cluster: &str) -> Result<Recovered, RecoverError> {
    let log = stores.log.as_ref();
    format::check_store("log/", log)?;
    format::check_store("state/", stores.state.as_ref())?;
    match identity::read(log)? {
        None => return Err(RecoverError::Empty),
        Some(found) if found.cluster != cluster || found.node != id => {
            return Err(RecoverError::Foreign { cluster: found.cluster, node: found.node });
        }
        Some(_) => {}
    }
    state::finish_swap(stores.state.as_ref(), log)?;
    let found = at_rest(log)?;
    let membership = match &found.membership {
        Some(membership) => membership.clone(),
        None => StateStore::stored_membership(stores.state.as_ref())?,
    };
    let addresses: BTreeMap<_, _> = membership.nodes().map(|(id, node)| (*id, node.addr.clone())).collect();
    if !addresses.contains_key(&id) {
        return Err(RecoverError::NotAMember(id));
    }
    let alone = only(id, address)?;
    let changed = *membership.membership() != alone;
    if changed {
        found.append(log, id, alone)?;
    }
    let index = |log_id: Option<crate::types::LogId>| log_id.map_or(0, |log_id| log_id.index());
    Ok(Recovered {
        members_before: addresses,
        last_index: index(found.last),
        committed_index: index(found.committed),
        changed,
    })
}

fn only(id: NodeId, address: &str) -> Result<Membership, StoreError> {
    let nodes = BTreeMap::from([(id, BasicNode::new(address))]);
    Membership::new(vec![BTreeSet::from([id])], nodes)
        .map_err(|error| StoreError::Unavailable(format!("a membership of one is refused: {error}")))
}
