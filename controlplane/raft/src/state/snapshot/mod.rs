//! Snapshots between servers: an image of the store, key by key.
//!
//! The content travels as keys and values, not as RocksDB's files: it is checked while it arrives, a server may run
//! another version of RocksDB (or the memory store of the simulator), and no outside bytes are ever opened as a
//! database. Every chunk carries a checksum that chains it to all chunks before it, so a transfer that broke goes on
//! behind the last good chunk (`controlplane/design/0013`), and neither side ever holds more than a chunk or two.

mod receiving;
mod sending;

pub(crate) use receiving::{Received, Receiving, receive};
pub(crate) use sending::send;

use crate::store::{Image, StoreError};
use crate::types::SnapshotMeta;
use crate::wire::TransferPoint;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use futures::stream::BoxStream;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// Chunks of a snapshot, in order.
pub(crate) type ChunkStream = BoxStream<'static, Result<Bytes, StoreError>>;

/// A snapshot to send, or one that has arrived.
pub(crate) enum SnapshotData {
    Image(Taken),
    Received(Box<Received>),
}

/// An image of the records and what it is of.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) meta: SnapshotMeta,
    pub(crate) image: Arc<dyn Image>,
    /// Tells the images of one process apart.
    pub(crate) number: u64,
}

#[derive(Debug, Encode, Decode)]
enum Chunk {
    #[n(0)]
    Pairs {
        #[n(0)]
        pairs: Vec<Pair>,
        /// Over these pairs and the chain of the chunk before.
        #[n(1)]
        chain: ByteVec,
    },
    #[n(1)]
    End {
        #[n(0)]
        pairs: u64,
        #[n(1)]
        chain: ByteVec,
    },
}

#[derive(Debug, Encode, Decode)]
struct Pair {
    #[n(0)]
    key: ByteVec,
    #[n(1)]
    value: ByteVec,
}

/// Moves `point` behind a chunk, the same way on both sides.
fn advance(point: &mut TransferPoint, pairs: &[Pair]) {
    let mut digest = Context::new(&SHA256);
    digest.update(&point.chain);
    for pair in pairs {
        for part in [&pair.key, &pair.value] {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    point.chain = digest.finish().as_ref().to_vec().into();
    point.pairs += pairs.len() as u64;
    if let Some(last) = pairs.last() {
        point.after = Some(last.key.clone());
    }
}
