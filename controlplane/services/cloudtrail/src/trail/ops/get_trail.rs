//! GetTrail: one trail.

use super::NamedTrail;
use crate::trail::find;
use crate::trail::shown::TrailShape;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::Serialize;

/// See the module.
pub struct GetTrail;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTrailOutput {
    trail: TrailShape,
}

impl Query for GetTrail {
    const NAME: &'static str = "GetTrail";
    type Input = NamedTrail;
    type Output = GetTrailOutput;

    fn run(input: &NamedTrail, cx: &Reader) -> Result<GetTrailOutput, ServiceError> {
        let found = find::find(&input.name, cx)?;
        Ok(GetTrailOutput {
            trail: TrailShape::of(&found.name, found.trail, &cx.caller.account, &found.home),
        })
    }
}
