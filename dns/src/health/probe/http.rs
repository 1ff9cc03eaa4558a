//! The request and the head of the response.

use super::body::{Coding, Framing, search};
use super::{Latency, Outcome, is_https};
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::Runtime;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Rule 10.
const RESPONSE: Duration = Duration::from_secs(2);
/// Rule 11.
const BODY: Duration = Duration::from_secs(2);
/// Rule 13: all headers of a response together.
const MAX_HEADERS: usize = 16_384;
const MAX_HEADER_LINES: usize = 256;

/// The head of a response.
struct Head {
    code: u16,
    reason: String,
    framing: Framing,
    coding: Coding,
    /// What came with it of the body.
    rest: Vec<u8>,
}

/// Asks and judges. Redirects are a success and are not followed.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    runtime: &dyn Runtime,
    mut stream: S,
    check: &HealthCheck,
    address: IpAddr,
    latency: &mut Latency,
) -> Outcome {
    let request = request(check, address);
    let head = runtime
        .within(RESPONSE, exchange(runtime, &mut stream, &request, latency))
        .await
        .unwrap_or_else(|| Err("No HTTP response within the timeout".to_owned()))?;
    let text = format!("HTTP Status Code {}, {}", head.code, head.reason);
    if !(200..400).contains(&head.code) {
        return Err(text);
    }
    if !matches!(check.kind(), Kind::HttpStrMatch | Kind::HttpsStrMatch) {
        return Ok(text);
    }
    let searched = search(&mut stream, head.framing, head.coding, &head.rest, check.search_string.as_bytes());
    match runtime.within(BODY, searched).await {
        Some(Ok(true)) => Ok(text),
        Some(Ok(false)) => Err(format!("{text}, and the search string is not in the body")),
        Some(Err(error)) => Err(format!("{text}, and {error}")),
        None => Err(format!("{text}, and no body within the timeout")),
    }
}

/// Rules 15 and 18.
fn request(check: &HealthCheck, address: IpAddr) -> String {
    let slash = if check.path.starts_with('/') { "" } else { "/" };
    format!(
        "GET {slash}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Amazon-Route53-Health-Check-Service (ref {})\r\n\
         Accept: */*\r\nConnection: close\r\n\r\n",
        check.path,
        host_header(check, address),
        check.id
    )
}

/// The name, or the address without one; the port only where it is not the protocol's own.
pub(in crate::health) fn host_header(check: &HealthCheck, address: IpAddr) -> String {
    let host = match (check.host.is_empty(), address) {
        (false, _) => check.host.trim_end_matches('.').to_owned(),
        (true, IpAddr::V4(address)) => address.to_string(),
        (true, IpAddr::V6(address)) => format!("[{address}]"),
    };
    let own = if is_https(check.kind()) { 443 } else { 80 };
    if check.port == own { host } else { format!("{host}:{}", check.port) }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    runtime: &dyn Runtime,
    stream: &mut S,
    request: &str,
    latency: &mut Latency,
) -> Result<Head, String> {
    let broken = |error: io::Error| format!("The connection broke: {}", error.kind());
    let start = runtime.monotonic();
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut response = Vec::with_capacity(1024);
    loop {
        let (before, room) = (response.len(), (MAX_HEADERS - response.len()) as u64);
        let read = (&mut *stream).take(room).read_buf(&mut response).await.map_err(broken)?;
        latency.first_byte.get_or_insert_with(|| runtime.monotonic() - start);
        // Nothing ends in the middle of a line.
        if response[before..].contains(&b'\n')
            && let Some(head) = head(&response)
        {
            return head;
        }
        if read == 0 {
            return Err("The HTTP response ended before its headers did".to_owned());
        }
        if response.len() >= MAX_HEADERS {
            return Err(format!("The HTTP headers are longer than {MAX_HEADERS} octets"));
        }
    }
}

/// `None` while the headers are not complete.
fn head(response: &[u8]) -> Option<Result<Head, String>> {
    let malformed = |error: &dyn std::fmt::Display| format!("The HTTP response is malformed: {error}");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADER_LINES];
    let mut parsed = httparse::Response::new(&mut headers);
    let len = match parsed.parse(response) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(len)) => len,
        Err(error) => return Some(Err(malformed(&error))),
    };
    let values = |name: &str| -> Vec<&[u8]> {
        let named = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value).collect()
    };
    let framing = Framing::of(&values("Transfer-Encoding"), &values("Content-Length"));
    Some(framing.map_err(|error| malformed(&error)).map(|framing| Head {
        code: parsed.code.unwrap_or_default(),
        reason: parsed.reason.unwrap_or_default().to_owned(),
        framing,
        coding: Coding::of(&values("Content-Encoding")),
        rest: response[len..].to_vec(),
    }))
}
