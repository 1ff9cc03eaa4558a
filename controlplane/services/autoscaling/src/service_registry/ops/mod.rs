//! Internal actions of registries.

pub mod sync_registry;
