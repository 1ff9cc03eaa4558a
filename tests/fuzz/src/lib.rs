//! What every fuzz target does with its bytes, and the inputs it begins with.
//!
//! The targets call what the gateway calls, in the same order, and hold the answers to more than not to panic: no bytes lead to an
//! error of ours ([`WireError::Internal`]), what was understood is written and understood the same again, and what is signed passes
//! and no longer does when it is changed. A target is one file in `fuzz_targets`; `run` builds all of them with the stable toolchain
//! and runs each a fixed number of times.
//!
//! [`WireError::Internal`]: controlplane_wire::WireError::Internal

mod body;
mod dns_answer;
mod gzip;
mod head;
mod record_text;
mod route53;
mod seeds;

pub use body::body;
pub use dns_answer::dns_answer;
pub use gzip::gzip;
pub use head::head;
pub use record_text::record_text;
pub use route53::{change_batch, traffic_policy};
pub use seeds::lay_out;
