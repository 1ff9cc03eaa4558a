//! A server of the control plane, as its peers know it: number, addresses, since when.
//!
//! The number is what Raft calls it and what its certificates carry. Numbers are never given twice: Raft remembers what a
//! number has voted, so a machine that came back empty under an old one could break a promise. [`Numbering`] keeps the last
//! one given, and removing a server does not give its number back.
//!
//! What people get wrong: a record here does not make a machine a member. It says who may become one; membership is the log's
//! own business.

mod columns;
mod numbering;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use numbering::admit;
pub use ops::declare_server::{DeclareServer, DeclareServerInput};
pub use types::{Numbering, Server};
