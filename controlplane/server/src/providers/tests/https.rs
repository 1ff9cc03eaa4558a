//! Real calls to real servers on loopback: who is believed, where nobody is called, and what an answer may be.

use super::super::trust::thumbprint;
use super::*;
use controlplane_raft::TokioRuntime;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An authority that only a thumbprint makes known.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    /// A chain for a name, and its key.
    fn chain(&self, name: &str, shown: &Self) -> Identity {
        let key = KeyPair::generate().unwrap();
        let leaf =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (vec![leaf.der().clone(), shown.certificate.clone()], key)
    }

    fn thumbprint(&self) -> String {
        thumbprint(&self.certificate)
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A server that gives every request this answer, as bytes; without any it says nothing. Its port.
async fn server(identity: Identity, answer: Option<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    serve(listener, identity, answer);
    port
}

fn serve(listener: TcpListener, (chain, key): Identity, answer: Option<Vec<u8>>) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(stream).await else { return };
                let mut asked = [0; 4096];
                let Ok(1..) = tls.read(&mut asked).await else { return };
                let Some(answer) = answer else { return std::future::pending().await };
                // Who has heard enough goes away.
                let _ = tls.write_all(&answer).await;
                let _ = tls.shutdown().await;
            });
        }
    });
}

fn ok(body: &str) -> Option<Vec<u8>> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    Some([head.as_bytes(), body.as_bytes()].concat())
}

async fn get(url: String, thumbprints: &[String], loopback: bool) -> Result<Bytes, Unavailable> {
    Https::new(TokioRuntime::current(), loopback).get(url, thumbprints.to_vec()).await
}

fn word(result: &Result<Bytes, Unavailable>) -> &'static str {
    match result {
        Ok(_) => "a document",
        Err(Unavailable::Forbidden(..)) => "forbidden",
        Err(error) => error.word(),
    }
}

#[tokio::test]
async fn a_server_is_believed_by_its_chain() {
    let (own, other) = (Authority::new("own"), Authority::new("other"));
    for (what, chain, known, expected) in [
        ("the authority is known", own.chain("127.0.0.1", &own), vec![own.thumbprint()], "a document"),
        (
            "one of several",
            own.chain("127.0.0.1", &own),
            vec![other.thumbprint(), own.thumbprint()],
            "a document",
        ),
        ("nobody is known", own.chain("127.0.0.1", &own), vec![], "untrusted"),
        ("another is known", own.chain("127.0.0.1", &own), vec![other.thumbprint()], "untrusted"),
        ("another's name", own.chain("issuer.example.com", &own), vec![own.thumbprint()], "untrusted"),
        // The right certificate at the end of a chain that it did not sign.
        ("a borrowed authority", other.chain("127.0.0.1", &own), vec![own.thumbprint()], "untrusted"),
    ] {
        let port = server(chain, ok("{}")).await;
        let found = get(format!("127.0.0.1:{port}/x"), &known, true).await;
        assert_eq!(word(&found), expected, "{what}: {found:?}");
    }
}

#[tokio::test]
async fn the_last_certificate_shown_is_the_one_that_is_named() {
    let own = Authority::new("own");
    let port = server(own.chain("127.0.0.1", &own), ok("{}")).await;
    let https = Https::new(TokioRuntime::current(), true);
    let shown = https.thumbprint(format!("127.0.0.1:{port}")).await;
    assert_eq!(shown, Ok(own.thumbprint()));
}

#[tokio::test]
async fn nobody_is_called_where_he_must_not_be() {
    let own = Authority::new("own");
    let port = server(own.chain("127.0.0.1", &own), ok("{}")).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "[::]",
    ] {
        let found = get(format!("{host}:{port}/x"), &[own.thumbprint()], false).await;
        assert!(matches!(word(&found), "forbidden" | "unreachable"), "{host}: {found:?}");
        assert_ne!(word(&found), "a document", "{host}");
    }
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "255.255.255.255",
        "224.0.0.1",
    ] {
        let found = get(format!("{host}/x"), &[], true).await;
        assert_eq!(word(&found), "forbidden", "{host}: {found:?}");
    }
    for url in ["user@127.0.0.1/x", "a b", "", "/x", ":443/x"] {
        let found = get(url.to_owned(), &[], true).await;
        assert_eq!(word(&found), "forbidden", "{url:?}: {found:?}");
    }
}

#[tokio::test]
async fn an_answer_is_a_document_of_some_size_and_nothing_else() {
    let own = Authority::new("own");
    let elsewhere = server(own.chain("127.0.0.1", &own), ok("{}")).await;
    let redirect = |status: u16| {
        format!(
            "HTTP/1.1 {status} X\r\nLocation: https://127.0.0.1:{elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let large = "x".repeat(256 * 1024 + 1);
    let endless =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80000\r\n{}", "x".repeat(0x80000));
    for (what, answer, expected) in [
        ("a document", ok("{\"keys\": []}").unwrap(), "a document"),
        ("moved", redirect(301).into_bytes(), "unusable"),
        ("found elsewhere", redirect(302).into_bytes(), "unusable"),
        ("temporarily elsewhere", redirect(307).into_bytes(), "unusable"),
        ("not found", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(), "unusable"),
        ("too large", ok(&large).unwrap(), "unreachable"),
        ("without an end", endless.into_bytes(), "unreachable"),
        ("cut short", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}".to_vec(), "unreachable"),
        ("no HTTP", b"SSH-2.0-x\r\n".to_vec(), "unreachable"),
    ] {
        let port = server(own.chain("127.0.0.1", &own), Some(answer)).await;
        let found = get(format!("127.0.0.1:{port}/x"), &[own.thumbprint()], true).await;
        assert_eq!(word(&found), expected, "{what}: {found:?}");
    }
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_a_while() {
    let own = Authority::new("own");
    let port = server(own.chain("127.0.0.1", &own), None).await;
    let found = get(format!("127.0.0.1:{port}/x"), &[own.thumbprint()], true).await;
    assert!(matches!(&found, Err(Unavailable::Unreachable(_, why)) if why.contains("in time")), "{found:?}");
}

/// All of it: a provider over TLS, found by its configuration.
#[tokio::test]
async fn a_providers_keys_come_over_tls() {
    let own = Authority::new("own");
    let told = |url: &str| {
        let place = |path: &str| format!("https://{url}{path}");
        json!({"issuer": place(""), "jwks_uri": place("/keys"), "keys": [key("one")]}).to_string()
    };
    // The keys may be another server's than the configuration, as Google's are.
    let keys = server(own.chain("127.0.0.1", &own), ok(&told("elsewhere"))).await;
    let port = reserved().await;
    let url = format!("127.0.0.1:{port}");
    let configuration = told(&url).replace(&format!("{url}/keys"), &format!("127.0.0.1:{keys}/"));
    serve(TcpListener::bind(&url).await.unwrap(), own.chain("127.0.0.1", &own), ok(&configuration));
    let ask = async |known: &[String]| {
        let https = Arc::new(Https::new(TokioRuntime::current(), true));
        Providers::new(https, TokioRuntime::current()).keys(&url, known, None).await
    };
    assert_eq!(ask(&[own.thumbprint()]).await, json!({"keys": [key("one")]}));
    assert_eq!(ask(&[]).await, json!({"error": "untrusted"}));
}

/// A port nobody has.
async fn reserved() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}
