//! The shell around the pure core: sockets, Raft and timers.
//!
//! [`core::Core`] is a server without sockets: Raft, the applied view, the writer, controllers, sessions of agents and DNS
//! servers. The simulator runs whole clusters of it in one thread. [`Server`] opens the doors in front of it: the AWS
//! port ([`gateway`]) and the gRPC port (agents, DNS servers, command line, other members).

pub mod admission;
pub mod agents;
pub mod backup;
pub mod bench;
mod bootstrap;
pub mod clock;
pub mod cluster;
mod controllers;
pub mod core;
mod debug;
pub mod dns_feed;
pub mod gateway;
mod grpc;
mod identity;
pub mod images;
mod loading;
mod measured;
pub mod metrics_text;
mod native;
pub mod pki;
pub mod providers;
pub mod reads;
mod regions;
pub mod registry;
pub mod replica;
mod roles;
mod server;
pub mod trails;
pub mod watch;
pub mod writer;

#[cfg(test)]
mod tests;

pub use bootstrap::FirstStart;
pub use cluster::Begin;
pub use server::{Ended, Server, ServerConfig, StartError};
