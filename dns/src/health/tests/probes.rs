//! Real probes of real servers.

use crate::board::Board;
use crate::health::probe::{Latency, Means, Outcome, Tls, host_header, probe};
use crate::health::resolve::Resolver;
use crate::health::way::Outward;
use crate::tests::{Hasty, TestRuntime};
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::Runtime;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Serves `response` to every connection and gives what the first one sent.
async fn endpoint(response: &'static [u8]) -> (u32, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let len = stream.read(&mut request).await.unwrap();
        stream.write_all(response).await.unwrap();
        String::from_utf8(request[..len].to_vec()).unwrap()
    });
    (port, served)
}

fn http(port: u32, host: &str, path: &str) -> HealthCheck {
    HealthCheck {
        id: "abc".to_owned(),
        port,
        host: host.to_owned(),
        path: path.to_owned(),
        ..Default::default()
    }
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn probed(runtime: &dyn Runtime, check: &HealthCheck) -> Outcome {
    probed_by(runtime, &Tls::new().unwrap(), check, &mut Latency::default()).await
}

async fn probed_by(runtime: &dyn Runtime, tls: &Tls, check: &HealthCheck, latency: &mut Latency) -> Outcome {
    let way = Outward(Resolver::new(Arc::new(TestRuntime), Arc::new(Board::new(1))));
    probe(Means { runtime, tls, way: &way }, check, LOCAL, latency).await
}

#[tokio::test]
async fn rule_12_10_http_by_status() {
    let long: &'static [u8] =
        Box::leak([b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'a'; 17_000]].concat().into_boxed_slice());
    let cases: [(&'static [u8], Result<&str, &str>); 8] = [
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", Ok("HTTP Status Code 200, OK")),
        (b"HTTP/1.0 302 Found\r\n\r\n", Ok("HTTP Status Code 302, Found")),
        (b"HTTP/1.1 399 Odd\r\n\r\n", Ok("HTTP Status Code 399, Odd")),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Err("HTTP Status Code 404, Not Found")),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", Err("HTTP Status Code 503, Service Unavailable")),
        (b"HTTP/1.1 200 OK\r\nbro ken\r\n\r\n", Err("The HTTP response is malformed")),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", Err("The HTTP response ended before its headers did")),
        (long, Err("The HTTP headers are longer than 16384 octets")),
    ];
    for (response, expected) in cases {
        let (port, _served) = endpoint(response).await;
        let outcome = probed(&TestRuntime, &http(port, "", "/")).await;
        match (&outcome, expected) {
            (Ok(text), Ok(expected)) => assert_eq!(text, expected),
            (Err(text), Err(expected)) => assert!(text.starts_with(expected), "{text}"),
            _ => panic!("{outcome:?} instead of {expected:?}"),
        }
    }
}

#[tokio::test]
async fn rules_12_2_12_15_and_12_18_the_request() {
    let cases = [
        ("", "", "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"),
        ("www.example.com", "health", "GET /health HTTP/1.1\r\nHost: www.example.com:PORT\r\n"),
        ("www.example.com.", "/a?b=c", "GET /a?b=c HTTP/1.1\r\nHost: www.example.com:PORT\r\n"),
    ];
    for (host, path, expected) in cases {
        let (port, served) = endpoint(b"HTTP/1.1 200 OK\r\n\r\n").await;
        probed(&TestRuntime, &http(port, host, path)).await.unwrap();
        let request = served.await.unwrap();
        assert!(request.starts_with(&expected.replace("PORT", &port.to_string())), "{request}");
        assert!(
            request.contains("User-Agent: Amazon-Route53-Health-Check-Service (ref abc)\r\n"),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\n"));
    }
}

#[test]
fn rule_12_15_the_port_is_said_where_it_is_not_the_protocols_own() {
    use Kind::{Http, HttpStrMatch, Https, HttpsStrMatch};
    for (kind, port, host, expected) in [
        (Http, 80, "a.test", "a.test"),
        (HttpStrMatch, 80, "a.test.", "a.test"),
        (Http, 443, "a.test", "a.test:443"),
        (Http, 8080, "a.test", "a.test:8080"),
        (Https, 443, "a.test", "a.test"),
        (HttpsStrMatch, 443, "", "127.0.0.1"),
        (Https, 80, "a.test", "a.test:80"),
        (Https, 8443, "", "127.0.0.1:8443"),
    ] {
        let mut check = http(port, host, "/");
        check.set_kind(kind);
        assert_eq!(host_header(&check, LOCAL), expected, "{kind:?}");
    }
    assert_eq!(host_header(&http(80, "", "/"), "2001:db8::1".parse().unwrap()), "[2001:db8::1]");
}

#[tokio::test]
async fn rule_12_12_tcp_and_refused_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let mut check = HealthCheck { port, ..Default::default() };
    check.set_kind(Kind::Tcp);
    assert!(probed(&TestRuntime, &check).await.is_ok());
    drop(listener);
    for kind in [Kind::Tcp, Kind::Http] {
        check.set_kind(kind);
        let refused = probed(&TestRuntime, &check).await.unwrap_err();
        assert!(refused.contains("connection refused"), "{refused}");
    }
    check.port = 70_000;
    assert_eq!(probed(&TestRuntime, &check).await, Err("The port is no port".to_owned()));
}

