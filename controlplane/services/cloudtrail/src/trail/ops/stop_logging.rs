//! StopLogging: what happens from now on is not delivered; what happened before still is.

use super::{NamedTrail, Nothing};
use crate::trail::find;
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// See the module.
pub struct StopLogging;

impl Operation for StopLogging {
    const NAME: &'static str = "StopLogging";
    type Input = NamedTrail;
    type Output = Nothing;

    fn run(input: &NamedTrail, cx: &mut Context) -> Result<Nothing, ServiceError> {
        let (name, mut trail) = find::find_own(&input.name, cx)?;
        let now = cx.now;
        if let Some(span) = trail.spans.last_mut().filter(|span| span.until.is_none()) {
            span.until = Some(now);
            trail.stopped_at = Some(now);
            cx.put(&name, trail);
        }
        Ok(Nothing {})
    }
}
