//! GetEventSelectors: which events a trail delivers.

use super::put_event_selectors::SelectorsOfTrail;
use crate::trail::{Trail, find};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetEventSelectors;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetEventSelectorsInput {
    trail_name: String,
}

impl Query for GetEventSelectors {
    const NAME: &'static str = "GetEventSelectors";
    type Input = GetEventSelectorsInput;
    type Output = SelectorsOfTrail;

    fn run(input: &GetEventSelectorsInput, cx: &Reader) -> Result<SelectorsOfTrail, ServiceError> {
        let found = find::find(&input.trail_name, cx)?;
        let arn = Trail::arn(&found.name, &cx.caller.account, &found.home);
        Ok(SelectorsOfTrail::of(arn, found.trail))
    }
}
