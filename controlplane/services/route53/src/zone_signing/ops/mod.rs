//! Actions on the signing of zones.

pub mod disable_hosted_zone_dnssec;
pub mod enable_hosted_zone_dnssec;
pub mod get_dnssec;
pub mod renew_zone_signing;
