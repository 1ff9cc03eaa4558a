//! What the benches measure with. Nothing of the house is in it, so that no bench shares a slow path with what it measures.

mod http1;
mod process;
mod region;
mod times;

pub use http1::{Answer, Http1};
pub use process::{Memory, Process, cpu, field, program, wakeups};
pub use region::{Region, free_address, until};
pub use times::Times;

/// Anything that ends a measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
