//! What is told of an answered request, as numbers and in its trace.

use controlplane_telemetry::metrics::catalogue::{AWS_REQUEST_SECONDS, AWS_REQUESTS};
use controlplane_telemetry::trace::Span;
use std::time::Duration;

/// An answered request.
pub(super) struct Measured<'r> {
    pub(super) request_id: &'r str,
    pub(super) service: &'static str,
    pub(super) action: &'static str,
    /// `OK` or the error code of the answer.
    pub(super) code: &'r str,
    pub(super) elapsed: Duration,
}

/// Counts it and ends its span. The names are those of OpenTelemetry's conventions for AWS's calls.
pub(super) fn answered(mut span: Span, request: &Measured<'_>) {
    let Measured { request_id, service, action, code, elapsed } = *request;
    AWS_REQUESTS.counter(&[service, action, code]).increment(1);
    AWS_REQUEST_SECONDS.samples(&[service, action]).record(elapsed.as_secs_f64());
    span.rename(|| format!("{service}.{action}"));
    span.note("rpc.system", "aws-api");
    span.note("rpc.service", service);
    span.note("rpc.method", action);
    span.note("aws.request_id", request_id);
    if code != "OK" {
        span.fail(code);
    }
}
