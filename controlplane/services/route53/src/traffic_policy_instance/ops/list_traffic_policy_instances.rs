//! ListTrafficPolicyInstances: by zone, name and type.

use crate::page;
use crate::traffic_policy_instance::TrafficPolicyInstanceShown;
use crate::traffic_policy_instance::listing::{Listed, Position};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrafficPolicyInstances;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyInstancesInput {
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
pub struct ListTrafficPolicyInstancesOutput {
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

impl Query for ListTrafficPolicyInstances {
    const NAME: &'static str = "ListTrafficPolicyInstances";
    type Input = ListTrafficPolicyInstancesInput;
    type Output = ListTrafficPolicyInstancesOutput;

    fn run(
        input: &ListTrafficPolicyInstancesInput,
        cx: &Reader,
    ) -> Result<ListTrafficPolicyInstancesOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = Position::read(
            input.hosted_zone_id_marker.as_deref(),
            input.traffic_policy_instance_name_marker.as_deref(),
            input.traffic_policy_instance_type_marker.as_deref(),
        )?;
        let Listed { instances, next } = Listed::from(&start, max, cx, |_| true);
        Ok(ListTrafficPolicyInstancesOutput {
            traffic_policy_instances: instances,
            is_truncated: next.is_some(),
            hosted_zone_id_marker: next.as_ref().map(|next| next.zone_id.clone()),
            traffic_policy_instance_name_marker: next.as_ref().map(|next| next.name.clone()),
            traffic_policy_instance_type_marker: next.map(|next| next.kind),
            max_items: max.to_string(),
        })
    }
}
