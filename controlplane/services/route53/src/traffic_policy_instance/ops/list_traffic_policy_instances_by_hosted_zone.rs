//! ListTrafficPolicyInstancesByHostedZone: by name and type.

use crate::hosted_zone;
use crate::traffic_policy_instance::TrafficPolicyInstanceShown;
use crate::traffic_policy_instance::listing::Asked;
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
        let asked = Asked {
            zone_id: Some(zone_id),
            name: &input.traffic_policy_instance_name_marker,
            kind: &input.traffic_policy_instance_type_marker,
            max_items: &input.max_items,
        };
        let page = asked.page(cx, |instance| instance.zone_id == zone_id)?;
        Ok(ListTrafficPolicyInstancesByHostedZoneOutput {
            traffic_policy_instances: page.instances,
            is_truncated: page.is_truncated,
            traffic_policy_instance_name_marker: page.name,
            traffic_policy_instance_type_marker: page.kind,
            max_items: page.max_items,
        })
    }
}
