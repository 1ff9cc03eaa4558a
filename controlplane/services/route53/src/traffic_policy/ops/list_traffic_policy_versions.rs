//! ListTrafficPolicyVersions: by number.

use crate::traffic_policy::types::number_of;
use crate::traffic_policy::{TrafficPolicy, TrafficPolicyShown, TrafficPolicyVersion};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrafficPolicyVersions;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyVersionsInput {
    id: String,
    #[serde(default)]
    traffic_policy_version_marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrafficPolicyVersionsOutput {
    traffic_policies: Vec<TrafficPolicyShown>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic_policy_version_marker: Option<String>,
    max_items: String,
}

impl Query for ListTrafficPolicyVersions {
    const NAME: &'static str = "ListTrafficPolicyVersions";
    type Input = ListTrafficPolicyVersionsInput;
    type Output = ListTrafficPolicyVersionsOutput;

    fn run(
        input: &ListTrafficPolicyVersionsInput,
        cx: &Reader,
    ) -> Result<ListTrafficPolicyVersionsOutput, ServiceError> {
        let id = &input.id;
        cx.get::<TrafficPolicy>(id).ok_or_else(|| errors::no_such_traffic_policy(id, 1))?;
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = match &input.traffic_policy_version_marker {
            None => 0,
            Some(text) => text.parse::<u16>().map_err(|_| {
                errors::invalid_input(format!("TrafficPolicyVersionMarker: {text} is not a version"))
            })?,
        };
        let (page, next) = page::cut(TrafficPolicyVersion::of_policy(id, start.into(), cx), max);
        let shown =
            page.iter().map(|found| TrafficPolicyShown::of(id, number_of(found.key.id()), found.record));
        Ok(ListTrafficPolicyVersionsOutput {
            traffic_policies: shown.collect(),
            is_truncated: next.is_some(),
            traffic_policy_version_marker: next.map(|next| number_of(next.key.id()).to_string()),
            max_items: max.to_string(),
        })
    }
}
