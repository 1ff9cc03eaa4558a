//! The gRPC transport over mutual TLS, as the server sets it up.

use super::grpc::{RaftService, TonicTransport};
use super::*;
use futures::{StreamExt, stream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::sync::Arc;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, Server, ServerTlsConfig};

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

fn identity(authority: &Authority) -> Identity {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    Identity::from_pem(params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

async fn serve(authority: &Authority) -> Peer {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let tls = ServerTlsConfig::new()
        .identity(identity(authority))
        .client_ca_root(Certificate::from_pem(authority.pem()));
    let router = Server::builder()
        .tls_config(tls)
        .unwrap()
        .add_service(RaftService::new(Arc::new(Echo::default())).into_server());
    tokio::spawn(router.serve_with_incoming(TcpIncoming::from(listener)));
    Peer { id: 7, address }
}

fn client(authority: &Authority) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()))
}

#[tokio::test]
async fn members_talk_over_mutual_tls() {
    let authority = authority();
    let peer = serve(&authority).await;
    let transport = TonicTransport::new(Some(client(&authority).identity(identity(&authority))));
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
        Some(client(&authority)),
        Some(client(&authority).identity(identity(&other))),
        Some(client(&other).identity(identity(&authority))),
        None,
    ];
    for tls in strangers {
        let reply = TonicTransport::new(tls).call(&peer, Method::Vote, "hello".into()).await;
        assert!(reply.is_err(), "{reply:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Peer { id: 3, address: listener.local_addr().unwrap().to_string() };
    drop(listener);
    let reply = TonicTransport::new(None).call(&peer, Method::Vote, Bytes::new()).await;
    assert!(matches!(reply, Err(TransportError::Unreachable { peer: 3, .. })), "{reply:?}");
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
        let transport = TonicTransport::new(None);
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
        let transport = TonicTransport::new(None);
        assert!(transport.call(&peer, Method::Vote, envelope(2)).await.is_ok());
        let snapshot = |from| transport.send_snapshot(&peer, envelope(from), stream::iter([]).boxed());
        assert!(snapshot(2).await.is_ok());
        for refused in [transport.call(&peer, Method::Vote, envelope(3)).await, snapshot(3).await] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("server 3") && error.contains("server 2"), "{error}");
        }
    });
}
