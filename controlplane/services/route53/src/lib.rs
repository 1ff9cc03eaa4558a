//! Amazon Route 53: hosted zones, record sets with routing policies, health checks.
//!
//! The rules are Route 53's, from its API model and guides; the DNS server answers by what is stored here. A
//! change is `INSYNC` when every DNS server has said that it serves it, not before.

mod accesses;
pub mod change;
pub mod errors;
pub mod health_check;
pub mod hosted_zone;
mod operations;
pub mod page;
pub mod record_set;
pub mod tag;

#[cfg(test)]
mod tests;

pub use change::Change;
pub use health_check::HealthCheck;
pub use hosted_zone::HostedZone;
pub use record_set::RecordSet;

use controlplane_services_kernel::{ControllerEntry, KindEntry, Service};

/// Route 53.
pub static SERVICE: Service = Service {
    name: "route53",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[
        KindEntry::declared::<HostedZone>(),
        KindEntry::declared::<RecordSet>(),
        KindEntry::declared::<HealthCheck>(),
        KindEntry::internal::<Change>(),
        KindEntry::internal::<tag::ResourceTags>(),
    ],
    controllers: &[ControllerEntry::of::<change::controller::Forget>()],
};
