//! ListTrafficPolicyInstancesByHostedZone: by name and type.

use crate::traffic_policy_instance::TrafficPolicyInstanceShown;
use crate::traffic_policy_instance::listing::{Listed, Position};
use crate::{hosted_zone, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrafficPolicyInstancesByHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyInstancesByHostedZoneInput {
    hosted_zone_id: String,
    #[serde(default)]
    traffic_policy_instance_name_marker: Option<String>,
    #[serde(default)]
    traffic_policy_instance_type_marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyInstancesByHostedZoneOutput {
    traffic_policy_instances: Vec<TrafficPolicyInstanceShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_instance_name_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_instance_type_marker: Option<String>,
    is_truncated: bool,
    max_items: String,
}

impl Query for ListTrafficPolicyInstancesByHostedZone {
    const NAME: &'static str = "ListTrafficPolicyInstancesByHostedZone";
    type Input = ListTrafficPolicyInstancesByHostedZoneInput;
    type Output = ListTrafficPolicyInstancesByHostedZoneOutput;

    fn run(
        input: &ListTrafficPolicyInstancesByHostedZoneInput,
        cx: &Reader,
    ) -> Result<ListTrafficPolicyInstancesByHostedZoneOutput, ServiceError> {
        let (zone_id, _) = hosted_zone::existing(&input.hosted_zone_id, cx)?;
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = Position::read(
            Some(zone_id),
            input.traffic_policy_instance_name_marker.as_deref(),
            input.traffic_policy_instance_type_marker.as_deref(),
        )?;
        let Listed { instances, next } =
            Listed::from(&start, max, cx, |instance| instance.zone_id == zone_id);
        Ok(ListTrafficPolicyInstancesByHostedZoneOutput {
            traffic_policy_instances: instances,
            is_truncated: next.is_some(),
            traffic_policy_instance_name_marker: next.as_ref().map(|next| next.name.clone()),
            traffic_policy_instance_type_marker: next.map(|next| next.kind),
            max_items: max.to_string(),
        })
    }
}
