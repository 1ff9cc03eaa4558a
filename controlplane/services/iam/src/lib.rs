//! AWS Identity and Access Management: who may do what.
//!
//! Users, groups, roles, instance profiles, policies and identity providers are records of the account, the same in every region. [`policy`] is the
//! policy language; [`authorize`] asks it about a request on behalf of whoever sent it.

pub mod access_key;
mod accesses;
pub mod account;
mod actions;
pub mod authorize;
mod documents;
pub mod entity;
pub mod errors;
pub mod group;
pub mod instance_profile;
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
        KindEntry::visible::<user::User>(),
        KindEntry::visible::<group::Group>(),
        KindEntry::visible::<role::Role>(),
        KindEntry::visible::<instance_profile::InstanceProfile>(),
        KindEntry::visible::<managed_policy::ManagedPolicy>(),
        KindEntry::visible::<oidc_provider::OidcProvider>(),
    ],
    controllers: &[],
};
