//! ListHostedZones: by id, which is the order of the marker.

use crate::hosted_zone::{HostedZone, HostedZoneShown};
use crate::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListHostedZones;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesInput {
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesOutput {
    hosted_zones: Vec<HostedZoneShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    max_items: String,
}

impl Query for ListHostedZones {
    const NAME: &'static str = "ListHostedZones";
    type Input = ListHostedZonesInput;
    type Output = ListHostedZonesOutput;

    fn run(input: &ListHostedZonesInput, cx: &Reader) -> Result<ListHostedZonesOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = input.marker.as_deref().map_or("", |marker| page::bare_id(marker, "hostedzone"));
        let (zones, next) = page::cut(cx.list_from::<HostedZone>(start), max);
        Ok(ListHostedZonesOutput {
            hosted_zones: zones
                .iter()
                .map(|zone| HostedZoneShown::of(zone.key.id(), zone.record, cx))
                .collect(),
            marker: input.marker.clone(),
            is_truncated: next.is_some(),
            next_marker: next.map(|zone| zone.key.id().to_owned()),
            max_items: max.to_string(),
        })
    }
}
