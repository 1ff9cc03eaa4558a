//! A client of the AWS door, as an SDK is one: asks any server, tries again elsewhere under the same invocation id.

use super::server::Servers;
use bytes::Bytes;
use controlplane_types::Runtime;
use http::Request;
use std::sync::Arc;
use std::time::Duration;

/// What one attempt may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between attempts.
const PAUSE: Duration = Duration::from_millis(100);
/// Attempts before a client gives up; more than any outage here needs.
const ATTEMPTS: usize = 100;

/// Signed for nobody: these servers believe every key.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=sim/20260101/us-east-1/ec2/aws4_request, \
                             SignedHeaders=host, Signature=00";

/// A client.
#[derive(Clone)]
pub struct Client {
    servers: Servers,
    runtime: Arc<dyn Runtime>,
    name: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The document.
    pub body: String,
}

impl Answer {
    /// The text of the first element called `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        let rest = self.body.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once("</")?.0)
    }
}

impl Client {
    /// A client with a name of its own; invocation ids are made from it.
    pub fn new(servers: &Servers, runtime: Arc<dyn Runtime>, name: &str) -> Self {
        Self { servers: servers.clone(), runtime, name: name.to_owned() }
    }

    /// Asks the servers in turn until one answers with anything but "try again".
    ///
    /// # Panics
    /// When nobody does.
    pub async fn ask(&self, number: usize, form: &str) -> Answer {
        let invocation = format!("{}-{number}", self.name);
        for attempt in 0..ATTEMPTS {
            let ids = self.servers.ids();
            let answer = self.try_at(ids[(number + attempt) % ids.len()], &invocation, form).await;
            if let Some(answer) = answer.filter(|answer| answer.status < 500) {
                return answer;
            }
            self.runtime.sleep(PAUSE).await;
        }
        panic!("nobody answered {invocation}: {form}");
    }

    /// One attempt at server `id`; `None` when it is down or silent.
    pub async fn try_at(&self, id: u64, invocation: &str, form: &str) -> Option<Answer> {
        let gateway = self.servers.gateway(id)?;
        let (parts, body) = request(invocation, form).into_parts();
        tokio::select! {
            biased;
            response = gateway.answer(parts, body) => {
                let body = String::from_utf8_lossy(response.body()).into_owned();
                Some(Answer { status: response.status().as_u16(), body })
            }
            () = self.runtime.sleep(PATIENCE) => None,
        }
    }
}

fn request(invocation: &str, form: &str) -> Request<Bytes> {
    Request::post("/")
        .header("host", "ec2.us-east-1.amazonaws.com")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", AUTHORIZATION)
        .header("amz-sdk-invocation-id", invocation)
        .body(Bytes::from(form.to_owned()))
        .expect("a request")
}
