//! Which requests a desired set and a report are due to, beside the stream's own content (design/0037).

use crate::writer::Causes;
use controlplane_proto::agent::{Cause, Object};
use controlplane_proto::desired::ObjectRef;
use controlplane_telemetry::trace::{Context, Side, Span};
use std::collections::BTreeMap;

/// More traces than these in one message help nobody.
const MOST_CAUSES: usize = 64;

/// The traces that changed these objects, each with a span of its own for being told to `node`.
pub(super) fn of_objects(causes: &Causes, node: &str, objects: &[Object]) -> Vec<Cause> {
    let mut told: BTreeMap<Context, Context> = BTreeMap::new();
    let found = objects.iter().filter_map(|object| {
        let object = ObjectRef::of(object).ok()?;
        let context = causes.of(object.kind, &object.id)?;
        let context = *told.entry(context).or_insert_with(|| tell(context, node));
        Some(Cause { object: Some(object.to_key()), traceparent: context.to_string() })
    });
    found.take(MOST_CAUSES).collect()
}

fn tell(context: Context, node: &str) -> Context {
    let mut span = Span::under(Some(context), "agents.desired", Side::Producer);
    span.note("hearth.node", node);
    span.context().unwrap_or(context)
}

/// One span for each trace that `node` reports about, open until the report is believed.
pub(super) fn of_report(causes: &[Cause], node: &str) -> Vec<Span> {
    let mut parents: Vec<Context> =
        causes.iter().take(MOST_CAUSES).filter_map(|cause| Context::parse(&cause.traceparent)).collect();
    parents.sort_unstable();
    parents.dedup();
    let spans = parents.into_iter().map(|parent| {
        let mut span = Span::under(Some(parent), "agents.report", Side::Consumer);
        span.note("hearth.node", node);
        span
    });
    spans.collect()
}
