//! The two implementations of [`controlplane_types::Runtime`] and the bridge to openraft.
//!
//! openraft asks its runtime for everything through *static* functions (`spawn(future)`, `now()`), while the
//! house hands a [`Runtime`](controlplane_types::Runtime) object around. The bridge is a thread-local
//! "current runtime" (`ambient`), the same trick tokio itself uses. The simulator sets it around every
//! poll of every task, so one thread can host several simulated nodes; where nothing is set, tokio is meant.
//! A generic type configuration per runtime was the alternative: it would have put a type parameter on every
//! type of this crate and of the server above it.

pub(crate) mod ambient;
mod openraft;
pub mod sim;
mod tokio;

pub(crate) use self::openraft::AmbientRuntime;
pub use self::tokio::TokioRuntime;
pub use sim::{Sim, SimRuntime};

#[cfg(test)]
mod tests;
