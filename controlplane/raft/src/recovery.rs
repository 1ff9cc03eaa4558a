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
//! So the cluster gets another name with it, and the others are strangers to it from then on, whatever is done with them.
//!
//! It is one entry in the log, written with the vote that goes with it and the new name in one synced write: before it
//! nothing has happened, after it the recovery is complete, and repeating it changes nothing.

use crate::format;
use crate::log::{AtRest, Identity, at_rest, identity};
use crate::state::{self, StateStore};
use crate::store::{StoreError, Stores};
use crate::types::{Membership, NodeId};
use openraft::impls::BasicNode;
use std::collections::{BTreeMap, BTreeSet};

/// What a recovery has to go on with, and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The server the data folder belongs to.
    pub id: NodeId,
    /// Its cluster's name as it was found.
    pub cluster: String,
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
    /// A learner has no say in what was committed; making it a voter is better than nothing only when no voter is left.
    #[error("server {0} was not a member when its log ends")]
    NotAMember(NodeId),
}

/// Whose data folder this is, as its log says; `None` while nothing was ever written to it. Blocks.
pub fn identity(stores: &Stores) -> Result<Option<Identity>, StoreError> {
    format::check_store("log/", stores.log.as_ref())?;
    identity::read(stores.log.as_ref())
}

/// What [`recover`] would go on with. Changes nothing a start would not change. Blocks.
pub fn assess(stores: &Stores) -> Result<Recovered, RecoverError> {
    survey(stores).map(|(recovered, _)| recovered)
}

/// Makes the server whose data folder this is the only member of a cluster named `cluster`, keeping its log and records.
/// The server must not run; see the module's page for what may be lost. Blocks.
pub fn recover(stores: &Stores, cluster: &str) -> Result<Recovered, RecoverError> {
    let (found, log) = survey(stores)?;
    if found.members_before.len() == 1 {
        return Ok(found);
    }
    let alone = only(found.id, &found.members_before[&found.id])?;
    let renamed = Identity { cluster: cluster.to_owned(), node: found.id };
    log.append(stores.log.as_ref(), &renamed, alone)?;
    Ok(Recovered { changed: true, ..found })
}

fn survey(stores: &Stores) -> Result<(Recovered, AtRest), RecoverError> {
    let log = stores.log.as_ref();
    let Identity { cluster, node: id } = identity(stores)?.ok_or(RecoverError::Empty)?;
    format::check_store("state/", stores.state.as_ref())?;
    state::finish_swap(stores.state.as_ref(), log)?;
    let found = at_rest(log)?;
    let membership = match &found.membership {
        Some(membership) => membership.clone(),
        None => StateStore::stored_membership(stores.state.as_ref())?,
    };
    let members_before: BTreeMap<_, _> =
        membership.nodes().map(|(id, node)| (*id, node.addr.clone())).collect();
    if !members_before.contains_key(&id) {
        return Err(RecoverError::NotAMember(id));
    }
    let index = |log_id: Option<crate::types::LogId>| log_id.map_or(0, |log_id| log_id.index());
    let (last_index, committed_index) = (index(found.last), index(found.committed));
    let recovered = Recovered { id, cluster, members_before, last_index, committed_index, changed: false };
    Ok((recovered, found))
}

fn only(id: NodeId, address: &str) -> Result<Membership, StoreError> {
    let nodes = BTreeMap::from([(id, BasicNode::new(address))]);
    Membership::new(vec![BTreeSet::from([id])], nodes)
        .map_err(|error| StoreError::Unavailable(format!("a membership of one is refused: {error}")))
}
