//! One entry written without a leader: the change of membership that ends the loss of a quorum.

use super::open;
use super::record::{self, Frame, identity::Identity};
use crate::store::{Durability, Store, StoreError, WriteBatch};
use crate::types::{Entry, LogId, Membership, Payload, StoredMembership, Vote};
use crate::wire::{self, LogIdRecord, VoteRecord};
use std::ops::ControlFlow;

/// The log at rest.
pub(crate) struct AtRest {
    pub(crate) last: Option<LogId>,
    pub(crate) committed: Option<LogId>,
    /// The newest membership among the entries.
    pub(crate) membership: Option<StoredMembership>,
    vote: Option<Vote>,
    checksum: record::Checksum,
}

/// Verifies the log in `store`, cutting a torn end, and reads what a recovery has to know.
pub(crate) fn at_rest(store: &dyn Store) -> Result<AtRest, StoreError> {
    let tail = open::read(store)?;
    Ok(AtRest {
        last: tail.last,
        committed: tail.committed,
        membership: newest_membership(store)?,
        vote: tail.vote,
        checksum: tail.checksum,
    })
}

/// Entries were verified before, so one that cannot be read is not there.
fn newest_membership(store: &dyn Store) -> Result<Option<StoredMembership>, StoreError> {
    let mut newest = None;
    let mut visit = |_: &[u8], value: &[u8]| {
        if let Some(entry) = Frame::parse(value).and_then(|frame| frame.entry().ok())
            && let Payload::Membership(membership) = entry.payload
        {
            newest = Some(StoredMembership::new(Some(entry.log_id), membership));
        }
        ControlFlow::Continue(())
    };
    store.scan(&record::entry_key(0), record::ENTRIES_END, &mut visit)?;
    Ok(newest)
}

impl AtRest {
    /// Appends `membership` as if server `own` had led a new term, with that term's vote, under the cluster's name in
    /// `own`. One synced batch: a crash leaves either nothing of it or all.
    pub(crate) fn append(
        &self,
        store: &dyn Store,
        own: &Identity,
        membership: Membership,
    ) -> Result<(), StoreError> {
        let last_term = self.last.map_or(0, |last| last.committed_leader_id().term);
        let term = self.vote.map_or(0, |vote| VoteRecord::from(vote).term).max(last_term) + 1;
        let index = self.last.map_or(0, |last| last.index() + 1);
        let log_id: LogId = LogIdRecord { term, index }.into();
        let entry = Entry { log_id, payload: Payload::Membership(membership) };
        let (bytes, _) = record::frame(&entry, &self.checksum);
        let mut batch = WriteBatch::default();
        batch.put(record::entry_key(index), bytes);
        batch.put(record::VOTE, wire::encode(&VoteRecord { term, node: own.node, committed: true }));
        batch.put(record::identity::IDENTITY, wire::encode(own));
        store.write(batch, Durability::Synced)
    }
}
