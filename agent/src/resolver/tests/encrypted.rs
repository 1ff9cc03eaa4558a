//! The same questions over TLS and HTTPS, and what becomes of those who hold a door open.

use super::*;
use crate::testing::authority::Authority;
use bytes::Bytes;
use controlplane_types::{BoxFuture, Timestamp};
use hickory_proto::op::Edns;
use hickory_proto::rr::rdata::opt::EdnsOption;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Resolvers that answer `vpc-a` on the loopback.
pub(super) struct House {
    _resolvers: Resolvers,
    authority: Authority,
    pub(super) plain: SocketAddr,
    pub(super) tls: SocketAddr,
    pub(super) https: SocketAddr,
}

impl House {
    pub(super) async fn start(told: Told, runtime: Arc<dyn Runtime>) -> Self {
        let authority = Authority::new();
        let resolvers = Resolvers::new(nobody_else(), runtime);
        resolvers.encrypt(authority.resolver()).unwrap();
        let listeners = [0; 3].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
        let [plain, tls, https] = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
        let [connections, for_tls, for_https] = listeners.map(|listener| vec![listener]);
        let sockets = Sockets { connections, tls: for_tls, https: for_https, ..Sockets::default() };
        resolvers.serve("vpc-a", sockets).unwrap();
        resolvers.set(told.held());
        // The names are there once something is answered.
        let house = Self { _resolvers: resolvers, authority, plain, tls, https };
        let question = packet("localhost.", RecordType::A);
        while house.by_tcp(&question).await.is_err() {}
        house
    }

    /// A client that offers `protocols` and expects `name`.
    pub(super) async fn connect(
        &self,
        address: SocketAddr,
        name: &str,
        protocols: &[&str],
    ) -> io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.authority.roots())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    async fn by_tcp(&self, question: &[u8]) -> io::Result<Vec<u8>> {
        exchange(&mut TcpStream::connect(self.plain).await?, question).await
    }

    async fn by_tls(&self, question: &[u8]) -> io::Result<Vec<u8>> {
        exchange(&mut self.connect(self.tls, NAME, &["dot"]).await?, question).await
    }

    /// Over a connection of its own, which speaks HTTP/2 if `second`.
    pub(super) async fn send(&self, second: bool, request: Request<Full<Bytes>>) -> Response<Bytes> {
        let protocol = if second { "h2" } else { "http/1.1" };
        // Connections that have just ended may still count.
        let stream = loop {
            if let Ok(stream) = self.connect(self.https, NAME, &[protocol]).await {
                break TokioIo::new(stream);
            }
        };
        let response = if second {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        } else {
            let (mut sender, connection) = http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        };
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }
}

pub(super) fn post(question: &[u8]) -> Request<Full<Bytes>> {
    let request = Request::post("https://resolver.hearth.internal/dns-query");
    let request = request.header("host", NAME).header("content-type", "application/dns-message");
    request.body(Full::new(Bytes::copy_from_slice(question))).unwrap()
}

async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    question: &[u8],
) -> io::Result<Vec<u8>> {
    stream.write_all(&(question.len() as u16).to_be_bytes()).await?;
    stream.write_all(question).await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}

/// A zone with a little of everything.
pub(super) fn told() -> Told {
    let mut told = Told::default()
        .vpc("vpc-a", &["Z1"])
        .zone("Z1", "corp.test.")
        .set("Z1", "db.corp.test.", "A", "10.0.0.1")
        .set("Z1", "www.corp.test.", "CNAME", "db.corp.test")
        .set("Z1", "out.corp.test.", "CNAME", "www.example");
    for number in 0..60 {
        let text = format!("\"{}{number}\"", "x".repeat(250));
        told = told.routed("Z1", "big.corp.test.", "TXT", &text, &number.to_string(), Some(every()));
    }
    told
}

fn every() -> dns::record_set::Policy {
    dns::record_set::Policy::Multivalue(dns::Multivalue {})
}

