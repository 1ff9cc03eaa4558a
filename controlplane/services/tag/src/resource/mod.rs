//! A resource of any service, by its ARN.
//!
//! Those that have tags are found, as in AWS: one that never had any is not, and one that lost its last is not either.
//!
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html>

mod changing;
mod listing;
pub mod ops;

#[cfg(test)]
mod tests;

use controlplane_services_kernel::tagged::Tagged;

/// Every service whose resources carry tags.
static TAGGED: [&Tagged; 5] = [
    &controlplane_services_autoscaling::auto_scaling_group::TAGGED,
    &controlplane_services_cloudtrail::trail::TAGGED,
    &controlplane_services_ec2::tag::TAGGED,
    &controlplane_services_iam::tag::TAGGED,
    &controlplane_services_route53::tag::TAGGED,
];
