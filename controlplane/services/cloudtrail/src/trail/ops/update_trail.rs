//! UpdateTrail: other settings; what is not said stays. It may go on logging meanwhile.

use crate::errors;
use crate::trail::shown::TrailSettings;
use crate::trail::{TrailStore, find, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateTrail;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateTrailInput {
    name: String,
    s3_bucket_name: Option<String>,
    s3_key_prefix: Option<String>,
    include_global_service_events: Option<bool>,
    is_multi_region_trail: Option<bool>,
}

impl Operation for UpdateTrail {
    const NAME: &'static str = "UpdateTrail";
    type Input = UpdateTrailInput;
    type Output = TrailSettings;

    fn run(input: &UpdateTrailInput, cx: &mut Context) -> Result<TrailSettings, ServiceError> {
        let (name, mut trail) = find::find_own(&input.name, cx)?;
        if let Some(bucket) = &input.s3_bucket_name {
            validate::bucket(bucket)?;
            if !TrailStore::is_there(&cx.view) {
                return Err(errors::no_store());
            }
            trail.bucket.clone_from(bucket);
        }
        if input.s3_key_prefix.is_some() {
            trail.prefix = validate::prefix(input.s3_key_prefix.as_deref())?;
        }
        trail.global_events = input.include_global_service_events.unwrap_or(trail.global_events);
        match input.is_multi_region_trail {
            // From now on: what other regions did before is not delivered.
            Some(true) => trail.everywhere_since = trail.everywhere_since.or(Some(cx.now)),
            Some(false) => trail.everywhere_since = None,
            None => {}
        }
        if trail.everywhere_since.is_some() && !trail.global_events {
            return Err(errors::global_events_of_all_regions());
        }
        let settings = TrailSettings::of(&name, &trail, &cx.caller.account, &cx.caller.region);
        cx.put(&name, trail);
        Ok(settings)
    }
}
