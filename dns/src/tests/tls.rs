//! Both internal links with mutual TLS: certificates of the cluster's authority are taken, others are not.

use super::feeding::Remote;
use super::*;
use crate::{GrpcFeed, HealthConfig, HealthTls};
use controlplane_proto::dns::dns_feed_server::DnsFeedServer;
use controlplane_proto::dns::health_exchange_client::HealthExchangeClient;
use controlplane_proto::dns::{HealthTable, Peer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_stream::once;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity, ServerTlsConfig};

/// An authority and a certificate of it for 127.0.0.1, used by both sides.
struct Cluster {
    authority: Certificate,
    identity: Identity,
}

impl Cluster {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        Self {
            authority: Certificate::from_pem(authority.pem()),
            identity: Identity::from_pem(leaf.pem(), key.serialize_pem()),
        }
    }

    fn server(&self) -> ServerTlsConfig {
        ServerTlsConfig::new().identity(self.identity.clone()).client_ca_root(self.authority.clone())
    }

    fn client(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().identity(self.identity.clone()).ca_certificate(self.authority.clone())
    }

    /// Trusts this authority but has another's certificate.
    fn stranger(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().identity(Cluster::new().identity).ca_certificate(self.authority.clone())
    }
}

async fn channel(address: SocketAddr, tls: ClientTlsConfig) -> Channel {
    let endpoint = Channel::from_shared(format!("https://{address}")).unwrap().tls_config(tls).unwrap();
    endpoint.connect_lazy()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_comes_over_mutual_tls_and_not_to_strangers() {
    let cluster = Cluster::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, mut subscribers) = mpsc::channel(4);
    let service = tonic::transport::Server::builder()
        .tls_config(cluster.server())
        .unwrap()
        .add_service(DnsFeedServer::new(Remote(sender)));
    tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));

    let folder = tempfile::tempdir().unwrap();
    let feed =
        GrpcFeed::new(vec![address.clone()], folder.path(), Some(cluster.client()), Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(feed)).await.unwrap();
    let mut control = soon(subscribers.recv()).await.unwrap();
    control.messages.send(zone(1, "192.0.2.1")).await.unwrap();
    assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, 0);
    assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, 1);
    server.shutdown().await;

    let stranger =
        GrpcFeed::new(vec![address], folder.path(), Some(cluster.stranger()), Arc::new(TestRuntime));
    let refused = crate::FeedSource::subscribe(&stranger, FeedStatus::default()).await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tables_come_over_mutual_tls_and_not_from_strangers() {
    let cluster = Cluster::new();
    let tls = HealthTls { server: cluster.server(), client: cluster.client() };
    let addr = "127.0.0.1:0".parse().unwrap();
    let health = HealthConfig { addr, advertised: None, tls: Some(tls) };
    let mut fixture =
        Fixture::start(tempfile::tempdir().unwrap(), |config| config.health = Some(health)).await;
    let mut message = zone(1, "192.0.2.1");
    message.peers = vec![Peer { server: "peer".to_owned(), health_address: String::new() }];
    fixture.send(message).await;

    let address = fixture.server.health_addr().unwrap();
    let table = HealthTable { server: "peer".to_owned(), sequence: 1, full: true, observations: vec![] };
    let mut peer = HealthExchangeClient::new(channel(address, cluster.client()).await);
    soon(peer.publish(once(table.clone()))).await.unwrap();
    let mut stranger = HealthExchangeClient::new(channel(address, cluster.stranger()).await);
    soon(stranger.publish(once(table))).await.unwrap_err();
}
