//! ListTrafficPolicies: in the order they were created in.

use crate::traffic_policy::types::number_of;
use crate::traffic_policy::{TrafficPolicy, TrafficPolicyVersion};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrafficPolicies;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPoliciesInput {
    #[serde(default)]
    traffic_policy_id_marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPoliciesOutput {
    traffic_policy_summaries: Vec<TrafficPolicySummary>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_id_marker: Option<String>,
    max_items: String,
}

impl Query for ListTrafficPolicies {
    const NAME: &'static str = "ListTrafficPolicies";
    type Input = ListTrafficPoliciesInput;
    type Output = ListTrafficPoliciesOutput;

    fn run(input: &ListTrafficPoliciesInput, cx: &Reader) -> Result<ListTrafficPoliciesOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let mut policies: Vec<Stored<'_, TrafficPolicy>> = cx.list::<TrafficPolicy>().collect();
        policies.sort_by_key(|policy| (policy.created_at, policy.key.clone()));
        let start = match &input.traffic_policy_id_marker {
            None => 0,
            Some(id) => policies.iter().position(|policy| policy.key.id() == id).ok_or_else(|| {
                errors::invalid_input(format!("TrafficPolicyIdMarker: there is no traffic policy {id}"))
            })?,
        };
        let (page, next) = page::cut(policies.into_iter().skip(start), max);
        Ok(ListTrafficPoliciesOutput {
            traffic_policy_summaries: page
                .iter()
                .map(|policy| TrafficPolicySummary::of(policy, cx))
                .collect(),
            is_truncated: next.is_some(),
            traffic_policy_id_marker: next.map(|policy| policy.key.id().to_owned()),
            max_items: max.to_string(),
        })
    }
}

/// A policy by its latest version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrafficPolicySummary {
    id: String,
    name: String,
    r#type: String,
    latest_version: i32,
    traffic_policy_count: usize,
}

impl TrafficPolicySummary {
    fn of(policy: &Stored<'_, TrafficPolicy>, cx: &Reader) -> Self {
        let id = policy.key.id();
        let versions: Vec<_> = TrafficPolicyVersion::of_policy(id, 0, cx).collect();
        let latest = versions.last();
        Self {
            id: id.to_owned(),
            name: policy.name.clone(),
            r#type: latest.map(|latest| latest.kind.clone()).unwrap_or_default(),
            latest_version: latest.map_or(policy.newest, |latest| number_of(latest.key.id())),
            traffic_policy_count: versions.len(),
        }
    }
}
