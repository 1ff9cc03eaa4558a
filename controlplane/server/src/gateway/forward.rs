//! What members pass on to the leader: requests, and whose credentials they have met.
//!
//! The whole of a request travels, signature included, and the leader treats it like its own. Uses of credentials travel now and
//! then ([`super::uses`]). Members of two versions understand each other: a request is an array that begins with a text, as it was
//! when there was nothing else, and what else there is begins otherwise.

use super::Gateway;
use super::credentials::Peer;
use bytes::Bytes;
use controlplane_raft::{ForwardHandler, NodeId};
use controlplane_services_iam::last_use::Use;
use controlplane_telemetry::trace::{self, Side, Span};
use controlplane_types::BoxFuture;
use controlplane_wire::{self as wire, ErrorReply};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::sync::{Arc, Weak};

#[derive(Encode, Decode)]
struct Forwarded {
    #[n(0)]
    method: String,
    #[n(1)]
    uri: String,
    #[n(2)]
    headers: Vec<(String, ByteVec)>,
    #[n(3)]
    body: ByteVec,
    /// The span it was taken in with. Not as the header it came with: that one may be signed.
    #[n(4)]
    span: Option<String>,
    /// Where it came from.
    #[n(5)]
    address: Option<String>,
    /// Whether it came over TLS.
    #[cbor(n(6), default)]
    is_tls: bool,
}

/// Uses that a member has noted; the answer is nothing.
#[derive(Encode, Decode)]
struct Told {
    #[n(0)]
    uses: Vec<Use>,
}

/// The message that tells of uses.
pub(super) fn told(uses: Vec<Use>) -> Bytes {
    minicbor::to_vec(Told { uses }).unwrap_or_default().into()
}

#[derive(Encode, Decode)]
struct Answered {
    #[n(0)]
    status: u16,
    #[n(1)]
    headers: Vec<(String, ByteVec)>,
    #[n(2)]
    body: ByteVec,
}

impl Gateway {
    /// Answers from now on what other members forward to this one.
    pub fn take_forwarded(self: &Arc<Self>) {
        self.house.node.handle_forwarded(Arc::new(Forwards(Arc::downgrade(self))));
    }

    /// Has the leader answer; `own` is this member's answer in case that cannot be.
    pub(super) async fn forward(
        &self,
        leader: Option<NodeId>,
        parts: &Parts,
        body: &Bytes,
        own: Option<Response<Bytes>>,
    ) -> Response<Bytes> {
        let passed = self.pass_on(leader, parts, body).await;
        passed.unwrap_or_else(|why| own.unwrap_or_else(|| self.no_leader(parts, body, &why)))
    }

