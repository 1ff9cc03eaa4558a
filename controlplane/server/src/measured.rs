//! A layer in front of a gRPC service: counts its calls and makes each a part of a trace.
//!
//! It stands before [`Relayed`](crate::cluster::relay), so a call that is passed on has a span on each server it meets: the header
//! that goes on names this server's span instead of the caller's.

use controlplane_telemetry::metrics::catalogue::{GRPC_REQUEST_SECONDS, GRPC_REQUESTS};
use controlplane_telemetry::trace::{self, Context as TraceContext, Span};
use controlplane_types::{BoxFuture, Runtime};
use http::{HeaderMap, HeaderValue, Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::{Code, Status};

/// A service with the layer in front.
#[derive(Clone)]
pub(crate) struct Measured<S> {
    service: S,
    runtime: Arc<dyn Runtime>,
}

impl<S> Measured<S> {
    pub(crate) fn new(service: S, runtime: Arc<dyn Runtime>) -> Self {
        Self { service, runtime }
    }
}

impl<S: NamedService> NamedService for Measured<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Measured<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let header = request.headers().get(TraceContext::HEADER).and_then(|value| value.to_str().ok());
        let span = trace::incoming("grpc", header);
        let context = span.context();
        if let Some(value) = context.and_then(|context| HeaderValue::try_from(context.to_string()).ok()) {
            request.headers_mut().insert(TraceContext::HEADER, value);
        }
        // The service that was ready is the one to call; the copy takes its place.
        let copy = self.service.clone();
        let mut ready = std::mem::replace(&mut self.service, copy);
        let runtime = self.runtime.clone();
        Box::pin(async move {
            let began = runtime.monotonic();
            let answer = trace::scope(context, ready.call(request)).await;
            let took = runtime.monotonic().saturating_sub(began);
            if let Ok(response) = &answer {
                answered(span, &method, response.headers(), took);
            }
            answer
        })
    }
}

fn answered(mut span: Span, method: &str, headers: &HeaderMap, took: Duration) {
    // An error before any message is in the head; what goes wrong within a stream is the stream's.
    let code = Status::from_header_map(headers).map_or(Code::Ok, |status| status.code());
    // A path of nobody's is the client's making and must not become a label.
    let known = code != Code::Unimplemented;
    let (method, code) = (if known { method } else { "unknown" }, format!("{code:?}"));
    GRPC_REQUESTS.counter(&[method, &code]).increment(1);
    GRPC_REQUEST_SECONDS.samples(&[method]).record(took.as_secs_f64());
    span.rename(|| format!("grpc.{method}"));
    span.note("rpc.system", "grpc");
    span.note("rpc.method", method);
    if code != "Ok" {
        span.fail(&code);
    }
}