const QUESTIONS: [(&str, RecordType); 9] = [
    ("db.corp.test.", RecordType::A),
    ("db.corp.test.", RecordType::AAAA),
    ("www.corp.test.", RecordType::A),
    ("out.corp.test.", RecordType::A),
    ("no.corp.test.", RecordType::A),
    ("ip-10-0-0-5.ec2.internal.", RecordType::A),
    ("localhost.", RecordType::AAAA),
    ("www.example.", RecordType::A),
    ("corp.test.", RecordType::AXFR),
];

#[test]
fn answers_are_the_same_however_they_travel() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        for (name, kind) in QUESTIONS {
            let question = packet(name, kind);
            let expected = house.by_tcp(&question).await.unwrap();
            assert_eq!(house.by_tls(&question).await.unwrap(), expected, "{name} {kind}");
            for second in [false, true] {
                let response = house.send(second, post(&question)).await;
                assert_eq!(response.status(), 200, "{name} {kind}");
                assert_eq!(response.body(), &expected, "{name} {kind}");
            }
        }
    });
}

#[test]
fn one_connection_carries_many_questions() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        let mut stream = house.connect(house.tls, NAME, &[]).await.unwrap();
        let questions: Vec<Vec<u8>> = QUESTIONS[..8].iter().map(|(name, kind)| packet(name, *kind)).collect();
        // All before the first answer is read.
        for question in &questions {
            stream.write_all(&(question.len() as u16).to_be_bytes()).await.unwrap();
            stream.write_all(question).await.unwrap();
        }
        for question in &questions {
            let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut reply).await.unwrap();
            assert_eq!(reply, house.by_tcp(question).await.unwrap());
        }
        let stream = TokioIo::new(house.connect(house.https, NAME, &["h2"]).await.unwrap());
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        let streams = questions.iter().map(|question| {
            let mut sender = sender.clone();
            async move { sender.send_request(post(question)).await?.collect().await }
        });
        let replies = futures::future::join_all(streams).await;
        let replies = replies.into_iter().map(|reply| reply.unwrap().to_bytes());
        for (question, reply) in questions.iter().zip(replies) {
            assert_eq!(reply, house.by_tcp(question).await.unwrap());
        }
    });
}

#[test]
fn who_pads_is_padded_where_nobody_can_look_inside() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        for (padding, name, kind, blocks) in [
            (true, "db.corp.test.", RecordType::A, Some(1)),
            (true, "no.corp.test.", RecordType::A, Some(1)),
            (true, "www.example.", RecordType::A, Some(1)),
            (true, "big.corp.test.", RecordType::TXT, Some(5)),
            (false, "db.corp.test.", RecordType::A, None),
        ] {
            let mut message = Message::from_vec(&packet(name, kind)).unwrap();
            let mut edns = Edns::new();
            if padding {
                edns.options_mut().insert(EdnsOption::Unknown(12, vec![0; 60]));
            }
            message.edns = Some(edns);
            let question = message.to_vec().unwrap();
            let plain = house.by_tcp(&question).await.unwrap().len();
            let expected = blocks.map_or(plain, |blocks| blocks * 468);
            assert!(plain < expected || !padding, "{name}: {plain}");
            assert_eq!(house.by_tls(&question).await.unwrap().len(), expected, "{name}");
            let response = house.send(true, post(&question)).await;
            assert_eq!(response.body().len(), expected, "{name}");
        }
    });
}