    async fn pass_on(
        &self,
        leader: Option<NodeId>,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Response<Bytes>, String> {
        let leader = leader.ok_or("no server leads at the moment")?;
        let peer = parts.extensions.get::<Peer>();
        let forwarded = Forwarded {
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            headers: pack(&parts.headers),
            body: body.to_vec().into(),
            span: trace::current().map(|context| context.to_string()),
            address: peer.map(|peer| peer.address.to_string()),
            is_tls: peer.is_some_and(|peer| peer.is_tls),
        };
        let bytes = minicbor::to_vec(&forwarded).unwrap_or_default();
        let forwarded = self.house.node.forward(leader, bytes.into()).await;
        let bytes = forwarded.map_err(|error| format!("the leader cannot be reached: {error}"))?;
        let answered = minicbor::decode::<Answered>(&bytes).ok().and_then(unpack_response);
        answered.ok_or_else(|| "the leader's answer cannot be read".to_owned())
    }

    async fn answer_forwarded(&self, request: Forwarded) -> Result<Bytes, String> {
        let parent = request.span.as_deref().and_then(trace::Context::parse);
        let (parts, body) = unpack_request(request).ok_or("not an HTTP request")?.into_parts();
        let span = Span::under(parent, "forwarded", Side::Server);
        // A request is forwarded once: two members that each hold the other for the leader would play ball.
        let answer = trace::scope(span.context(), self.answer_here(&parts, &body, span));
        let response = match answer.await {
            Ok(response) => response,
            Err(elsewhere) => {
                elsewhere.own.unwrap_or_else(|| self.no_leader(&parts, &body, "leadership is changing"))
            }
        };
        let answered = Answered {
            status: response.status().as_u16(),
            headers: pack(response.headers()),
            body: response.body().to_vec().into(),
        };
        minicbor::to_vec(&answered).map(Bytes::from).map_err(|error| error.to_string())
    }

    fn no_leader(&self, parts: &Parts, body: &Bytes, message: &str) -> Response<Bytes> {
        let reply = ErrorReply::new("ServiceUnavailable", 503, message);
        wire::encode_error(wire::service(parts, body).ok(), &reply, &self.request_id())
    }
}

/// Answers what other members forward here, as long as the door is there: the node holds this, and the door holds the
/// node, so a strong reference would keep both for ever.
struct Forwards(Weak<Gateway>);

impl ForwardHandler for Forwards {
    fn handle(&self, _: NodeId, body: Bytes) -> BoxFuture<Result<Bytes, String>> {
        let gateway = self.0.upgrade();
        Box::pin(async move {
            let gateway = gateway.ok_or("this server's AWS door is closed")?;
            if let Ok(told) = minicbor::decode::<Told>(&body) {
                return gateway.uses.record(told.uses).await.map(|()| Bytes::new());
            }
            let request = minicbor::decode::<Forwarded>(&body).map_err(|error| error.to_string())?;
            gateway.answer_forwarded(request).await
        })
    }
}

fn pack(headers: &http::HeaderMap) -> Vec<(String, ByteVec)> {
    headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec().into())).collect()
}

fn unpack_request(forwarded: Forwarded) -> Option<Request<Bytes>> {
    let mut request = Request::builder().method(forwarded.method.as_str()).uri(forwarded.uri);
    for (name, value) in &forwarded.headers {
        request =
            request.header(HeaderName::try_from(name.as_str()).ok()?, HeaderValue::from_bytes(value).ok()?);
    }
    let address = forwarded.address.as_deref().and_then(|text| text.parse().ok());
    if let Some(address) = address {
        request = request.extension(Peer { address, is_tls: forwarded.is_tls });
    }
    request.body(Bytes::from(forwarded.body.to_vec())).ok()
}

fn unpack_response(answered: Answered) -> Option<Response<Bytes>> {
    let mut response = Response::builder().status(StatusCode::from_u16(answered.status).ok()?);
    for (name, value) in &answered.headers {
        response =
            response.header(HeaderName::try_from(name.as_str()).ok()?, HeaderValue::from_bytes(value).ok()?);
    }
    response.body(Bytes::from(answered.body.to_vec())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_services_iam::last_use::{Credential, LastUse};
    use controlplane_types::Timestamp;

    /// A leader of another version must not take one for the other.
    #[test]
    fn a_message_is_a_request_or_tells_of_uses() {
        let requests = ["GET", ""].map(|method| Forwarded {
            method: method.to_owned(),
            uri: "/".to_owned(),
            headers: Vec::new(),
            body: Vec::new().into(),
            span: None,
            address: None,
            is_tls: false,
        });
        for request in requests {
            let bytes = minicbor::to_vec(&request).expect("bytes");
            assert!(minicbor::decode::<Told>(&bytes).is_err());
            assert_eq!(minicbor::decode::<Forwarded>(&bytes).expect("a request").uri, "/");
        }
        let used = Use {
            credential: Credential::AccessKey("AKIA".to_owned()),
            last: LastUse::new(Timestamp::from_millis(120_000), "us-east-1", "ec2"),
        };
        for uses in [Vec::new(), vec![used]] {
            let bytes = told(uses.clone());
            assert!(minicbor::decode::<Forwarded>(&bytes).is_err());
            assert_eq!(minicbor::decode::<Told>(&bytes).expect("uses").uses, uses);
        }
    }
}
