//! Amazon Route 53: hosted zones, record sets with every routing policy and aliases, health checks, CIDR collections, reusable
//! delegation sets, traffic policies, private zones and their VPCs.
//!
//! The rules are Route 53's, from its API model and guides; the DNS server answers by what is stored here. A
//! change is `INSYNC` when every DNS server has said that it serves it, not before.

pub mod accelerated_recovery;
mod accesses;
mod caller_reference;
pub mod change;
pub mod checker;
pub mod cidr_collection;
pub mod delegation_set;
pub mod dns_answer;
pub mod errors;
pub mod geo_location;
pub mod health_check;
pub mod hosted_zone;
pub mod key_signing_key;
pub mod limit;
mod operations;
pub mod page;
pub mod query_logging_config;
pub mod record_set;
pub mod record_set_protection;
pub mod tag;
pub mod traffic_policy;
pub mod traffic_policy_instance;
pub mod vpc_association;
pub mod zone_signing;

#[cfg(test)]
mod tests;

pub use change::Change;
pub use cidr_collection::CidrCollection;
pub use delegation_set::DelegationSet;
pub use health_check::HealthCheck;
pub use hosted_zone::HostedZone;
pub use key_signing_key::KeySigningKey;
pub use query_logging_config::QueryLoggingConfig;
pub use record_set::RecordSet;
pub use traffic_policy::TrafficPolicy;
pub use traffic_policy_instance::TrafficPolicyInstance;
pub use zone_signing::ZoneSigning;

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
        KindEntry::declared::<CidrCollection>(),
        KindEntry::visible::<TrafficPolicy>(),
        KindEntry::visible::<TrafficPolicyInstance>(),
        KindEntry::visible::<QueryLoggingConfig>(),
        KindEntry::internal::<traffic_policy::TrafficPolicyVersion>(),
        KindEntry::internal::<DelegationSet>(),
        KindEntry::internal::<record_set_protection::RecordSetProtection>(),
        KindEntry::internal::<caller_reference::UsedCallerReference>(),
        KindEntry::internal::<Change>(),
        KindEntry::internal::<tag::ResourceTags>(),
        KindEntry::internal::<KeySigningKey>(),
        KindEntry::internal::<ZoneSigning>(),
        KindEntry::internal::<vpc_association::VpcAssociationAuthorization>(),
    ],
    controllers: &[
        ControllerEntry::of::<change::controller::Forget>(),
        ControllerEntry::of::<zone_signing::controller::Renew>(),
    ],
};
