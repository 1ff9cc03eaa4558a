//! What every service is built from: records, views of them, operations that change them, controllers that plan
//! changes, and the description of all that (a [`Service`]) which the server walks.
//!
//! This crate and the service crates are the pure core: synchronous, no clock, no randomness but a seed per
//! request, no sockets, no files, ordered maps only. The same call on the same view with the same seed gives the
//! same changes, on every machine and in the simulator.
//!
//! A request in this house: the wire decodes an `Input`; the writer calls [`Operation::run`] with a [`Context`] over
//! the speculative view; the operation puts and deletes records through the context, which it reads back at once;
//! the context's [`Changes`] go into the log; the output leaves when the log entry is applied. An operation that
//! fails leaves nothing behind, because its context is dropped.

pub mod access;
pub mod changes;
pub mod client;
pub mod context;
pub mod controller;
pub mod error;
pub mod event;
mod kept;
pub mod manifest;
mod numbers;
pub mod operation;
pub mod outcome;
pub mod page;
pub mod quota;
pub mod random;
pub mod reads;
pub mod record;
pub mod rehearsal;
pub mod service;
pub mod table;
mod tables;
pub mod tagged;
pub mod view;

#[cfg(test)]
mod tests;

pub use access::Access;
pub use changes::{Change, Changes};
pub use client::Client;
pub use context::{Caller, Context, Reader};
pub use controller::{Controller, Intent, Plan};
pub use controlplane_wire::ErrorDetails;
pub use error::ServiceError;
pub use manifest::{Declarative, DeclarativeEntry};
pub use operation::{Need, Operation, Query};
pub use random::Random;
pub use reads::{Read, Reads};
pub use record::{Record, StoredRecord};
pub use service::{ControllerEntry, KindEntry, OperationEntry, Service, TableRow, Verb, WireRequest};
pub use table::{Column, Owner, Tabular};
pub use view::{Stored, View};
