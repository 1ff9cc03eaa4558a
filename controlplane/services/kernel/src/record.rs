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

    /// Adds `(tally, group, amount)`: what this record adds to sums over many records that somebody needs to know without
    /// counting them up one by one; [`crate::View::tally`] knows the sum of each group.
    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        let _ = add;
    }

    /// Adds `(space, group, number)`: the numbers this record takes out of a range that several share;
    /// [`crate::View::first_free`] knows the lowest that nobody has.
    fn numbers(&self, add: &mut dyn FnMut(&'static str, &str, u64)) {
        let _ = add;
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

    /// Adds what it adds to tallies.
    pub fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        self.0.tally_record(add);
    }

    /// Adds the numbers it takes.
    pub fn numbers(&self, add: &mut dyn FnMut(&'static str, &str, u64)) {
        self.0.numbers_of_record(add);
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
    fn tally_record(&self, add: &mut dyn FnMut(&'static str, &str, i64));
    fn numbers_of_record(&self, add: &mut dyn FnMut(&'static str, &str, u64));
}

impl<R: Record> Erased for R {
    fn encode_record(&self) -> Vec<u8> {
        encode(self)
    }

    fn index_record(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.index(add);
    }

    fn tally_record(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        self.tally(add);
    }

    fn numbers_of_record(&self, add: &mut dyn FnMut(&'static str, &str, u64)) {
        self.numbers(add);
    }
}
