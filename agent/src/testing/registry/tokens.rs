//! Somebody who gives tokens for a registry, as the Docker Hub has one: `GET /token?service=...&scope=...` with user and
//! password, answered by a JSON web token that the registry checks against a certificate.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Gives tokens to `user` with the password `secret`, on a thread that ends with the test program.
pub(crate) struct TokenServer {
    port: u16,
    folder: TempDir,
    given: Arc<AtomicUsize>,
}

struct Signer {
    key: EcdsaKeyPair,
    certificate: String,
}

impl TokenServer {
    pub(crate) fn start() -> Self {
        let pair = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["tokens".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&pair).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("roots.pem"), certificate.pem()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der()).unwrap();
        let signer = Signer { key, certificate: STANDARD.encode(certificate.der()) };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let given: Arc<AtomicUsize> = Arc::default();
        let counted = given.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &signer, &counted);
            }
        });
        Self { port, folder, given }
    }

    /// How many tokens were given.
    pub(crate) fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }

    /// Of a registry that believes it.
    pub(super) fn configuration(&self) -> String {
        let (port, roots) = (self.port, self.folder.path().join("roots.pem"));
        format!(
            "auth: {{token: {{realm: 'http://127.0.0.1:{port}/token', service: test, issuer: tests, rootcertbundle: {}}}}}\n",
            roots.display()
        )
    }
}

fn answer(mut stream: TcpStream, signer: &Signer, given: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let expected = format!("authorization: Basic {}", STANDARD.encode("user:secret"));
    let known = lines.take_while(|line| !line.is_empty()).any(|line| line.eq_ignore_ascii_case(&expected));
    let scope =
        request.split("scope=").nth(1).and_then(|rest| rest.split(['&', ' ']).next()).unwrap_or_default();
    let (status, body) = match known {
        true => {
            given.fetch_add(1, Ordering::SeqCst);
            (
                "200 OK",
                json!({ "token": signer.token(&scope.replace("%3A", ":").replace("%2F", "/")) }).to_string(),
            )
        }
        false => ("401 Unauthorized", "{}".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes());
}

impl Signer {
    /// `scope`: `repository:NAME:pull`.
    fn token(&self, scope: &str) -> String {
        let mut parts = scope.splitn(3, ':');
        let (kind, name, actions) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [self.certificate] });
        let claims = json!({
            "iss": "tests", "sub": "user", "aud": "test", "jti": now.to_string(),
            "iat": now, "nbf": now - 10, "exp": now + 300,
            "access": [{ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }],
        });
        let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}
