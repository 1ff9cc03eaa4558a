//! Objects in buckets that are somebody else's: what a server needs of an S3-compatible store.
//!
//! The store is reached over the network, so like the Raft transport it is a trait with one implementation for production
//! (`controlplane-object-store`) and others for the simulator and tests. Putting an object twice is harmless: the second
//! takes the place of the first.

use crate::runtime::BoxFuture;

/// Somewhere that keeps objects.
pub trait ObjectStore: Send + Sync + 'static {
    /// Its address, for people.
    fn endpoint(&self) -> String;

    /// Puts an object into its bucket; done once the store says that it keeps it. Gives up in bounded time.
    fn put(&self, object: NewObject) -> BoxFuture<Result<(), PutError>>;
}

/// An object to be put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// The bucket, which has to exist.
    pub bucket: String,
    /// Its key in there.
    pub key: String,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Such as `application/json`.
    pub content_type: &'static str,
    /// Such as `gzip`.
    pub content_encoding: &'static str,
}

/// Why an object was not put, as far as is known: the store may have it all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct PutError {
    /// S3's code (`NoSuchBucket`), or `Unreachable`.
    pub code: String,
    /// For people.
    pub message: String,
}
