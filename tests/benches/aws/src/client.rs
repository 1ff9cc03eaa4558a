//! A client on a connection of its own that signs what it asks.

use crate::ask::{Ask, texts};
use controlplane_types::Timestamp;
use controlplane_wire::sigv4::{self, Credentials};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use tests_benches_instruments::{Failure, Http1};

pub(crate) const REGION: &str = "us-east-1";
/// Known to nobody but the region that is measured.
pub(crate) const ACCESS_KEY_ID: &str = "AKIDBENCHAWS00000001";
/// See [`ACCESS_KEY_ID`].
pub(crate) const SECRET_ACCESS_KEY: &str = "measured-and-then-thrown-away-0000000001";

pub(crate) struct Client {
    connection: Http1,
    host: String,
    credentials: Credentials,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let credentials = Credentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            session_token: None,
        };
        Ok(Self { connection: Http1::connect(address).await?, host: address.to_string(), credentials })
    }

    /// Asks, and fails unless the answer is what was asked for.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Result<&[u8], Failure> {
        let request = self.sign(&ask.body())?;
        let answer = self.connection.send(&request).await?;
        ask.check(answer)?;
        Ok(answer.body)
    }

    /// Asks, and returns what stands in the answer under `tag`.
    pub(crate) async fn texts(&mut self, ask: &Ask, tag: &str) -> Result<Vec<String>, Failure> {
        Ok(texts(self.ask(ask).await?, tag))
    }

    fn sign(&self, body: &str) -> Result<Vec<u8>, Failure> {
        let request = Request::post("/")
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        let (mut parts, ()) = request.body(())?.into_parts();
        sigv4::sign(&mut parts, body.as_bytes(), &self.credentials, REGION, "ec2", now())?;
        Ok(written(&parts.headers, body))
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since.as_millis() as u64)
}

fn written(headers: &HeaderMap, body: &str) -> Vec<u8> {
    let mut request = Vec::with_capacity(1024);
    request.extend_from_slice(b"POST / HTTP/1.1\r\n");
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    }
    request.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    request
}
