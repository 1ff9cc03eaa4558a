//! Snapshots between servers: an image of the store, key by key.
//!
//! The content travels as keys and values, not as RocksDB's files: it is checked while it arrives, a server may run
//! another version of RocksDB (or the memory store of the simulator), and no outside bytes are ever opened as a
//! database. The last chunk carries the number of pairs and the SHA-256 over all of them.

use super::{APPLIED, END, FIRST, StateStore};
use crate::store::{Image, Replacement, StoreError, WriteBatch, off_thread, on_disk};
use crate::types::LogId;
use crate::wire::{self, LogIdRecord};
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A chunk is closed when it holds this much.
const CHUNK_BYTES: usize = 1 << 20;

/// Chunks of a snapshot, in order.
pub(crate) type ChunkStream = BoxStream<'static, Result<Bytes, StoreError>>;

/// A snapshot to send, or one that has arrived.
pub(crate) enum SnapshotData {
    Image(Arc<dyn Image>),
    Received(Box<Received>),
}

/// A snapshot that arrived whole and unharmed, beside the records.
pub(crate) struct Received {
    replacement: Box<dyn Replacement>,
    _receiving: OwnedSemaphorePermit,
}

impl Received {
    pub(super) fn finish(self) -> Result<(), StoreError> {
        self.replacement.finish()
    }
}

#[derive(Debug, Encode, Decode)]
enum Chunk {
    #[n(0)]
    Pairs(#[n(0)] Vec<Pair>),
    #[n(1)]
    End {
        #[n(0)]
        pairs: u64,
        #[n(1)]
        sha256: ByteVec,
    },
}

#[derive(Debug, Encode, Decode)]
struct Pair {
    #[n(0)]
    key: ByteVec,
    #[n(1)]
    value: ByteVec,
}

/// Counts and digests what goes by, the same way on both sides.
struct Tally {
    pairs: u64,
    digest: Context,
}

impl Tally {
    fn new() -> Self {
        Self { pairs: 0, digest: Context::new(&SHA256) }
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        self.pairs += 1;
        for part in [key, value] {
            self.digest.update(&(part.len() as u64).to_be_bytes());
            self.digest.update(part);
        }
    }

    fn end(self) -> Chunk {
        Chunk::End { pairs: self.pairs, sha256: self.digest.finish().as_ref().to_vec().into() }
    }
}

/// Where a sender stands.
struct Cursor {
    image: Arc<dyn Image>,
    /// The first key not yet sent; `None` after the last chunk.
    from: Option<Vec<u8>>,
    tally: Tally,
}

/// The chunks of `image`. Reading happens on a thread that may block if the store `blocks`.
pub(crate) fn send(image: Arc<dyn Image>, blocks: bool) -> ChunkStream {
    let cursor = Cursor { image, from: Some(FIRST.to_vec()), tally: Tally::new() };
    stream::unfold(Some(cursor), move |cursor| async move {
        let cursor = cursor?;
        match off_thread(blocks, move || cursor.next()).await {
            Ok((chunk, rest)) => Some((Ok(Bytes::from(wire::encode(&chunk))), rest)),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Cursor {
    fn next(mut self) -> Result<(Chunk, Option<Self>), StoreError> {
        let Some(from) = self.from.take() else {
            return Ok((self.tally.end(), None));
        };
        let (mut pairs, mut bytes) = (Vec::new(), 0);
        let (tally, rest) = (&mut self.tally, &mut self.from);
        let mut visit = |key: &[u8], value: &[u8]| {
            if bytes >= CHUNK_BYTES {
                *rest = Some(key.to_vec());
                return ControlFlow::Break(());
            }
            bytes += key.len() + value.len();
            tally.add(key, value);
            pairs.push(Pair { key: key.to_vec().into(), value: value.to_vec().into() });
            ControlFlow::Continue(())
        };
        self.image.scan(&from, END, &mut visit)?;
        Ok((Chunk::Pairs(pairs), Some(self)))
    }
}

/// Why a snapshot was not taken in. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError<E: std::error::Error + 'static> {
    #[error("another snapshot is being received")]
    Busy,
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

/// Takes in a snapshot up to entry `last`, beside the records, and verifies it.
pub(crate) async fn receive<E: std::error::Error + 'static>(
    state: &StateStore,
    last: Option<LogId>,
    chunks: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
) -> Result<Box<Received>, ReceiveError<E>> {
    let receiving = state.receiving.clone().try_acquire_owned().map_err(|_| ReceiveError::Busy)?;
    let replacement = on_disk(&state.store, &state.runtime, |store| store.replacement()).await?;
    let (replacement, found) = fill(replacement, state.store.blocks(), chunks).await?;
    let announced = last.map(LogIdRecord::from);
    match found == announced {
        true => Ok(Box::new(Received { replacement, _receiving: receiving })),
        false => Err(ReceiveError::Announced { announced, found }),
    }
}

/// Writes the chunks into `replacement`; returns it with the applied index found among them.
async fn fill<E: std::error::Error + 'static>(
    mut replacement: Box<dyn Replacement>,
    blocks: bool,
    mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
) -> Result<(Box<dyn Replacement>, Option<LogIdRecord>), ReceiveError<E>> {
    let (mut tally, mut applied) = (Tally::new(), None);
    loop {
        let bytes = chunks.next().await.ok_or(ReceiveError::Short)?.map_err(ReceiveError::Transport)?;
        match wire::decode("snapshot chunk", &bytes).map_err(|error| ReceiveError::Malformed(error.reason))? {
            Chunk::Pairs(pairs) => {
                let batch = take_in(pairs, &mut tally, &mut applied)?;
                let write = move || replacement.write(batch).map(|()| replacement);
                replacement = off_thread(blocks, write).await?;
            }
            Chunk::End { pairs, sha256 } => {
                verify(tally, pairs, &sha256)?;
                return Ok((replacement, applied));
            }
        }
    }
}

fn take_in<E: std::error::Error + 'static>(
    pairs: Vec<Pair>,
    tally: &mut Tally,
    applied: &mut Option<LogIdRecord>,
) -> Result<WriteBatch, ReceiveError<E>> {
    let mut batch = WriteBatch::default();
    for Pair { key, value } in pairs {
        tally.add(&key, &value);
        if !(FIRST..END).contains(&&key[..]) {
            return Err(ReceiveError::Malformed("a key lies outside the records".to_owned()));
        }
        if &key[..] == APPLIED {
            let record = wire::decode("applied index", &value);
            *applied = Some(record.map_err(|error| ReceiveError::Malformed(error.reason))?);
        }
        batch.put(key, value);
    }
    Ok(batch)
}

fn verify<E: std::error::Error + 'static>(
    tally: Tally,
    pairs: u64,
    sha256: &[u8],
) -> Result<(), ReceiveError<E>> {
    let right = tally.pairs == pairs && tally.digest.finish().as_ref() == sha256;
    if right { Ok(()) } else { Err(ReceiveError::Checksum) }
}
