//! The gRPC transport over mutual TLS, as the server sets it up.

use super::grpc::{RaftService, TonicTransport};
use super::*;
use crate::TokioRuntime;
use controlplane_proto::tls::{Connector, handshakes};
use futures::{StreamExt, stream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// Answers with what it was asked, until it is stopped.
#[derive(Default)]
struct Echo {
    boot: u64,
    stopped: Arc<tokio::sync::Notify>,
}

impl Inbound for Echo {
    fn call(&self, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, Rejected>> {
        Box::pin(async move {
            match &body[..] {
                b"refuse" => Err(Rejected("as asked".to_owned())),
                _ => Ok(Bytes::from([method.as_str().as_bytes(), b" ", &body].concat())),
            }
        })
    }

    fn receive_snapshot(&self, header: Bytes, chunks: IncomingChunks) -> BoxFuture<Result<Bytes, Rejected>> {
        Box::pin(async move {
            let mut all = header.to_vec();
            let mut chunks = chunks;
            while let Some(chunk) = chunks.next().await {
                all.extend(chunk.map_err(|error| Rejected(error.to_string()))?);
            }
            Ok(all.into())
        })
    }

    fn boot(&self) -> u64 {
        self.boot
    }

    fn ended(&self) -> BoxFuture<()> {
        let stopped = self.stopped.clone();
        Box::pin(async move { stopped.notified().await })
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn identity(authority: &Authority) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["server.hearth.internal".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

async fn serve(authority: &Authority) -> Peer {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots(authority).into(), provider.clone());
    let (certificate, key) = identity(authority);
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(certificate, key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let shaken = handshakes(listener, Arc::new(tls), Arc::new(|time| Box::pin(tokio::time::sleep(time))));
    let router = Server::builder().add_service(RaftService::new(Arc::new(Echo::default())).into_server());
    tokio::spawn(router.serve_with_incoming(shaken.map(Ok::<_, std::io::Error>)));
    Peer { id: 7, address }
}

/// Trusts servers of `trusted`; shows a certificate of `own`, if any.
fn client(trusted: &Authority, own: Option<&Authority>) -> Connector {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots(trusted));
    let mut config = match own.map(identity) {
        Some((certificate, key)) => config.with_client_auth_cert(certificate, key).unwrap(),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Connector::new(Arc::new(config), "server.hearth.internal").unwrap()
}

#[tokio::test]
async fn members_talk_over_mutual_tls() {
    let authority = authority();
    let peer = serve(&authority).await;
    let transport = TonicTransport::new(Some(client(&authority, Some(&authority))), TokioRuntime::current());
    for method in Method::ALL {
        let reply = transport.call(&peer, method, "hello".into()).await.unwrap();
        assert_eq!(reply, format!("{method} hello"));
    }
    let refused = transport.call(&peer, Method::Vote, "refuse".into()).await;
    assert_eq!(refused, Err(TransportError::Rejected { peer: 7, reason: "as asked".to_owned() }));
    let chunks = stream::iter(["a", "b"]).map(|chunk| Ok(Bytes::from(chunk))).boxed();
    assert_eq!(transport.send_snapshot(&peer, "header ".into(), chunks).await.unwrap(), "header ab");
    let large = Bytes::from(vec![0; 20 << 20]);
    assert!(transport.call(&peer, Method::Append, large).await.is_ok(), "a full read of the log fits");
}

#[tokio::test]
async fn strangers_get_no_answer() {
    let authority = authority();
    let peer = serve(&authority).await;
    let other = self::authority();
    let strangers = [
        Some(client(&authority, None)),
        Some(client(&authority, Some(&other))),
        Some(client(&other, Some(&authority))),
        None,
    ];
    for connector in strangers {
        let reply = TonicTransport::new(connector, TokioRuntime::current())
            .call(&peer, Method::Vote, "hello".into())
            .await;
        assert!(reply.is_err(), "{reply:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Peer { id: 3, address: listener.local_addr().unwrap().to_string() };
    drop(listener);
    for connector in [None, Some(client(&authority(), None))] {
        let transport = TonicTransport::new(connector, TokioRuntime::current());
        let reply = transport.call(&peer, Method::Vote, Bytes::new()).await;
        assert!(matches!(reply, Err(TransportError::Unreachable { peer: 3, .. })), "{reply:?}");
        assert_eq!(transport.watch_peer(&peer).await, Fate::Ended, "a refused connection is news");
    }
}

/// A server in a runtime of its own, so that it can die with all its connections, as a process does.
struct Process {
    runtime: tokio::runtime::Runtime,
    peer: Peer,
    stopped: Arc<tokio::sync::Notify>,
}

fn process(address: &str, boot: u64) -> Process {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let stopped = Arc::new(tokio::sync::Notify::new());
    let service = RaftService::new(Arc::new(Echo { boot, stopped: stopped.clone() })).into_server();
    runtime.spawn(async move {
        let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener).unwrap());
        Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
    });
    Process { runtime, peer: Peer { id: 7, address }, stopped }
}

#[test]
fn a_watched_process_is_known_to_have_ended_at_once() {
    let client = tokio::runtime::Runtime::new().unwrap();
    let cases: [fn(Process) -> Option<Process>; 3] = [
        |process| {
            process.runtime.shutdown_background();
            None
        },
        |process| {
            process.stopped.notify_waiters();
            process.stopped.notify_one();
            Some(process)
        },
        |process| {
            let address = process.peer.address.clone();
            drop(process.runtime);
            Some(self::process(&address, 2))
        },
    ];
    for end in cases {
        let process = process("127.0.0.1:0", 1);
        // The transport connects on the runtime it is called on.
        let _entered = client.enter();
        let transport = TonicTransport::new(None, TokioRuntime::current());
        let mut fate = transport.watch_peer(&process.peer);
        client.block_on(async {
            let early = tokio::time::timeout(std::time::Duration::from_millis(300), &mut fate).await;
            assert!(early.is_err(), "it lives: {early:?}");
        });
        let began = std::time::Instant::now();
        let _next = end(process);
        let fate =
            client.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), fate).await });
        assert_eq!(fate, Ok(Fate::Ended));
        println!("known after {:?}", began.elapsed());
    }
}

#[test]
fn who_sends_is_proved_by_the_certificate_not_by_the_message() {
    let envelope = |from: u64| {
        let envelope = crate::wire::Envelope { cluster: "c".to_owned(), from, to: 7, body: Vec::new() };
        Bytes::from(crate::wire::encode(&envelope))
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = Peer { id: 7, address: listener.local_addr().unwrap().to_string() };
        let service = RaftService::new(Arc::new(Echo::default())).into_server();
        let proven = |mut request: tonic::Request<()>| {
            request.extensions_mut().insert(PeerId(2));
            Ok(request)
        };
        let service = tonic::service::interceptor::InterceptedService::new(service, proven);
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        let transport = TonicTransport::new(None, TokioRuntime::current());
        assert!(transport.call(&peer, Method::Vote, envelope(2)).await.is_ok());
        let snapshot = |from| transport.send_snapshot(&peer, envelope(from), stream::iter([]).boxed());
        assert!(snapshot(2).await.is_ok());
        for refused in [transport.call(&peer, Method::Vote, envelope(3)).await, snapshot(3).await] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("server 3") && error.contains("server 2"), "{error}");
        }
    });
}

