//! openraft's view of the state machine.

use super::{
    APPLIED, CHAIN, Chain, Event, FIRST, MEMBERSHIP, META_END, Received, SnapshotData, StateStore, Taken,
    position_in, read_position, receive, record_key, send,
};
use crate::batch::{Batch, Outcome};
use crate::log::intent;
use crate::store::{Durability, Store, StoreError, WriteBatch, off_thread, on_disk};
use crate::types::{Entry, LogId, Payload, SnapshotMeta, StoredMembership, Types};
use crate::wire::{self, LogIdRecord, SnapshotId, StoredMembershipRecord, TransferPoint};
use futures::{Stream, StreamExt};
use openraft::RaftSnapshotBuilder;
use openraft::storage::{EntryResponder, RaftStateMachine, Snapshot};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// openraft drives this; everyone else looks at the [`StateStore`] behind it.
pub(crate) struct StateMachine(pub(crate) Arc<StateStore>);

type SnapshotOf = openraft::type_config::alias::SnapshotOf<Types, SnapshotData>;

impl RaftStateMachine<Types> for StateMachine {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        let position = self.0.position();
        Ok((position.applied, position.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> Result<(), io::Error>
    where
        S: Stream<Item = Result<EntryResponder<Types>, io::Error>> + Unpin + Send,
    {
        while let Some(item) = entries.next().await {
            let (entry, responder) = item?;
            let outcome = self.0.apply(entry)?;
            if let Some(responder) = responder {
                responder.send(outcome);
            }
        }
        Ok(())
    }

    async fn try_create_snapshot_builder(&mut self, force: bool) -> Option<Builder> {
        let wait = !force && self.0.transfers.hold(self.0.runtime.as_ref());
        (!wait).then(|| Builder(self.0.clone()))
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        Builder(self.0.clone())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotData,
    ) -> Result<(), io::Error> {
        let received = match snapshot {
            SnapshotData::Received(received) => received,
            // openraft hands back an image of this process when it finds the records older than that.
            SnapshotData::Image(taken) => {
                let id = SnapshotId { boot: 0, image: taken.number };
                let chunks = send(taken.image, TransferPoint::default(), self.0.store.blocks());
                let whole = receive(&self.0, id, TransferPoint::default(), meta.last_log_id, chunks);
                whole.await.map_err(io::Error::other)?
            }
        };
        Ok(self.0.install(meta, received).await?)
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<SnapshotOf>, io::Error> {
        let snapshot = self.0.position().snapshot.clone();
        Ok(snapshot.map(as_snapshot))
    }
}

fn as_snapshot(taken: Taken) -> SnapshotOf {
    Snapshot { meta: taken.meta.clone(), snapshot: SnapshotData::Image(taken) }
}

/// Takes an image while entries go on being applied: openraft lets a builder run beside the state machine, and a
/// flush of the records takes long enough to be felt by everyone who waits for an entry.
pub(crate) struct Builder(Arc<StateStore>);

impl RaftSnapshotBuilder<Types> for Builder {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> Result<SnapshotOf, io::Error> {
        Ok(as_snapshot(self.0.image().await?))
    }
}

impl StateStore {
    fn apply(&self, entry: Entry) -> Result<Outcome, StoreError> {
        let mut position = self.position();
        let mut writes = WriteBatch::default();
        let mut outcome = Outcome::Applied;
        match &entry.payload {
            Payload::Blank => {}
            Payload::Normal(batch) => {
                let term = entry.log_id.committed_leader_id().term;
                self.grow(batch.bytes() as u64);
                outcome = apply_batch(batch, term, &mut position.chain, &mut writes);
            }
            Payload::Membership(membership) => {
                position.membership = StoredMembership::new(Some(entry.log_id), membership.clone());
                writes.put(MEMBERSHIP, wire::encode(&StoredMembershipRecord::from(&position.membership)));
            }
        }
        position.applied = Some(entry.log_id);
        writes.put(APPLIED, wire::encode(&LogIdRecord::from(entry.log_id)));
        self.store.write(writes, Durability::Buffered)?;
        drop(position);
        self.publish(entry, outcome);
        Ok(outcome)
    }

    fn publish(&self, entry: Entry, outcome: Outcome) {
        let index = entry.log_id.index();
        let term = entry.log_id.committed_leader_id().term;
        let starts_term = entry.payload == Payload::Blank;
        if let Payload::Normal(batch) = entry.payload {
            // An error means that nobody has subscribed.
            let _ = self.feed.send(Event::Batch { index, batch, outcome });
        }
        self.progress.send_modify(|progress| {
            progress.applied = index;
            if starts_term {
                progress.term_start = Some((term, index));
            }
        });
    }

    /// An image of the records as they are now, durable. What it is of is read from the image itself: entries may be
    /// applied meanwhile, but each of them changes records and position in one write.
    async fn image(&self) -> Result<Taken, StoreError> {
        self.growth.bytes.store(0, Ordering::Relaxed);
        let number = self.images.fetch_add(1, Ordering::Relaxed);
        let take = move |store: &dyn Store| {
            let image = store.checkpoint()?;
            let position = position_in(|visit| image.scan(FIRST, META_END, visit))?;
            let meta = SnapshotMeta { last_log_id: position.applied, last_membership: position.membership };
            Ok(Taken { meta, image, number })
        };
        let taken = on_disk(&self.store, &self.runtime, take).await?;
        self.durable.fetch_max(taken.meta.last_log_id.map_or(0, |last| last.index()), Ordering::Relaxed);
        let mut position = self.position();
        // A snapshot may have been installed meanwhile.
        if position.snapshot.as_ref().is_none_or(|held| held.meta.last_log_id <= taken.meta.last_log_id) {
            position.snapshot = Some(taken.clone());
        }
        Ok(taken)
    }

    /// Swaps the records for a snapshot that was received whole.
    async fn install(&self, meta: &SnapshotMeta, received: Box<Received>) -> Result<(), StoreError> {
        let (store, log, last) = (self.store.clone(), self.log.clone(), meta.last_log_id);
        let position = off_thread(store.blocks(), move || {
            received.finish()?;
            swap(store.as_ref(), log.as_ref(), last)
        })
        .await?;
        let index = position.applied.map_or(0, |applied| applied.index());
        *self.position() = position;
        self.durable.store(index, Ordering::Relaxed);
        self.image().await?;
        let _ = self.feed.send(Event::Reload { index });
        self.progress.send_modify(|progress| progress.applied = index);
        Ok(())
    }
}

/// Writes a batch's changes, if it continues the chain.
fn apply_batch(batch: &Batch, term: u64, chain: &mut Chain, writes: &mut WriteBatch) -> Outcome {
    if !batch.continues(chain.newest, term) {
        return Outcome::Refused;
    }
    for change in &batch.changes {
        match &change.value {
            Some(value) => writes.put(record_key(&change.key), value.clone()),
            None => writes.delete(record_key(&change.key)),
        }
    }
    *chain = Chain { newest: batch.id(), now: batch.now };
    writes.put(CHAIN, wire::encode(chain));
    Outcome::Applied
}

/// Records the intent, swaps, forgets the intent.
fn swap(store: &dyn Store, log: &dyn Store, last: Option<LogId>) -> Result<super::Position, StoreError> {
    intent::record(log, last)?;
    store.adopt()?;
    intent::clear(log)?;
    read_position(store)
}

/// Finishes or discards what a crash left of a swap. Called before anything else reads the store.
pub(crate) fn finish_swap(store: &dyn Store, log: &dyn Store) -> Result<(), StoreError> {
    if intent::is_recorded(log)? {
        store.adopt()?;
        return intent::clear(log);
    }
    store.discard_replacement()
}
