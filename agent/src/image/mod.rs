//! Images: the archives the desired set names against the root file systems unpacked on the machine.
//!
//! An image that is no longer desired stays for a while: a group that replaces its last instance would otherwise
//! fetch the same archive twice within a minute. The same holds for one that was begun and never finished: its layers
//! are kept as long, so that a pull that failed goes on where it stopped.

mod fetch;
pub mod plan;

pub use fetch::verified;
pub use plan::{Plan, Situation, plan};
