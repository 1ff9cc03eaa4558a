//! AWS Identity and Access Management: who may do what.
//!
//! Users, groups, roles, instance profiles and policies are records of the account, the same in every region. [`policy`] is the
//! policy language; [`authorize`] asks it about a request on behalf of whoever sent it.

mod accesses;
pub mod authorize;
pub mod entity;
pub mod group;
pub mod instance_profile;
pub mod managed_policy;
pub mod permissions;
pub mod policy;
pub mod role;
pub mod user;

use controlplane_services_kernel::{KindEntry, Service};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "iam",
    operations: &[],
    accesses: accesses::of,
    kinds: &[
        KindEntry::internal::<user::User>(),
        KindEntry::internal::<group::Group>(),
        KindEntry::internal::<role::Role>(),
        KindEntry::internal::<instance_profile::InstanceProfile>(),
        KindEntry::internal::<managed_policy::ManagedPolicy>(),
    ],
    controllers: &[],
};
