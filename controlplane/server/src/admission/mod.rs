//! Who is served next when there are more requests than can be served: bounded queues with fair shares.
//!
//! ```text
//! lane (the region's own work | clients)        in turn, so neither starves behind the other
//!  └─ account                                   in turn
//!      └─ principal (access key, controller)    in turn
//!          └─ its requests                      in the order they came
//! ```
//!
//! Every level is a [`Round`]: whoever has something waiting gets one request served before anybody gets a second. So a
//! request at the head of its principal's queue waits for at most one request of each other principal of its account, for
//! each of those at most one of each other account, and for as many of the other lane; how many requests a greedy principal
//! has waiting is its own affair. Costs count as one per request: what an operation costs is not known before it ran, and
//! measuring would make the order depend on the machine. (One queue with a limit was what we had: whoever fills
//! it decides for all. Token buckets per principal need a rate, which nobody can name for every machine.)
//!
//! Past the bounds a request is refused at once, with a hint when to come again. The bound of one principal shrinks with the
//! room that is left (dynamic queue length thresholds, Choudhury and Hahne, 1998), and the last places are for those
//! who have nothing waiting: however many fill their queues, somebody modest still gets in. A request that waited longer than its client does is never run.
//!
//! The writer takes from an [`Intake`]; reads pass a [`Gate`]. Agents' streams, heartbeats and Raft pass neither.

mod backlog;
mod gate;
mod intake;
mod lanes;
mod round;

#[cfg(test)]
mod tests;

pub(crate) use backlog::Expires;
pub use gate::{Gate, Pass};
pub(crate) use intake::{Intake, Sender, channel};
pub use lanes::Lane;
pub(crate) use lanes::Ticket;
use std::time::Duration;

/// When a refused client should come again.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Clients of AWS give up after this; what waited longer has nobody who wants it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a request does not get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much is waiting already.
    #[error("too many requests are waiting")]
    Full,
    /// It waited longer than its client would.
    #[error("the request waited too long")]
    Expired,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopped,
}