#[test]
fn the_resolver_proves_its_name_and_its_address() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        let (dot, https) = (house.tls, house.https);
        let everywhere = EVERYWHERE.to_string();
        for (address, name, protocols, spoken) in [
            (dot, NAME, &["dot"][..], Some(&b"dot"[..])),
            (dot, &everywhere, &[], None),
            (https, NAME, &["h2", "http/1.1"], Some(b"h2")),
            (https, &everywhere, &["http/1.1"], Some(b"http/1.1")),
        ] {
            let stream = house.connect(address, name, protocols).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), spoken);
        }
        for (address, name, protocols) in
            [(dot, "dns.example", &["dot"][..]), (dot, NAME, &["h2"]), (https, NAME, &["dot"])]
        {
            assert!(house.connect(address, name, protocols).await.is_err(), "{name} {protocols:?}");
        }
    });
}

#[test]
fn without_a_certificate_nobody_listens() {
    block_on_tokio(async {
        let resolvers = Resolvers::new(nobody_else(), Arc::new(OnTokio));
        let listeners = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
        let addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
        let [tls, https] = listeners.map(|listener| vec![listener]);
        resolvers.serve("vpc-a", Sockets { tls, https, ..Sockets::default() }).unwrap();
        for address in addresses {
            assert!(TcpStream::connect(address).await.is_err());
        }
    });
}

#[test]
fn one_client_has_so_many_connections_of_all_kinds() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        let mut held = Vec::new();
        // One that has ended may still count for a moment.
        while held.len() < 16 {
            let address = [house.tls, house.https][held.len() % 2];
            held.extend(house.connect(address, NAME, &[]).await.ok());
        }
        for address in [house.tls, house.https] {
            assert!(house.connect(address, NAME, &[]).await.is_err());
        }
        assert!(house.by_tcp(&packet("localhost.", RecordType::A)).await.is_err());
        held.clear();
        while house.by_tls(&packet("localhost.", RecordType::A)).await.is_err() {}
    });
}

/// Time that passes so many times as fast; 0: none passes.
pub(super) struct Warped(pub(super) u32);

impl Runtime for Warped {
    fn now(&self) -> Timestamp {
        OnTokio.now()
    }

    fn monotonic(&self) -> Duration {
        OnTokio.monotonic() * self.0
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        OnTokio.sleep(duration / self.0.max(1))
    }

    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        OnTokio.spawn(name, task)
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        OnTokio.fill_random(buffer);
    }
}

/// Reads until the server ends the connection; a test that waits for ever fails by its runner.
async fn end_of(mut stream: impl AsyncRead + Unpin) -> usize {
    let mut heard = Vec::new();
    // TLS that is cut off without a word is an error, and an end too.
    let _ = stream.read_to_end(&mut heard).await;
    heard.len()
}

#[test]
fn whoever_holds_a_door_open_is_shown_out() {
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(Warped(10))).await;
        // Not even a handshake.
        for address in [house.tls, house.https] {
            assert_eq!(end_of(TcpStream::connect(address).await.unwrap()).await, 0);
        }
        // A handshake, and nothing more; part of a question; part of a head.
        let half_head = &b"POST /dns-query HTTP/1.1\r\nhost: x\r\n"[..];
        for (address, said) in [
            (house.tls, &b""[..]),
            (house.tls, &[0, 40, 1, 2]),
            (house.https, b""),
            (house.https, half_head),
            (house.https, b"PRI * HTTP/2.0\r\n"),
        ] {
            let mut stream = house.connect(address, NAME, &[]).await.unwrap();
            stream.write_all(said).await.unwrap();
            assert_eq!(end_of(stream).await, 0, "{said:?}");
        }
        // A body that does not come is said so.
        let mut stream = house.connect(house.https, NAME, &["http/1.1"]).await.unwrap();
        let head = b"content-type: application/dns-message\r\ncontent-length: 40\r\n\r\nxx";
        stream.write_all(&[half_head, head].concat()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 408");
        // Of HTTP/2 too, and the client hears why before the end.
        let stream = TokioIo::new(house.connect(house.https, NAME, &["h2"]).await.unwrap());
        let shaken = http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), stream);
        let (sender, connection) = shaken.await.unwrap();
        let _ = connection.await;
        assert!(sender.is_closed());
    });
}