#[tokio::test]
async fn rule_12_10_a_silent_server_fails_after_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let started = Hasty::default().monotonic();
    let outcome = probed(&Hasty::default(), &http(port, "", "/")).await;
    assert_eq!(outcome, Err("No HTTP response within the timeout".to_owned()));
    let waited = Hasty::default().monotonic() - started;
    assert!(waited >= Duration::from_secs(2) && waited < Duration::from_secs(60), "{waited:?}");
}

#[tokio::test]
async fn rules_12_10_to_12_12_nothing_takes_longer_than_its_limit() {
    // Takes no connection off its queue, and the queue is full.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = u32::from(socket.local_addr().unwrap().port());
    let listener = socket.listen(1).unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(
        Duration::from_millis(200),
        tokio::net::TcpStream::connect(listener.local_addr().unwrap()),
    )
    .await
    {
        waiting.push(stream);
    }
    for (kind, limit) in [(Kind::Http, 4), (Kind::Https, 4), (Kind::HttpStrMatch, 4), (Kind::Tcp, 10)] {
        let mut check = http(port, "", "/");
        check.set_kind(kind);
        let started = Hasty::default().monotonic();
        let outcome = probed(&Hasty::default(), &check).await;
        assert_eq!(outcome, Err(format!("No connection to 127.0.0.1:{port} within the timeout")));
        let waited = (Hasty::default().monotonic() - started).as_secs();
        assert!(waited >= limit && waited < limit + 40, "{kind:?}: {waited}");
    }
}

#[tokio::test]
async fn rule_12_13_redirects_are_not_followed() {
    let (target, asked) = endpoint(b"HTTP/1.1 500 No\r\n\r\n").await;
    let response = format!("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{target}/\r\n\r\n");
    let (port, _served) = endpoint(Box::leak(response.into_bytes().into_boxed_slice())).await;
    let outcome = probed(&TestRuntime, &http(port, "", "/")).await;
    assert_eq!(outcome, Ok("HTTP Status Code 301, Moved".to_owned()));
    assert!(!asked.is_finished());
}

fn searching(port: u32, needle: &str) -> HealthCheck {
    let mut check = HealthCheck { search_string: needle.to_owned(), ..http(port, "", "/") };
    check.set_kind(Kind::HttpStrMatch);
    check
}

#[tokio::test]
async fn rule_12_11_the_string_has_to_be_in_the_body() {
    let gzip = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let late = [vec![b'x'; 5_119], b"up".to_vec()].concat();
    let last = [vec![b'x'; 5_118], b"up".to_vec()].concat();
    let absent = Err("HTTP Status Code 200, OK, and the search string is not in the body");
    for (headers, body, expected) in [
        ("", b"it is up".to_vec(), Ok("HTTP Status Code 200, OK")),
        ("", b"it is Up".to_vec(), absent),
        ("", late, absent),
        ("", last, Ok("HTTP Status Code 200, OK")),
        ("Content-Length: 5\r\n", b"it is up".to_vec(), absent),
        (
            "Transfer-Encoding: chunked\r\n",
            b"1\r\nu\r\n1\r\np\r\n0\r\n\r\n".to_vec(),
            Ok("HTTP Status Code 200, OK"),
        ),
        ("Content-Encoding: gzip\r\n", gzip(b"it is up"), Ok("HTTP Status Code 200, OK")),
        ("Content-Encoding: br\r\n", b"it is up".to_vec(), Ok("HTTP Status Code 200, OK")),
        ("Up: up\r\n", b"down".to_vec(), absent),
    ] {
        let response = [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes(), body].concat();
        let (port, _served) = endpoint(Box::leak(response.into_boxed_slice())).await;
        let outcome = probed(&TestRuntime, &searching(port, "up")).await;
        assert_eq!(outcome.as_deref().map_err(String::as_str), expected, "{headers}");
    }
    let (port, _served) = endpoint(b"HTTP/1.1 500 No\r\n\r\nup").await;
    let outcome = probed(&TestRuntime, &searching(port, "up")).await;
    assert_eq!(outcome, Err("HTTP Status Code 500, No".to_owned()), "a status that fails is not searched");
}

