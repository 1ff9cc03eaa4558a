//! GetTrailStatus: whether it logs, and how delivering went, over all its regions.

use super::NamedTrail;
use crate::trail::{Delivery, find};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::Serialize;

/// See the module.
pub struct GetTrailStatus;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrailStatusOutput {
    is_logging: bool,
    latest_delivery_error: Option<String>,
    latest_delivery_time: Option<Timestamp>,
    start_logging_time: Option<Timestamp>,
    stop_logging_time: Option<Timestamp>,
    latest_delivery_attempt_time: String,
    latest_delivery_attempt_succeeded: String,
    time_logging_started: String,
    time_logging_stopped: String,
}

impl Query for GetTrailStatus {
    const NAME: &'static str = "GetTrailStatus";
    type Input = NamedTrail;
    type Output = GetTrailStatusOutput;

    fn run(input: &NamedTrail, cx: &Reader) -> Result<GetTrailStatusOutput, ServiceError> {
        let found = find::find(&input.name, cx)?;
        let all = Delivery::of_trail(&cx.view, &cx.caller.account, &found.home, &found.name);
        let all: Vec<&Delivery> = all.map(|(_, delivery)| delivery).collect();
        let failed = all.iter().filter(|delivery| delivery.error.is_some());
        let failed = failed.max_by_key(|delivery| delivery.attempted_at);
        let attempted = all.iter().filter_map(|delivery| delivery.attempted_at).max();
        let delivered = all.iter().filter_map(|delivery| delivery.delivered_at).max();
        let text = |at: Option<Timestamp>| at.map(Timestamp::to_iso8601).unwrap_or_default();
        let succeeded = attempted.filter(|_| failed.is_none());
        Ok(GetTrailStatusOutput {
            is_logging: found.trail.is_logging(),
            latest_delivery_error: failed.and_then(|delivery| delivery.error.clone()),
            latest_delivery_time: delivered,
            start_logging_time: found.trail.started_at,
            stop_logging_time: found.trail.stopped_at,
            latest_delivery_attempt_time: text(attempted),
            latest_delivery_attempt_succeeded: text(succeeded),
            time_logging_started: text(found.trail.started_at),
            time_logging_stopped: text(found.trail.stopped_at),
        })
    }
}
