//! ListTrafficPolicyInstancesByPolicy: those of one version, by zone, name and type.

use crate::traffic_policy::TrafficPolicyVersion;
use crate::traffic_policy_instance::TrafficPolicyInstanceShown;
use crate::traffic_policy_instance::listing::Asked;
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
        let asked = Asked {
            zone_id: input.hosted_zone_id_marker.as_deref(),
            name: &input.traffic_policy_instance_name_marker,
            kind: &input.traffic_policy_instance_type_marker,
            max_items: &input.max_items,
        };
        let page = asked.page(cx, |instance| instance.is_of(id, number))?;
        Ok(ListTrafficPolicyInstancesByPolicyOutput {
            traffic_policy_instances: page.instances,
            is_truncated: page.is_truncated,
            hosted_zone_id_marker: page.zone_id,
            traffic_policy_instance_name_marker: page.name,
            traffic_policy_instance_type_marker: page.kind,
            max_items: page.max_items,
        })
    }
}
