//! Health checks: probing, deciding, exchanging.
//!
//! Every DNS server probes every check that its region has a part in ([`checker`], [`probe`]) and tells its verdicts to
//! every other one ([`exchange`]): changes at once and the whole table each second. Each server adds up the tables it
//! sees, works out the calculated checks ([`verdicts`]) and writes one byte per check for the answers to read. So failover needs no control plane, the
//! work is the same whether one check fails or all do, and a lost message is repaired by the next full table.
//!
//! A check of a VPC is probed from inside it, by the agents of machines that host something of it: with the checkers of this
//! module, over a [`Way`] of theirs. What they see comes by the feed, and is decided here like everything else.

pub(crate) mod checker;
pub(crate) mod exchange;
pub(crate) mod probe;
pub(crate) mod region;
pub(crate) mod resolve;
pub(crate) mod verdicts;
pub(crate) mod way;

pub use checker::{Checkers, Report};
pub use probe::Tls;
pub use verdicts::note;
pub use way::Way;

#[cfg(test)]
mod tests;
