//! Paths of Hearth's own on the AWS port: health, metrics, reset, hooks for measuring. Unsigned requests only, so they can
//! never shadow an AWS request.

use super::Gateway;
use crate::metrics_text;
use crate::writer::Work;
use bytes::Bytes;
use controlplane_services_kernel::Caller;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, Response, StatusCode};

/// What our own paths begin with, metrics aside.
const OWN: &str = "/_hearth/";

pub(super) fn own_path(parts: &Parts) -> bool {
    let path = parts.uri.path();
    (path.starts_with(OWN) || path == "/metrics") && !parts.headers.contains_key(AUTHORIZATION)
}

impl Gateway {
    /// The answer to one of our own paths, or the leader's id when only the leader can answer; `None` for everything
    /// else.
    pub(super) async fn internal(
        &self,
        parts: &Parts,
        body: &Bytes,
    ) -> Option<Result<Response<Bytes>, Option<u64>>> {
        if !own_path(parts) {
            return None;
        }
        if let Some(result) = self.bench(parts, body).await {
            return Some(result);
        }
        let response = match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/metrics") => text(StatusCode::OK, self.metrics()),
            (&Method::GET, "/_hearth/health") => text(StatusCode::OK, "ok\n".to_owned()),
            (&Method::POST, "/_hearth/reset") => self.reset().await,
            (_, path) if path.starts_with(OWN) => text(StatusCode::NOT_FOUND, "no such path\n".to_owned()),
            _ => return None,
        };
        Some(Ok(response))
    }

    fn metrics(&self) -> String {
        metrics_text::render(&self.house)
    }

    /// Back to the state of a first start, as one commit.
    async fn reset(&self) -> Response<Bytes> {
        if !self.settings.allow_reset {
            return text(
                StatusCode::FORBIDDEN,
                "start hearth dev with --allow-reset to allow this\n".to_owned(),
            );
        }
        let first_start = self.house.first_start.clone();
        let caller = Caller::system(self.settings.region.clone());
        let work = Work::new(caller, move |cx| {
            first_start.reset(cx)?;
            Ok(Box::new(()) as _)
        });
        match self.house.writer.write(work).await {
            Ok(_) => text(StatusCode::OK, "reset\n".to_owned()),
            Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
        }
    }
}

fn text(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; version=0.0.4"));
    response
}
