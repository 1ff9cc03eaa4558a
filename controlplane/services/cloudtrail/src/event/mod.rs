//! A call at the AWS door as it is remembered.
//!
//! | a call | is recorded |
//! |---|---|
//! | changed something, or would have had there been anything to change | in the batch of its changes, so that no answer leaves without its record |
//! | was refused, and would have changed something | gathered and written within a second, at a bounded rate |
//! | was not signed, or badly, or may not what it asks for | the same, reads included |
//!
//! An event is written with every change, so writing it has to be cheap: who asked is what the gateway knows anyway, and
//! parameters and answer are one pass of serde into CBOR of a bounded size, without what is secret ([`Elements`]). All else (the
//! document that AWS shows, the resources it is about) is worked out when somebody looks.
//!
//! Events are kept for 90 days, and of one account in one region at most [`MOST_DONE`] that were done and [`MOST_REFUSED`] that
//! were not, oldest forgotten first: two numbers, so that whoever only knocks cannot push out what was done.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

mod columns;
pub mod controller;
mod elements;
mod ops;
mod resources;
mod secret;
mod shown;
mod types;

#[cfg(test)]
mod tests;

pub use elements::Elements;
pub use ops::forget_events::{ForgetEvents, ForgetEventsInput};
pub use ops::lookup_events;
pub(crate) use types::id_at;
pub use types::{Refused, TrailEvent, Who};

use std::time::Duration;

/// How long an event is kept.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// Events of calls that were done, per account and region.
pub const MOST_DONE: usize = 10_000;
/// Events of calls that were refused, per account and region.
pub const MOST_REFUSED: usize = 2_000;
/// How many more there may be before a sweep pays.
pub(crate) const SLACK: usize = 500;