#[tokio::test]
async fn rule_12_11_the_body_comes_within_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot yet").await.unwrap();
        std::future::pending::<()>().await;
    });
    let outcome = probed(&Hasty::default(), &searching(port, "up")).await;
    assert_eq!(outcome, Err("HTTP Status Code 200, OK, and no body within the timeout".to_owned()));
    served.abort();
}

/// Shows one certificate to everybody and remembers the names it was asked for.
#[derive(Debug)]
struct Showing {
    key: Arc<CertifiedKey>,
    asked: Mutex<Vec<Option<String>>>,
}

impl ResolvesServerCert for Showing {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.asked.lock().unwrap().push(hello.server_name().map(str::to_owned));
        Some(self.key.clone())
    }
}

/// Long out of date, and signed by nobody.
fn certificate(name: &str) -> Arc<CertifiedKey> {
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&pair).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
    let signer = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    Arc::new(CertifiedKey::new(vec![certificate], signer))
}

/// Serves `response` to every connection over these versions of TLS.
async fn secret_endpoint(
    name: &str,
    versions: &[&'static rustls::SupportedProtocolVersion],
    response: &'static [u8],
) -> (u32, Arc<Showing>) {
    let showing = Arc::new(Showing { key: certificate(name), asked: Mutex::default() });
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(showing.clone());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                stream.write_all(response).await.unwrap();
            }
        }
    });
    (port, showing)
}

fn https(port: u32, host: &str, enable_sni: bool) -> HealthCheck {
    let mut check = HealthCheck { enable_sni, ..http(port, host, "/") };
    check.set_kind(Kind::Https);
    check
}

#[tokio::test]
async fn rule_12_13_no_certificate_is_refused() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (port, _) = secret_endpoint("x.test", &[version], b"HTTP/1.1 204 None\r\n\r\n").await;
        let outcome = probed(&TestRuntime, &https(port, "", true)).await;
        assert_eq!(outcome, Ok("HTTP Status Code 204, None".to_owned()), "{version:?}");
    }
    let (port, _served) = endpoint(b"HTTP/1.1 200 OK\r\n\r\n").await;
    let outcome = probed(&TestRuntime, &https(port, "", true)).await.unwrap_err();
    assert!(outcome.starts_with(&format!("The TLS handshake with 127.0.0.1:{port} failed")), "{outcome}");
}

#[tokio::test]
async fn rule_12_14_the_name_is_sent_and_left_out_where_the_certificate_is_for_another() {
    for (certificate, host, enable_sni, expected) in [
        ("www.example.com", "www.example.com", true, &[Some("www.example.com")][..]),
        ("www.example.com", "WWW.example.com.", true, &[Some("www.example.com")]),
        ("*.example.com", "www.example.com", true, &[Some("www.example.com")]),
        ("other.test", "www.example.com", true, &[Some("www.example.com"), None]),
        ("www.example.com", "www.example.com", false, &[None]),
        ("www.example.com", "", true, &[None]),
        ("www.example.com", "192.0.2.1", true, &[None]),
    ] {
        let (port, showing) =
            secret_endpoint(certificate, rustls::ALL_VERSIONS, b"HTTP/1.1 200 OK\r\n\r\n").await;
        let outcome = probed(&TestRuntime, &https(port, host, enable_sni)).await;
        assert_eq!(outcome, Ok("HTTP Status Code 200, OK".to_owned()), "{certificate} {host}");
        let asked = showing.asked.lock().unwrap().clone();
        assert_eq!(asked.iter().map(Option::as_deref).collect::<Vec<_>>(), expected, "{certificate} {host}");
    }
}

#[tokio::test]
async fn rule_12_11_over_tls_and_measured() {
    let response = b"HTTP/1.1 200 OK\r\n\r\nall is well";
    let (port, _) = secret_endpoint("x.test", rustls::ALL_VERSIONS, response).await;
    let mut check = searching(port, "well");
    check.set_kind(Kind::HttpsStrMatch);
    let mut latency = Latency::default();
    let tls = Tls::new().unwrap();
    let outcome = probed_by(&TestRuntime, &tls, &check, &mut latency).await;
    assert_eq!(outcome, Ok("HTTP Status Code 200, OK".to_owned()));
    let phases = [latency.connect, latency.tls, latency.first_byte];
    assert!(phases.iter().all(|phase| phase.is_some_and(|took| !took.is_zero())), "{latency:?}");
    check.search_string = "ill".to_owned();
    probed_by(&TestRuntime, &tls, &check, &mut latency).await.unwrap_err();
}
