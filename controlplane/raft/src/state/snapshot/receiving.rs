//! The side that gets the records.

use super::{Chunk, Pair, advance};
use crate::format;
use crate::state::{APPLIED, END, FIRST, StateStore};
use crate::store::{Replacement, StoreError, WriteBatch, off_thread, on_disk};
use crate::types::LogId;
use crate::wire::{self, LogIdRecord, SnapshotId, TransferPoint};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A snapshot that arrived whole and unharmed, beside the records.
pub(crate) struct Received {
    replacement: Box<dyn Replacement>,
    _receiving: OwnedSemaphorePermit,
}

impl Received {
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        self.replacement.finish()
    }
}

/// A snapshot of which a part has arrived.
struct Partial {
    id: SnapshotId,
    replacement: Box<dyn Replacement>,
    point: TransferPoint,
    /// The applied index found among the pairs.
    applied: Option<LogIdRecord>,
}

/// Receives one snapshot at a time, because a store has room for one replacement, and keeps what a broken transfer
/// has brought.
pub(crate) struct Receiving {
    turn: Arc<Semaphore>,
    partial: Mutex<Option<Partial>>,
}

impl Receiving {
    pub(crate) fn new() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), partial: Mutex::default() }
    }

    /// Behind what the sender of `id` may go on.
    pub(crate) fn point(&self, id: &SnapshotId) -> TransferPoint {
        let partial = self.partial.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this = partial.as_ref().filter(|partial| partial.id == *id);
        of_this.map_or_else(TransferPoint::default, |partial| partial.point.clone())
    }

    fn take(&self) -> Option<Partial> {
        self.partial.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, partial: Partial) {
        *self.partial.lock().unwrap_or_else(PoisonError::into_inner) = Some(partial);
    }
}

/// Why a snapshot was not taken in. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError<E: std::error::Error + 'static> {
    #[error("another snapshot is being received")]
    Busy,
    #[error("the snapshot does not continue what has arrived")]
    Elsewhere,
    #[error("the snapshot is malformed: {0}")]
    Malformed(String),
    #[error("the snapshot ended early")]
    Short,
    #[error("the snapshot does not match its checksum")]
    Checksum,
    #[error("the snapshot holds records up to {found:?}, but {announced:?} was announced")]
    Announced { announced: Option<LogIdRecord>, found: Option<LogIdRecord> },
    #[error("the snapshot could not be stored: {0}")]
    Store(StoreError),
    #[error("the snapshot did not arrive: {0}")]
    Transport(E),
}

impl<E: std::error::Error + 'static> From<StoreError> for ReceiveError<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Takes in the snapshot `id` up to entry `last`, from `point` on, beside the records, and verifies it.
pub(crate) async fn receive<E: std::error::Error + 'static>(
    state: &StateStore,
    id: SnapshotId,
    point: TransferPoint,
    last: Option<LogId>,
    mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
) -> Result<Box<Received>, ReceiveError<E>> {
    let receiving = &state.receiving;
    let turn = receiving.turn.clone().try_acquire_owned().map_err(|_| ReceiveError::Busy)?;
    let mut partial = begin(state, id, point).await?;
    loop {
        let bytes = match chunks.next().await {
            Some(Ok(bytes)) => bytes,
            broken => {
                // What has come is good; the sender may go on behind it.
                receiving.keep(partial);
                return Err(broken.map_or(ReceiveError::Short, |error| match error {
                    Err(error) => ReceiveError::Transport(error),
                    Ok(_) => ReceiveError::Short,
                }));
            }
        };
        match wire::decode("snapshot chunk", &bytes).map_err(|error| ReceiveError::Malformed(error.reason))? {
            Chunk::Pairs { pairs, chain } => {
                partial = partial.add(pairs, &chain, state.store.blocks()).await?
            }
            Chunk::End { pairs, chain } => {
                return partial.end(pairs, &chain, last, turn);
            }
        }
    }
}

/// What has arrived of this snapshot, or a new replacement.
async fn begin<E: std::error::Error + 'static>(
    state: &StateStore,
    id: SnapshotId,
    point: TransferPoint,
) -> Result<Partial, ReceiveError<E>> {
    if let Some(partial) = state.receiving.take() {
        if partial.id == id && partial.point == point {
            return Ok(partial);
        }
        // Before the next one is made: both would use the same folder.
        let discard = move || {
            drop(partial);
            Ok(())
        };
        off_thread(state.store.blocks(), discard).await?;
    }
    if point != TransferPoint::default() {
        return Err(ReceiveError::Elsewhere);
    }
    let replacement = on_disk(&state.store, &state.runtime, |store| store.replacement()).await?;
    Ok(Partial { id, replacement, point, applied: None })
}

impl Partial {
    /// Takes in a chunk, if it continues the chain.
    async fn add<E: std::error::Error + 'static>(
        mut self,
        pairs: Vec<Pair>,
        chain: &[u8],
        blocks: bool,
    ) -> Result<Self, ReceiveError<E>> {
        advance(&mut self.point, &pairs);
        if &self.point.chain[..] != chain {
            return Err(ReceiveError::Checksum);
        }
        let batch = take_in(pairs, &mut self.applied)?;
        let write = move || self.replacement.write(batch).map(|()| self);
        Ok(off_thread(blocks, write).await?)
    }

    fn end<E: std::error::Error + 'static>(
        self,
        pairs: u64,
        chain: &[u8],
        last: Option<LogId>,
        turn: OwnedSemaphorePermit,
    ) -> Result<Box<Received>, ReceiveError<E>> {
        if self.point.pairs != pairs || &self.point.chain[..] != chain {
            return Err(ReceiveError::Checksum);
        }
        let announced = last.map(LogIdRecord::from);
        match self.applied == announced {
            true => Ok(Box::new(Received { replacement: self.replacement, _receiving: turn })),
            false => Err(ReceiveError::Announced { announced, found: self.applied }),
        }
    }
}

fn take_in<E: std::error::Error + 'static>(
    pairs: Vec<Pair>,
    applied: &mut Option<LogIdRecord>,
) -> Result<WriteBatch, ReceiveError<E>> {
    let mut batch = WriteBatch::default();
    for Pair { key, value } in pairs {
        if !(FIRST..END).contains(&&key[..]) {
            return Err(ReceiveError::Malformed("a key lies outside the records".to_owned()));
        }
        if &key[..] == APPLIED {
            let record = wire::decode("applied index", &value);
            *applied = Some(record.map_err(|error| ReceiveError::Malformed(error.reason))?);
        }
        if &key[..] == format::KEY {
            format::check("the snapshot", &value)?;
        }
        batch.put(key, value);
    }
    Ok(batch)
}
