//! A region to attack, and raw bytes to it and from it.

use crate::REGION;
use controlplane_types::Timestamp;
use controlplane_wire::client;
use controlplane_wire::model;
use controlplane_wire::sigv4::{self, Credentials};
use http::HeaderValue;
use http::request::Parts;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tests::dev::Region;

/// A region that has not answered by then is not going to.
const PATIENCE: Duration = Duration::from_secs(60);

/// A region, and the key to it.
pub(super) struct Door {
    region: Region,
    key: Credentials,
}

/// The region of whoever attacks at the moment: it goes when the last of them does.
pub(super) fn door() -> Arc<Door> {
    static SHARED: Mutex<Weak<Door>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let door = Arc::new(Door::open());
        *shared = Arc::downgrade(&door);
        door
    })
}

impl Door {
    fn open() -> Self {
        let region = Region::start(&REGION);
        let environment = region.environment();
        let value = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_else(|| panic!("hearth env says no {name}"))
        };
        let key = Credentials {
            access_key_id: value("AWS_ACCESS_KEY_ID"),
            secret_access_key: value("AWS_SECRET_ACCESS_KEY"),
            session_token: None,
        };
        Self { region, key }
    }

    /// A connection.
    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.region.aws).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The status and text of every answer to `bytes`, until the door closes the connection.
    pub(super) fn answers(&self, bytes: &[u8]) -> Vec<(u16, String)> {
        let mut stream = self.connect();
        // A door that has heard enough does not listen to the rest.
        let _ = stream.write_all(bytes);
        read_answers(&mut stream)
    }

    pub(super) fn statuses(&self, bytes: &[u8]) -> Vec<u16> {
        self.answers(bytes).into_iter().map(|(status, _)| status).collect()
    }

    /// A signed request, as it would be sent.
    pub(super) fn signed(&self, service: &str, action: &str, input: &Value) -> (Parts, Vec<u8>) {
        self.signed_at(service, action, input, now())
    }

    pub(super) fn signed_at(
        &self,
        service: &str,
        action: &str,
        input: &Value,
        at: Timestamp,
    ) -> (Parts, Vec<u8>) {
        let service = model::by_name(service).unwrap();
        let operation = service.operation(action).unwrap();
        let (mut parts, body) = client::request(service, operation, input).unwrap().into_parts();
        let host = HeaderValue::from_str(&self.region.aws.to_string()).unwrap();
        parts.headers.insert("host", host);
        sigv4::sign(&mut parts, &body, &self.key, "us-east-1", service.signing_name(), at).unwrap();
        (parts, body.to_vec())
    }

    /// Whether the region still serves whoever is in order.
    pub(super) fn serves(&self) -> bool {
        let (parts, body) = self.signed("sts", "GetCallerIdentity", &Value::Null);
        let answers = self.answers(&bytes(&parts, &body, "Connection: close\r\n"));
        matches!(&answers[..], [(200, text)] if text.contains("123456789012"))
    }
}

pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap())
}

/// A request on the wire, with `more` header lines.
pub(super) fn bytes(parts: &Parts, body: &[u8], more: &str) -> Vec<u8> {
    let mut text =
        format!("{} {} HTTP/1.1\r\n{more}Content-Length: {}\r\n", parts.method, parts.uri, body.len());
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    [text.as_bytes(), b"\r\n", body].concat()
}

/// Answers until the connection ends.
pub(super) fn read_answers(stream: &mut TcpStream) -> Vec<(u16, String)> {
    let mut bytes = Vec::new();
    // Reset rather than closed, where bytes were left that nobody wants: what came before counts.
    match stream.read_to_end(&mut bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => {
            panic!("neither answer nor end: {error}")
        }
        _ => {}
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut rest = &*text;
    let mut found = Vec::new();
    while let Some((head, body)) = rest.split_once("\r\n\r\n") {
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        });
        let (body, next) = body.split_at(length.unwrap_or(0).min(body.len()));
        found.push((status.unwrap_or_else(|| panic!("no status in {head}")), body.to_owned()));
        rest = next;
    }
    found
}
