//! ListHealthChecks: by id, which is the order of the marker.

use crate::health_check::{HealthCheck, HealthCheckShown};
use crate::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListHealthChecks;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHealthChecksInput {
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHealthChecksOutput {
    health_checks: Vec<HealthCheckShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    max_items: String,
}

impl Query for ListHealthChecks {
    const NAME: &'static str = "ListHealthChecks";
    type Input = ListHealthChecksInput;
    type Output = ListHealthChecksOutput;

    fn run(input: &ListHealthChecksInput, cx: &Reader) -> Result<ListHealthChecksOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 1000)?;
        let start = input.marker.as_deref().unwrap_or_default();
        let (checks, next) = page::cut(cx.list_from::<HealthCheck>(start), max);
        Ok(ListHealthChecksOutput {
            health_checks: checks
                .iter()
                .map(|check| HealthCheckShown::of(check.key.id(), check.record))
                .collect(),
            marker: input.marker.clone(),
            is_truncated: next.is_some(),
            next_marker: next.map(|check| check.key.id().to_owned()),
            max_items: max.to_string(),
        })
    }
}
