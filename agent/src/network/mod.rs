//! Networks: what the backend is told, whole, and what the metadata service tells instances.

pub mod plan;

pub use plan::{Plan, Wanted, plan};
