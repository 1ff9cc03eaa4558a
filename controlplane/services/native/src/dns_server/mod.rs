//! A DNS server that follows the feed. Known from its first subscription on, so that a change counts as `INSYNC` only
//! when this server has it too, also after the control plane has elected a new leader.

mod columns;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use ops::register_dns_server::{RegisterDnsServer, RegisterDnsServerInput};
pub use types::{DnsServer, delete};
