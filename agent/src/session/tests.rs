//! The gRPC line with mutual TLS against a real server on the loopback.

use super::*;
use crate::backend::sim::{SimConfig, SimDisk, SimMachine};
use crate::testing::authority::Authority;
use crate::testing::{OnTokio, block_on_tokio};
use controlplane_proto::agent::agent_message::Message as FromAgent;
use controlplane_proto::agent::agent_service_server::{AgentService, AgentServiceServer};
use controlplane_proto::agent::server_message::Message as ToAgent;
use controlplane_proto::agent::{
    AgentMessage, FetchImageRequest, Heartbeat, HeartbeatAck, ImageChunk, ServerMessage,
};
use controlplane_proto::tls::Connector;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::{Certificate, Identity as TlsIdentity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

impl Authority {
    fn agent(&self, server_name: &str) -> Connector {
        self.agent_trusting(self, server_name)
    }

    /// An agent of this authority that takes servers of `trusted`.
    fn agent_trusting(&self, trusted: &Authority, server_name: &str) -> Connector {
        let (certificate, key) = self.sign("node-1");
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(trusted.roots())
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Connector::new(Arc::new(config), server_name).unwrap()
    }
}

/// Acknowledges heartbeats; answers nothing before the first message, as a server that wants a hello may.
struct Echo;

type Answers<T> = ReceiverStream<Result<T, Status>>;

#[tonic::async_trait]
impl AgentService for Echo {
    type SessionStream = Answers<ServerMessage>;
    type FetchImageStream = Answers<ImageChunk>;

    async fn session(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let mut agent = request.into_inner();
        let (sender, receiver) = mpsc::channel(4);
        let mut first = agent.message().await?;
        tokio::spawn(async move {
            while let Some(AgentMessage { message: Some(FromAgent::Heartbeat(heartbeat)) }) = first {
                let ack = ToAgent::HeartbeatAck(HeartbeatAck { sequence: heartbeat.sequence });
                if sender.send(Ok(ServerMessage { message: Some(ack) })).await.is_err() {
                    return;
                }
                first = agent.message().await.ok().flatten();
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn fetch_image(
        &self,
        request: Request<FetchImageRequest>,
    ) -> Result<Response<Self::FetchImageStream>, Status> {
        if request.into_inner().digest != "sha256:known" {
            return Err(Status::not_found("no such archive"));
        }
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            for part in [b"one".to_vec(), b"two".to_vec()] {
                sender.send(Ok(ImageChunk { data: part })).await.unwrap();
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

async fn serve(authority: &Authority) -> SocketAddr {
    let (certificate, key) = authority.sign("hearth-server");
    let tls = ServerTlsConfig::new()
        .identity(TlsIdentity::from_pem(certificate, key))
        .client_ca_root(Certificate::from_pem(authority.pem()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().tls_config(tls).unwrap().add_service(AgentServiceServer::new(Echo));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

fn connect(servers: &[SocketAddr], connector: &Connector) -> GrpcConnect {
    let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
    GrpcConnect::new(&servers, connector.clone(), Arc::new(ledger()), Arc::new(OnTokio)).unwrap()
}

/// A disk of a machine that has nothing else.
fn ledger() -> SimDisk {
    SimMachine::new(Arc::new(OnTokio), SimConfig::new("node-1")).disk()
}

fn heartbeat(sequence: u64) -> AgentMessage {
    AgentMessage { message: Some(FromAgent::Heartbeat(Heartbeat { sequence })) }
}

async fn ping(link: &mut Link, sequence: u64) -> Option<ServerMessage> {
    link.to_server.send(heartbeat(sequence)).await.ok()?;
    link.from_server.recv().await
}

fn ack(sequence: u64) -> Option<ServerMessage> {
    Some(ServerMessage { message: Some(ToAgent::HeartbeatAck(HeartbeatAck { sequence })) })
}

#[test]
fn messages_go_both_ways_and_the_link_ends_with_the_stream() {
    block_on_tokio(async {
        let authority = Authority::new();
        let server = serve(&authority).await;
        let mut link = connect(&[server], &authority.agent("hearth-server")).connect().await.unwrap();
        for sequence in 1..=3 {
            assert_eq!(ping(&mut link, sequence).await, ack(sequence));
        }
        let unexpected = AgentMessage { message: None };
        link.to_server.send(unexpected).await.unwrap();
        assert_eq!(link.from_server.recv().await, None, "the server ended the stream");
    });
}

#[test]
fn the_next_server_is_tried_when_one_is_away() {
    block_on_tokio(async {
        let authority = Authority::new();
        let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let here = serve(&authority).await;
        let connector = authority.agent("hearth-server");
        let mut link = connect(&[away, here], &connector).connect().await.unwrap();
        assert_eq!(ping(&mut link, 1).await, ack(1));
        let Err(error) = connect(&[away], &connector).connect().await else { panic!("nobody listens there") };
        assert!(error.0.contains(&away.to_string()) && error.0.contains("refused"), "{error}");
    });
}

#[test]
fn servers_that_were_learned_are_found_after_a_restart() {
    block_on_tokio(async {
        let authority = Authority::new();
        let connector = authority.agent("hearth-server");
        let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let here = serve(&authority).await.to_string();
        let ledger = Arc::new(ledger());
        let first = GrpcConnect::new(
            std::slice::from_ref(&away),
            connector.clone(),
            ledger.clone(),
            Arc::new(OnTokio),
        )
        .unwrap();
        first.learn(&Servers { addresses: vec![here.clone(), away.clone()], leader: here });
        let kept = || crate::ledger::servers::load(&*ledger).unwrap();
        while kept().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(first);
        let second = GrpcConnect::new(&[], connector, ledger.clone(), Arc::new(OnTokio)).unwrap();
        let mut link = second.connect().await.unwrap();
        assert_eq!(ping(&mut link, 1).await, ack(1));
    });
}

#[test]
fn being_sent_on_costs_hundredths_of_a_second_and_is_no_failure() {
    let timing = Timing::default();
    let mut attempts = Attempts::default();
    let failed = || Err(ConnectError("no route".to_owned()));
    let sent_on = || Ok((Ended::NotLeading(Servers::default()), false));
    let mut pause =
        |outcome: Result<(Ended, bool), ConnectError>| attempts.pause(&outcome, &timing, 0).as_millis();
    assert_eq!([pause(failed()), pause(failed())], [200, 400]);
    assert_eq!([pause(sent_on()), pause(sent_on())], [20, 40]);
    assert_eq!(pause(failed()), 800, "the redirects between did not count");
    assert_eq!(pause(Ok((Ended::NotLeading(Servers::default()), true))), 20, "it served before");
    assert_eq!(pause(Ok((Ended::Closed, true))), 200);
    let endless: Vec<u128> = (0..10).map(|_| pause(sent_on())).collect();
    assert_eq!(
        endless.last(),
        Some(&250),
        "two servers that hold each other for the leader are not hammered"
    );
}

#[test]
fn strangers_do_not_get_through() {
    block_on_tokio(async {
        let (ours, theirs) = (Authority::new(), Authority::new());
        let server = serve(&ours).await;
        let cases = [
            ("an agent of another authority", theirs.agent_trusting(&ours, "hearth-server")),
            ("a server of another authority", ours.agent_trusting(&theirs, "hearth-server")),
            ("a server of another name", ours.agent("somebody-else")),
        ];
        for (name, connector) in cases {
            // TLS 1.3 lets a client believe it is connected until the server's refusal arrives.
            let answer = match connect(&[server], &connector).connect().await {
                Ok(mut link) => ping(&mut link, 1).await,
                Err(_) => None,
            };
            assert_eq!(answer, None, "{name}");
        }
    });
}

#[test]
fn archives_arrive_in_chunks_and_unknown_ones_are_permanent() {
    block_on_tokio(async {
        let authority = Authority::new();
        let server = serve(&authority).await;
        let connect = connect(&[server], &authority.agent("hearth-server"));
        let mut archive = connect.fetch_image("sha256:known".into()).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(chunk) = archive.recv().await {
            bytes.extend(chunk.unwrap());
        }
        assert_eq!(bytes, b"onetwo");
        let error = connect.fetch_image("sha256:other".into()).await.unwrap_err();
        assert_eq!(
            error,
            crate::backend::BackendError::Permanent("cannot fetch the image: no such archive".into())
        );
    });
}

#[test]
fn addresses_that_cannot_be_are_refused_at_once() {
    block_on_tokio(async {
        let connector = Authority::new().agent("hearth-server");
        for servers in [vec![], vec!["not an address".to_owned()]] {
            let connect =
                GrpcConnect::new(&servers, connector.clone(), Arc::new(ledger()), Arc::new(OnTokio));
            assert!(connect.is_err(), "{servers:?}");
        }
    });
}
