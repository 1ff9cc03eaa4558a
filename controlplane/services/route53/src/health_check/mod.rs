//! A health check: what the DNS servers probe, or work out of other checks, and whose verdict decides which record sets are answered.
//!
//! Kinds that follow something Hearth does not have yet (CloudWatch alarms, routing controls) are refused by name. Results
//! never enter the log: DNS servers keep them and send the leader a copy, which GetHealthCheckStatus shows.
//!
//! A tag, `hearth:vpc`, names a VPC from inside of which a check is probed, by the nodes that host the VPC: a private address
//! can be reached from nowhere else, and AWS's API has no member for it.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover.html>

mod columns;
mod manifest;
mod observation;
pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::create_health_check::create;
pub use ops::delete_health_check::delete;
pub use types::{CheckKind, HealthCheck, HealthCheckConfig, HealthCheckShown, PROBED_IN_VPC, VPC_TAG};
pub(crate) use validate::set_vpc;
pub use validate::{check, existing};
