//! A trail: the events of one region or of all of them, on their way into a bucket.
//!
//! ```text
//! CreateTrail ─► (StartLogging ⇄ StopLogging)* ─► DeleteTrail
//!                   │ a [`Span`] of time whose events are delivered
//!                   ▼
//!   for each region:  cursor ──OpenDelivery──► batch (cursor, end, name) ──object is in the bucket──CloseDelivery──► cursor = end
//!                                                └─FailDelivery: said by GetTrailStatus; the same batch again
//! ```
//!
//! What is to be delivered is decided on the writer and kept: an open batch says which events, and under which name. So whoever leads
//! after a failover writes the same object under the same key again, and nothing is lost or there twice under two names. A batch ends
//! at the writer's time: every event that is written later has a later id ([`TrailEvent::new_key`]), so a batch is complete when it is
//! opened.
//!
//! While the store does not answer, events wait as long as the region keeps them at all
//! ([`KEPT`](crate::event::KEPT), [`MOST_DONE`](crate::event::MOST_DONE)).
//!
//! What readers get wrong: Hearth records what changes something and who was refused ([`crate::event`]); reads that were granted are
//! in no trail, whatever its selectors say.
//!
//! The buckets are those of the S3-compatible store that the servers are told of ([`TrailStore`]). Whether a bucket is there is found
//! out by delivering, so `GetTrailStatus` and not `CreateTrail` says `NoSuchBucket`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html>

mod columns;
mod delivery;
mod find;
mod object;
pub mod ops;
mod place;
mod shown;
mod store;
mod tags;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use delivery::{Batch, Delivery};
pub use object::DeliveredObject;
pub use ops::close_delivery::{CloseDelivery, CloseDeliveryInput};
pub use ops::fail_delivery::{FailDelivery, FailDeliveryInput};
pub use ops::open_delivery::{OpenDelivery, OpenDeliveryInput};
pub use ops::set_trail_store::{SetTrailStore, SetTrailStoreInput};
pub use place::Place;
pub use store::TrailStore;
pub use tags::TAGGED;
pub use types::{ReadWrite, Span, Trail};
