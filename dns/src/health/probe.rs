//! One probe of one endpoint (route53.md section 12, rules 10 to 18).

use crate::within::within;
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::Runtime;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Rule 10: to connect, and from there to a status line.
const HTTP_CONNECT: Duration = Duration::from_secs(4);
const HTTP_RESPONSE: Duration = Duration::from_secs(2);
/// Rule 12.
const TCP_CONNECT: Duration = Duration::from_secs(10);
/// Rule 13: all headers of a response together.
const MAX_HEADERS: usize = 16_384;
const MAX_HEADER_LINES: usize = 256;

/// The text of a success or of a failure, without the word in front.
pub(crate) type Outcome = Result<String, String>;

/// Probes `check` at `address`.
pub(crate) async fn probe(runtime: &dyn Runtime, check: &HealthCheck, address: IpAddr) -> Outcome {
    let Ok(port) = u16::try_from(check.port) else {
        return Err("The port is no port".to_owned());
    };
    let endpoint = SocketAddr::new(address, port);
    match check.kind() {
        Kind::Tcp => {
            connect(runtime, endpoint, TCP_CONNECT).await?;
            Ok("The TCP connection was established".to_owned())
        }
        Kind::Http => {
            let stream = connect(runtime, endpoint, HTTP_CONNECT).await?;
            let request = request(check, address);
            within(runtime, HTTP_RESPONSE, exchange(stream, &request))
                .await
                .unwrap_or_else(|| Err("No HTTP response within the timeout".to_owned()))
        }
    }
}

async fn connect(runtime: &dyn Runtime, endpoint: SocketAddr, limit: Duration) -> Result<TcpStream, String> {
    match within(runtime, limit, TcpStream::connect(endpoint)).await {
        Some(Ok(stream)) => Ok(stream),
        Some(Err(error)) => Err(format!("The connection to {endpoint} failed: {}", error.kind())),
        None => Err(format!("No connection to {endpoint} within the timeout")),
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

/// The name, or the address without one; the port only where it is not HTTP's own.
fn host_header(check: &HealthCheck, address: IpAddr) -> String {
    let host = match (check.host.is_empty(), address) {
        (false, _) => check.host.trim_end_matches('.').to_owned(),
        (true, IpAddr::V4(address)) => address.to_string(),
        (true, IpAddr::V6(address)) => format!("[{address}]"),
    };
    if check.port == 80 { host } else { format!("{host}:{}", check.port) }
}

async fn exchange(mut stream: TcpStream, request: &str) -> Outcome {
    let broken = |error: std::io::Error| format!("The connection broke: {}", error.kind());
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut response = Vec::with_capacity(1024);
    loop {
        let room = (MAX_HEADERS - response.len()) as u64;
        let read = (&mut stream).take(room).read_buf(&mut response).await.map_err(broken)?;
        if let Some(outcome) = judge(&response) {
            return outcome;
        }
        if read == 0 {
            return Err("The HTTP response ended before its headers did".to_owned());
        }
        if response.len() >= MAX_HEADERS {
            return Err(format!("The HTTP headers are longer than {MAX_HEADERS} octets"));
        }
    }
}

/// `None` while the headers are not complete. Redirects are a success and are not followed.
fn judge(response: &[u8]) -> Option<Outcome> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADER_LINES];
    let mut parsed = httparse::Response::new(&mut headers);
    match parsed.parse(response) {
        Ok(httparse::Status::Partial) => None,
        Ok(httparse::Status::Complete(_)) => {
            let code = parsed.code.unwrap_or_default();
            let text = format!("HTTP Status Code {code}, {}", parsed.reason.unwrap_or_default());
            Some(if (200..400).contains(&code) { Ok(text) } else { Err(text) })
        }
        Err(error) => Some(Err(format!("The HTTP response is malformed: {error}"))),
    }
}
