//! The action on features of a zone.

pub mod update_hosted_zone_features;
