//! Staying in.

use super::house::{House, Session, until};
use crate::gateway::AwsLink;
use crate::pki::{Role, renewal};
use controlplane_raft::TokioRuntime;
use controlplane_types::Runtime;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_renews_while_sessions_stay() {
    let house = House::start(Duration::from_secs(9)).await;
    let guest = house.guest(Role::Agent, "rack1").await;
    let mut session = Session::open(&house, &guest, "rack1").await.unwrap();
    assert!(session.begun().await);
    let (agent, server) = (guest.credentials.holder(), house.folder().holder(Role::Server).unwrap());
    let runtime = TokioRuntime::current();
    let addresses = house.addresses();
    let servers = Arc::new(move || addresses.clone());
    let keeping = runtime
        .spawn("renewal", Box::pin(renewal::keep(guest.credentials.clone(), servers, runtime.clone())));
    until("both have outlived their first certificates", async || {
        let now = runtime.now();
        now > agent.not_after + Duration::from_secs(1)
            && now > server.not_after + Duration::from_secs(1)
            && guest.credentials.holder().serial != agent.serial
    })
    .await;
    assert!(session.is_alive().await, "the session of the first certificate still stands");
    let mut fresh = Session::open(&house, &guest, "rack1").await.unwrap();
    assert!(fresh.hear().await.is_some(), "and another one begins, with neither side restarted");
    let kept = guest.credentials.folder().holder(Role::Agent).unwrap();
    assert_eq!((kept.name.as_str(), kept.role), ("rack1", Role::Agent));
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_renewed_is_taken_over() {
    let house = House::start(Duration::from_secs(3600)).await;
    let before = house.administrator().holder().serial;
    let (first, second) = (house.administrator(), house.administrator());
    let runtime = TokioRuntime::current();
    renewal::renew(&first, &house.addresses(), &*runtime).await.unwrap();
    renewal::renew(&second, &[], &*runtime).await.unwrap();
    assert_eq!(first.holder().serial, second.holder().serial);
    assert_ne!(first.holder().serial, before);
}

/// A client that trusts `ca` and nobody else; the serial number the port showed.
async fn shown(house: &House, ca: &str) -> Option<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(crate::pki::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(house.server.aws_addr()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = rustls::pki_types::ServerName::try_from("127.0.0.1").unwrap();
    let tls = connector.connect(name, tcp).await.ok()?;
    let chain = tls.get_ref().1.peer_certificates()?;
    Some(chain[0].to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_port_speaks_tls_with_the_clusters_authority() {
    let house = House::start_with(Duration::from_secs(3600), AwsLink::ClusterAuthority).await;
    let authority = house.folder().authorities().unwrap();
    assert!(shown(&house, &authority).await.is_some());
    let request = controlplane_proto::api::EnvironmentRequest {};
    let environment = house.native().await.environment(request).await.unwrap().into_inner();
    assert!(environment.endpoint_url.starts_with("https://") && environment.cluster_authority);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_certificate_is_followed_when_its_files_change() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = (dir.path().join("tls.pem"), dir.path().join("tls.key"));
    let write = || {
        let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(&certificate, own.cert.pem()).unwrap();
        std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
        own.cert.pem()
    };
    let first = write();
    let link = AwsLink::Given { certificate: certificate.clone(), key: key.clone() };
    let house = House::start_with(Duration::from_secs(3600), link).await;
    let before = shown(&house, &first).await.unwrap();
    let second = write();
    assert_ne!(shown(&house, &second).await.unwrap(), before);
    std::fs::write(&certificate, "half a file").unwrap();
    assert!(shown(&house, &second).await.is_some(), "the old one stays while the new one is no good");
}
