//! Amazon EC2: virtual networks and the instances in them.
//!
//! One folder per AWS noun. Beside them, what all nouns share: [`filter`] and [`page`] for `Describe*`,
//! [`tag`], [`resource`] (ids and what a wrong one is called), `dry_run`. [`errors`] is the only place with
//! EC2's error codes.
//!
//! A describe action renders each record into the shape AWS shows and filters *that*, so a filter can never
//! see something else than the caller does.

mod accesses;
pub mod account;
pub mod address;
pub mod attribute;
pub mod availability_zone;
mod controllers;
pub mod dhcp_options;
pub mod dry_run;
pub mod errors;
pub mod filter;
pub mod image;
pub mod instance;
pub mod instance_profile;
pub mod instance_type;
pub mod internet_gateway;
pub mod key_pair;
mod kinds;
pub mod launch_template;
pub mod network_interface;
mod operations;
pub mod page;
pub mod prefix_list;
pub mod resource;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod tag;
pub mod vpc;
mod vpc_endpoint_service;

#[cfg(test)]
mod tests;

use controlplane_services_kernel::Service;

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "ec2",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: kinds::KINDS,
    controllers: controllers::CONTROLLERS,
};
