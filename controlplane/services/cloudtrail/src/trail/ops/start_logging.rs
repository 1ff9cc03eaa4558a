//! StartLogging: from now on what happens is delivered. Said again, nothing changes.

use super::{NamedTrail, Nothing};
use crate::errors;
use crate::event::id_at;
use crate::trail::{Delivery, Span, Trail, find};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};

/// Times that are not delivered in full yet.
const MOST_SPANS: usize = 32;

/// See the module.
pub struct StartLogging;

impl Operation for StartLogging {
    const NAME: &'static str = "StartLogging";
    type Input = NamedTrail;
    type Output = Nothing;

    fn run(input: &NamedTrail, cx: &mut Context) -> Result<Nothing, ServiceError> {
        let (name, mut trail) = find::find_own(&input.name, cx)?;
        if trail.is_logging() {
            return Ok(Nothing {});
        }
        forget_delivered(&name, &mut trail, cx);
        if trail.spans.len() >= MOST_SPANS {
            return Err(errors::started_too_often(MOST_SPANS));
        }
        trail.spans.push(Span { from: cx.now, until: None });
        trail.started_at = Some(cx.now);
        cx.put(&name, trail);
        Ok(Nothing {})
    }
}

/// Spans that every region has behind it need not be known any more. With none left, a region goes on where its cursor is or
/// where the next span begins, whichever is later.
fn forget_delivered(name: &str, trail: &mut Trail, cx: &Reader) {
    let home = &cx.caller.region;
    let regions = trail.regions(home, &cx.view);
    let cursors: Option<Vec<String>> = regions
        .iter()
        .map(|region| {
            let key = Delivery::key(&cx.caller.account, home, name, region);
            cx.view.get::<Delivery>(&key).map(|delivery| delivery.cursor.clone())
        })
        .collect();
    let Some(earliest) = cursors.and_then(|cursors| cursors.into_iter().min()) else { return };
    let is_behind = |span: &Span| span.until.is_some_and(|until| id_at(until) < earliest);
    trail.spans.retain(|span| !is_behind(span));
}
