//! Where buckets are: what the leading server was told.

mod types;

pub use types::TrailStore;
