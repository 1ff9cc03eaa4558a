//! ListTrafficPolicyInstancesByPolicy: those of one version, by zone, name and type.

use crate::page;
use crate::traffic_policy::TrafficPolicyVersion;
use crate::traffic_policy_instance::TrafficPolicyInstanceShown;
use crate::traffic_policy_instance::listing::{Listed, Position};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrafficPolicyInstancesByPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyInstancesByPolicyInput {
    traffic_policy_id: String,
    traffic_policy_version: i32,
    #[serde(default)]
    hosted_zone_id_marker: Option<String>,
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
pub struct ListTrafficPolicyInstancesByPolicyOutput {
    traffic_policy_instances: Vec<TrafficPolicyInstanceShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosted_zone_id_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_instance_name_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_instance_type_marker: Option<String>,
    is_truncated: bool,
    max_items: String,
}

impl Query for ListTrafficPolicyInstancesByPolicy {
    const NAME: &'static str = "ListTrafficPolicyInstancesByPolicy";
    type Input = ListTrafficPolicyInstancesByPolicyInput;
    type Output = ListTrafficPolicyInstancesByPolicyOutput;

    fn run(
        input: &ListTrafficPolicyInstancesByPolicyInput,
        cx: &Reader,
    ) -> Result<ListTrafficPolicyInstancesByPolicyOutput, ServiceError> {
        let (id, number) = (&input.traffic_policy_id, input.traffic_policy_version);
        TrafficPolicyVersion::existing(id, number, cx)?;
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = Position::read(
            input.hosted_zone_id_marker.as_deref(),
            input.traffic_policy_instance_name_marker.as_deref(),
            input.traffic_policy_instance_type_marker.as_deref(),
        )?;
        let Listed { instances, next } = Listed::from(&start, max, cx, |instance| instance.is_of(id, number));
        Ok(ListTrafficPolicyInstancesByPolicyOutput {
            traffic_policy_instances: instances,
            is_truncated: next.is_some(),
            hosted_zone_id_marker: next.as_ref().map(|next| next.zone_id.clone()),
            traffic_policy_instance_name_marker: next.as_ref().map(|next| next.name.clone()),
            traffic_policy_instance_type_marker: next.map(|next| next.kind),
            max_items: max.to_string(),
        })
    }
}
