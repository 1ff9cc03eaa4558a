//! DNS names, record types and record data in Route 53's text forms and in wire form, and the places its records name.
//!
//! Shared because two rooms must agree to the octet: the `route53` service refuses a value with exactly the
//! problem AWS names, and the DNS server serves exactly what was accepted. The rules are Route 53's, not those of
//! zone files: escapes are octal, names inside values are always fully qualified, text always stands in quotes.

pub mod dnssec;
pub mod geography;
pub mod name;
pub mod rdata;
mod record_type;

pub use name::{Name, NameError};
pub use rdata::RdataError;
pub use record_type::RecordType;
