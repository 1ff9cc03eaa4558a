//! Both internal links with mutual TLS: certificates of the cluster's authority are taken, others are not.

use super::feeding::Remote;
use super::*;
use crate::{GrpcFeed, HealthConfig, HealthTls};
use controlplane_proto::dns::dns_feed_server::DnsFeedServer;
use controlplane_proto::dns::health_exchange_client::HealthExchangeClient;
use controlplane_proto::dns::{HealthTable, Peer};
use controlplane_proto::tls::{Connector, handshakes};
use futures::StreamExt;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_stream::once;
use tonic::transport::Channel;

/// An authority and a certificate of it, used by both sides.
struct Cluster {
    authority: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Cluster {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["dns.hearth.internal".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        Self {
            authority: authority.der().clone(),
            certificate: leaf.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        roots
    }

    fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(self.roots().into(), provider.clone());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config)
    }

    fn client(&self) -> Connector {
        self.client_of(self)
    }

    /// Trusts this authority but has another's certificate.
    fn stranger(&self) -> Connector {
        self.client_of(&Cluster::new())
    }

    fn client_of(&self, holder: &Cluster) -> Connector {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots())
            .with_client_auth_cert(vec![holder.certificate.clone()], holder.key.clone_key())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Connector::new(Arc::new(config), "dns.hearth.internal").unwrap()
    }
}

fn channel(address: SocketAddr, connector: Connector) -> Channel {
    Connector::endpoint(&address.to_string()).unwrap().connect_with_connector_lazy(connector)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_comes_over_mutual_tls_and_not_to_strangers() {
    let cluster = Cluster::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, mut subscribers) = mpsc::channel(4);
    let service = tonic::transport::Server::builder().add_service(DnsFeedServer::new(Remote(sender)));
    let sleep = Arc::new(|duration| TestRuntime.sleep(duration));
    let shaken = handshakes(listener, cluster.server(), sleep).map(Ok::<_, std::io::Error>);
    tokio::spawn(service.serve_with_incoming(shaken));

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
    message.peers = vec![Peer { server: "peer".to_owned(), ..Peer::default() }];
    fixture.send(message).await;

    let address = fixture.server.health_addr().unwrap();
    let table = HealthTable { server: "peer".to_owned(), sequence: 1, full: true, observations: vec![] };
    let mut peer = HealthExchangeClient::new(channel(address, cluster.client()));
    soon(peer.publish(once(table.clone()))).await.unwrap();
    let mut stranger = HealthExchangeClient::new(channel(address, cluster.stranger()));
    soon(stranger.publish(once(table))).await.unwrap_err();
}
