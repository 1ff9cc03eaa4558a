//! The side that has the records.

use super::{Chunk, ChunkStream, Pair, advance};
use crate::state::{END, FIRST};
use crate::store::{Image, StoreError, off_thread};
use crate::wire::{self, TransferPoint};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A chunk is closed when it holds this much.
const CHUNK_BYTES: usize = 1 << 20;

/// Where a sender stands.
struct Cursor {
    image: Arc<dyn Image>,
    /// The first key not yet sent; `None` after the last chunk.
    from: Option<Vec<u8>>,
    point: TransferPoint,
}

/// The chunks of `image` behind `point`. Reading happens on a thread that may block if the store `blocks`.
pub(crate) fn send(image: Arc<dyn Image>, point: TransferPoint, blocks: bool) -> ChunkStream {
    let from = match &point.after {
        // The least key behind it.
        Some(after) => [after, &[0][..]].concat(),
        None => FIRST.to_vec(),
    };
    let cursor = Cursor { image, from: Some(from), point };
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
            return Ok((Chunk::End { pairs: self.point.pairs, chain: self.point.chain }, None));
        };
        let (mut pairs, mut bytes) = (Vec::new(), 0);
        let rest = &mut self.from;
        let mut visit = |key: &[u8], value: &[u8]| {
            if bytes >= CHUNK_BYTES {
                *rest = Some(key.to_vec());
                return ControlFlow::Break(());
            }
            bytes += key.len() + value.len();
            pairs.push(Pair { key: key.to_vec().into(), value: value.to_vec().into() });
            ControlFlow::Continue(())
        };
        self.image.scan(&from, END, &mut visit)?;
        advance(&mut self.point, &pairs);
        let chain = self.point.chain.clone();
        Ok((Chunk::Pairs { pairs, chain }, Some(self)))
    }
}
