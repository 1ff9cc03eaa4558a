//! ListHostedZones: by id, which is the order of the marker.

use crate::hosted_zone::{HostedZone, HostedZoneShown};
use crate::{delegation_set, page};
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
    #[serde(default)]
    delegation_set_id: Option<String>,
    #[serde(default)]
    hosted_zone_type: Option<HostedZoneType>,
}

/// Which zones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostedZoneType {
    /// Those that answer inside VPCs.
    PrivateHostedZone,
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
        let set = input.delegation_set_id.as_deref();
        let set = set.map(|id| delegation_set::existing(id, cx)).transpose()?.map(|(id, _)| id);
        let wanted = |zone: &HostedZone| {
            (input.hosted_zone_type.is_none() || zone.is_private())
                && set.is_none_or(|set| zone.delegation_set_id.as_deref() == Some(set))
        };
        let zones = cx.list_from::<HostedZone>(start).filter(|zone| wanted(zone.record));
        let (zones, next) = page::cut(zones, max);
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
