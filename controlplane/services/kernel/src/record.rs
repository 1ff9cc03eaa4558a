//! Records: what is replicated. One Rust type per kind, minicbor with numbered fields inside a numbered shape.
//!
//! On disk a record is its shape number (CBOR unsigned) followed by the record. A member writes a new shape only
//! once the replicated `cluster_version` allows it, and reads every older one by [`Record::upgrade`]. Adding an
//! optional field at a new number is not a new shape.

use controlplane_types::Timestamp;
use minicbor::{Decode, Decoder, Encode};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// One kind of record.
pub trait Record:
    Any + Clone + Debug + PartialEq + Send + Sync + Encode<()> + for<'b> Decode<'b, ()>
{
    /// The AWS noun in snake case; third part of the key.
    const KIND: &'static str;
    /// Records of the whole account (hosted zones) rather than of one region.
    const GLOBAL: bool = false;
    /// The shape this type writes.
    const SHAPE: u32 = 1;

    /// Reads a record of an older shape. Pure; never called with the current shape.
    fn upgrade(shape: u32, bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        let _ = bytes;
        Err(minicbor::decode::Error::message(format!("{} has no shape {shape}", Self::KIND)))
    }

    /// Adds `(index, value)` pairs under which [`crate::View::find`] finds this record. Index names are constants of the
    /// record's module.
    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        let _ = add;
    }

    /// The group this record counts in, for kinds of which so many belong to one owner that counting them one by one would
    /// cost more than what is done; [`crate::View::tally`] knows how many a group has.
    fn tally(&self) -> Option<&str> {
        None
    }
}

/// The value of an index over times: the order of the texts is the order of the times.
pub fn time_index(time: Timestamp) -> String {
    format!("{:020}", time.as_millis())
}

/// Writes shape and record.
pub fn encode<R: Record>(record: &R) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    let mut encoder = minicbor::Encoder::new(&mut bytes);
    // Writing to a Vec cannot fail, and no record's encoder refuses a value.
    let written = encoder.u32(R::SHAPE).and_then(|encoder| encoder.encode(record).map(|_| ()));
    debug_assert!(written.is_ok(), "{} cannot be encoded", R::KIND);
    bytes
}

/// Reads what [`encode`] of this or an older version wrote.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, minicbor::decode::Error> {
    let mut decoder = Decoder::new(bytes);
    let shape = decoder.u32()?;
    match shape {
        shape if shape == R::SHAPE => decoder.decode(),
        shape if shape > R::SHAPE => Err(minicbor::decode::Error::message(format!(
            "{} has shape {shape}, this version knows up to {}: a newer server wrote it",
            R::KIND,
            R::SHAPE
        ))),
        shape => R::upgrade(shape, &bytes[decoder.position()..]),
    }
}

/// A record whose type is known only by its kind. Shared between versions of a view.
#[derive(Clone)]
pub struct StoredRecord(Arc<dyn Erased>);

impl StoredRecord {
    /// Wraps a record.
    pub fn new<R: Record>(record: R) -> Self {
        Self(Arc::new(record))
    }

    /// The record, if it is of type `R`.
    pub fn downcast<R: Record>(&self) -> Option<&R> {
        (self.0.as_ref() as &dyn Any).downcast_ref()
    }

    /// The bytes for the log.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_record()
    }

    /// Adds the record's index entries.
    pub fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.0.index_record(add);
    }

    /// The group it counts in.
    pub fn tally(&self) -> Option<&str> {
        self.0.tally_record()
    }
}

impl Debug for StoredRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

trait Erased: Any + Debug + Send + Sync {
    fn encode_record(&self) -> Vec<u8>;
    fn index_record(&self, add: &mut dyn FnMut(&'static str, &str));
    fn tally_record(&self) -> Option<&str>;
}

impl<R: Record> Erased for R {
    fn encode_record(&self) -> Vec<u8> {
        encode(self)
    }

    fn index_record(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.index(add);
    }

    fn tally_record(&self) -> Option<&str> {
        self.tally()
    }
}