#[test]
fn requests_of_one_lane_find_their_replies_and_a_broken_lane_is_replaced() {
    let client = tokio::runtime::Runtime::new().unwrap();
    let _entered = client.enter();
    let transport = TonicTransport::new(None, TokioRuntime::current());
    let ask = |peer: &Peer, text: &str| {
        let body = Bytes::from(text.to_owned());
        client.block_on(transport.call(peer, Method::Append, body))
    };
    let first = process("127.0.0.1:0", 1);
    let peer = first.peer.clone();
    let refused = Err(TransportError::Rejected { peer: peer.id, reason: "as asked".to_owned() });
    assert_eq!(ask(&peer, "refuse"), refused, "a refusal is a reply");
    drop(transport.call(&peer, Method::Append, "given up".into()));
    let calls = (0..200).map(|number| transport.call(&peer, Method::Append, number.to_string().into()));
    let replies = client.block_on(futures::future::join_all(calls));
    let expected: Vec<_> = (0..200).map(|number| Ok(Bytes::from(format!("append {number}")))).collect();
    assert_eq!(replies, expected);
    drop(first.runtime);
    assert!(ask(&peer, "nobody").is_err(), "the server is gone");
    let _second = process(&peer.address, 2);
    let again = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        ask(&peer, "again").ok()
    });
    assert_eq!(again, Some(Bytes::from("append again")));
}
