//! Spans in OTLP's words.

use super::exporter::Ended;
use super::span::Side;
use super::{Context, Settings};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use tonic::transport::Channel;

/// Flag of a span whose trace is recorded.
const SAMPLED: u32 = 1;

/// The way to the collector.
pub(super) struct Client {
    channel: Channel,
    resource: Resource,
}

impl Client {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { channel: settings.endpoint.connect_lazy(), resource: resource(&settings.service) }
    }

    pub(super) async fn send(&self, spans: Vec<Ended>) -> Result<(), tonic::Status> {
        let spans = ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "hearth".to_owned(),
                version: crate::process::VERSION.to_owned(),
                ..InstrumentationScope::default()
            }),
            spans: spans.into_iter().map(span).collect(),
            ..ScopeSpans::default()
        };
        let resource_spans = ResourceSpans {
            resource: Some(self.resource.clone()),
            scope_spans: vec![spans],
            ..ResourceSpans::default()
        };
        let request = ExportTraceServiceRequest { resource_spans: vec![resource_spans] };
        TraceServiceClient::new(self.channel.clone()).export(request).await.map(drop)
    }
}

/// What the spans are of.
fn resource(service: &str) -> Resource {
    let attributes = [("service.name", service), ("service.version", crate::process::VERSION)];
    Resource {
        attributes: attributes.map(|(key, value)| attribute(key, value.to_owned())).into(),
        ..Resource::default()
    }
}

fn span(ended: Ended) -> Span {
    let Ended { span, at } = ended;
    let status = span.error.map(|message| Status { message, code: StatusCode::Error.into() });
    Span {
        trace_id: span.context.trace_id.to_vec(),
        span_id: span.context.span_id.to_vec(),
        parent_span_id: span.parent.map(|parent: Context| parent.span_id.to_vec()).unwrap_or_default(),
        flags: SAMPLED,
        name: span.name.into_owned(),
        kind: kind(span.side).into(),
        start_time_unix_nano: span.began,
        end_time_unix_nano: at,
        attributes: span.attributes.into_iter().map(|(key, value)| attribute(key, value)).collect(),
        status,
        ..Span::default()
    }
}

fn kind(side: Side) -> SpanKind {
    match side {
        Side::Internal => SpanKind::Internal,
        Side::Server => SpanKind::Server,
        Side::Producer => SpanKind::Producer,
        Side::Consumer => SpanKind::Consumer,
    }
}

fn attribute(key: &str, value: String) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(value)) }),
        ..KeyValue::default()
    }
}
