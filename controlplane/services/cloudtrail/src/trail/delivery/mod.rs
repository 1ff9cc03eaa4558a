//! How far a trail's events of one region have got.

mod types;

pub use types::{Batch, Delivery};
