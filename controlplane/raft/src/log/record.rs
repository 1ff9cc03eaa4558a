//! What lies under which key in `log/`, and the checksummed chain.
//!
//! ```text
//! entry/<index, 8 bytes big-endian>   checksum of the predecessor, own checksum, minicbor entry
//! meta/vote  meta/committed  meta/purged  meta/identity  meta/intent  meta/format
//! ```

use crate::types::{Entry, LogId, NodeId};
use crate::wire::{self, EntryRecord, LogIdRecord, Malformed};
use aws_lc_rs::digest::{Context, SHA256};
use minicbor::{Decode, Encode};

/// The first bytes of a SHA-256 over the predecessor's checksum, the index and the entry. Guards against disks, not
/// against people.
pub(super) type Checksum = [u8; 16];

/// What the first entry follows, and any entry whose predecessor was replaced by a snapshot.
pub(super) const ANCHOR: Checksum = [0; 16];

pub(super) const VOTE: &[u8] = b"meta/vote";
pub(super) const COMMITTED: &[u8] = b"meta/committed";
pub(super) const PURGED: &[u8] = b"meta/purged";

const ENTRY: &[u8] = b"entry/";

/// First key behind all entries.
pub(super) const ENTRIES_END: &[u8] = b"entry0";

/// Where the entry of `index` lies.
pub(crate) fn entry_key(index: u64) -> Vec<u8> {
    [ENTRY, &index.to_be_bytes()].concat()
}

/// The index in an entry's key.
pub(super) fn entry_index(key: &[u8]) -> Option<u64> {
    key.strip_prefix(ENTRY)?.try_into().ok().map(u64::from_be_bytes)
}

/// An entry's frame on disk.
pub(super) struct Frame<'a> {
    pub(super) previous: Checksum,
    pub(super) own: Checksum,
    body: &'a [u8],
}

fn checksum(previous: &Checksum, index: u64, body: &[u8]) -> Checksum {
    let mut context = Context::new(&SHA256);
    context.update(previous);
    context.update(&index.to_be_bytes());
    context.update(body);
    let mut short = ANCHOR;
    short.copy_from_slice(&context.finish().as_ref()[..ANCHOR.len()]);
    short
}

/// The frame of `entry` behind an entry with checksum `previous`, and its own checksum.
pub(super) fn frame(entry: &Entry, previous: &Checksum) -> (Vec<u8>, Checksum) {
    let body = wire::encode(&EntryRecord::from(entry));
    let own = checksum(previous, entry.log_id.index(), &body);
    ([&previous[..], &own[..], &body].concat(), own)
}

impl<'a> Frame<'a> {
    /// Takes a frame apart; `None` when it is too short to be one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (previous, rest) = bytes.split_first_chunk()?;
        let (own, body) = rest.split_first_chunk()?;
        Some(Self { previous: *previous, own: *own, body })
    }

    /// Whether the frame is undamaged, whatever came before it.
    pub(super) fn is_sound(&self, index: u64) -> bool {
        checksum(&self.previous, index, self.body) == self.own
    }

    /// The entry.
    pub(super) fn entry(&self) -> Result<Entry, Malformed> {
        wire::decode::<EntryRecord>("log entry", self.body)?.try_into()
    }
}

/// Up to where the log was purged.
#[derive(Debug, Encode, Decode)]
pub(super) struct PurgedRecord {
    #[n(0)]
    id: LogIdRecord,
    /// Of the last purged entry: what the first remaining one follows.
    #[cbor(n(1), with = "minicbor::bytes")]
    checksum: Checksum,
}

impl PurgedRecord {
    pub(super) fn new(id: LogId, checksum: Checksum) -> Self {
        Self { id: id.into(), checksum }
    }

    pub(super) fn id(&self) -> LogId {
        self.id.into()
    }

    pub(super) fn checksum(&self) -> Checksum {
        self.checksum
    }
}

/// Whose data this is.
pub(crate) mod identity {
    use super::*;
    use crate::store::{Durability, Store, StoreError, WriteBatch};

    pub(in crate::log) const IDENTITY: &[u8] = b"meta/identity";

    /// Cluster and member a data folder belongs to.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub struct Identity {
        /// The cluster's name.
        #[n(0)]
        pub cluster: String,
        /// The member's number.
        #[n(1)]
        pub node: NodeId,
    }

    /// What was recorded when the folder was first used.
    pub(crate) fn read(log: &dyn Store) -> Result<Option<Identity>, StoreError> {
        let Some(bytes) = log.get(IDENTITY)? else {
            return Ok(None);
        };
        wire::decode("identity in log/", &bytes)
            .map(Some)
            .map_err(|error| StoreError::Damaged(error.to_string()))
    }

    /// Records it for good.
    pub(crate) fn write(log: &dyn Store, identity: &Identity) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.put(IDENTITY, wire::encode(identity));
        log.write(batch, Durability::Synced)
    }
}

/// The intent to replace `state/` by a snapshot that was received whole.
pub(crate) mod intent {
    use super::*;
    use crate::store::{Durability, Store, StoreError, WriteBatch};

    const INTENT: &[u8] = b"meta/intent";

    /// Whether a swap was begun and not seen to its end.
    pub(crate) fn is_recorded(log: &dyn Store) -> Result<bool, StoreError> {
        Ok(log.get(INTENT)?.is_some())
    }

    /// Recorded before the swap; from here on a restart finishes it.
    pub(crate) fn record(log: &dyn Store, last: Option<LogId>) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.put(INTENT, wire::encode(&last.map(LogIdRecord::from)));
        log.write(batch, Durability::Synced)
    }

    /// After the swap.
    pub(crate) fn clear(log: &dyn Store) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.delete(INTENT);
        log.write(batch, Durability::Synced)
    }
}
