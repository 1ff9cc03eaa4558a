//! AWS Identity and Access Management: who may do what.
//!
//! Users, groups, roles, instance profiles, policies and identity providers are records of the account, the same in every region. [`policy`] is the
//! policy language; [`authorize`] asks it about a request on behalf of whoever sent it.

pub mod access_key;
mod accesses;
pub mod account;
mod actions;
pub mod authorize;
mod declared;
mod documents;
pub mod entity;
pub mod errors;
pub mod group;
pub mod instance_profile;
pub mod last_use;
pub mod managed_policy;
pub mod oidc_provider;
mod operations;
mod page;
pub mod permissions;
pub mod policy;
pub mod role;
pub mod simulate;
pub mod tag;
pub mod user;

#[cfg(test)]
mod tests;

use controlplane_services_kernel::{KindEntry, Service};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "iam",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[
        KindEntry::declared::<user::User>(),
        KindEntry::declared::<group::Group>(),
        KindEntry::declared::<role::Role>(),
        KindEntry::declared::<instance_profile::InstanceProfile>(),
        KindEntry::declared::<managed_policy::ManagedPolicy>(),
        KindEntry::declared::<oidc_provider::OidcProvider>(),
        KindEntry::internal::<last_use::LastUse>(),
    ],
    controllers: &[],
};
