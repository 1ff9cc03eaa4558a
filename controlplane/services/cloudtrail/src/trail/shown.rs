//! A trail as answers have it.

use super::Trail;
use controlplane_types::{AccountId, RegionName};
use serde::Serialize;

/// What every answer about a trail has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrailSettings {
    name: String,
    s3_bucket_name: String,
    s3_key_prefix: Option<String>,
    include_global_service_events: bool,
    is_multi_region_trail: bool,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    log_file_validation_enabled: bool,
    is_organization_trail: bool,
}

/// What is shown of a trail beside.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TrailShape {
    #[serde(flatten)]
    settings: TrailSettings,
    home_region: String,
    has_custom_event_selectors: bool,
    has_insight_selectors: bool,
}

impl TrailSettings {
    pub(super) fn of(name: &str, trail: &Trail, account: &AccountId, home: &RegionName) -> Self {
        Self {
            name: name.to_owned(),
            s3_bucket_name: trail.bucket.clone(),
            s3_key_prefix: trail.prefix.clone(),
            include_global_service_events: trail.global_events,
            is_multi_region_trail: trail.everywhere_since.is_some(),
            trail_arn: Trail::arn(name, account, home),
            log_file_validation_enabled: false,
            is_organization_trail: false,
        }
    }
}

impl TrailShape {
    pub(super) fn of(name: &str, trail: &Trail, account: &AccountId, home: &RegionName) -> Self {
        Self {
            settings: TrailSettings::of(name, trail, account, home),
            home_region: home.to_string(),
            has_custom_event_selectors: trail.has_own_selectors,
            has_insight_selectors: false,
        }
    }
}
