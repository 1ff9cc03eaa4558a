//! A health check: what every DNS server probes, and whose verdict decides which record sets are answered.
//!
//! Served: HTTP and TCP. The other kinds are refused by name. Results never enter the log: DNS servers keep them and send
//! the leader a copy, which GetHealthCheckStatus shows.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover.html>

mod columns;
mod manifest;
pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::create_health_check::create;
pub use ops::delete_health_check::delete;
pub use types::{CheckKind, HealthCheck, HealthCheckConfig, HealthCheckShown};
pub use validate::{check, existing};
