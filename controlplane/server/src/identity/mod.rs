//! The server's side of identity: who comes in, who stays in, who is put out.
//!
//! - [`IdentityDoor`] answers joiners, renewers and administrators; the leader decides in the log and then signs.
//! - [`Connections`] knows every gRPC connection that stands and cuts those whose certificate is revoked. New ones are
//!   refused in the handshake ([`admission`]).
//! - [`keep_records`] writes down what was signed before there was a log.
//!
//! Every member refuses and cuts by its own applied records, so a revocation works where it has arrived, without asking
//! anybody, and on all members soon after the commit.

mod connections;
mod door;
mod records;

#[cfg(test)]
mod tests;

pub(crate) use connections::{Arrival, Connections, admission};
pub(crate) use door::IdentityDoor;
pub(crate) use records::keep_records;
