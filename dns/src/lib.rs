//! Authoritative DNS server with Route 53's policies and health checks.
//!
//! The way of a change: the control plane's feed ([`feed`]) brings a snapshot or a delta, [`zone`] checks it and
//! holds it, [`compile`] turns what changed into an immutable snapshot, the board hands that to every worker, the
//! journal keeps it on disk, and only then is its generation acknowledged.
//!
//! The way of a query: a socket loop reads a batch, loads the snapshot once, and calls [`answer::answer`], a pure
//! function, for each packet.
//!
//! The way of a zone to other name servers: a peer is told that it changed, asks over TCP with a key, and gets the version that is answered from
//! ([`transfer`]).
//!
//! The way of a failure: a checker sees it, its verdict goes to every DNS server at once, each adds up what it has
//! heard and writes one byte; the next answer reads that byte. No control plane takes part.
//!
//! Zones on disk and checkers in this process mean that a server answers, and fails over, with nobody else alive.

pub mod answer;
mod board;
pub mod compile;
pub mod feed;
pub mod health;
mod keeper;
pub mod location;
pub mod query_log;
mod questions;
mod random;
mod serve;
mod server;
pub mod transfer;
pub mod zone;

pub use feed::{FeedSource, GrpcFeed, LocalFeed};
pub use location::LocationConfig;
pub use random::Random;
pub use server::{Config, Handle, HealthConfig, HealthTls, Server, StartError};
pub use transfer::{KeyFile, TransferConfig};

#[cfg(test)]
mod tests;
