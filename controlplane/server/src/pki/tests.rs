//! Certificates, tokens and folders, without a network.

use super::*;
use controlplane_raft::TokioRuntime;
use controlplane_types::{Runtime, Timestamp};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn first(number: u64) -> FirstServer {
    FirstServer { number, addresses: vec!["10.1.2.3:4567".into()], life: Duration::from_secs(3600) }
}

fn holder(role: Role, name: &str) -> Holder {
    Holder {
        role,
        name: name.into(),
        serial: "4123456789abcdef0123456789abcdef".into(),
        not_before: Timestamp::from_millis(1_700_000_000_000),
        not_after: Timestamp::from_millis(1_700_000_100_000),
    }
}

#[test]
fn tokens_are_read_back_and_hide_their_secret() {
    let secret = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let token = Token::new(Fingerprint::of(b"ca"), "00ff00ff00".into(), secret.clone());
    assert_eq!(token.reveal().parse::<Token>().unwrap(), token);
    assert!(!format!("{token:?}").contains(&secret[..8]));
    let good = token.reveal();
    let broken = [
        String::new(),
        "hearth1".into(),
        good.replace("hearth1", "hearth2"),
        good.replacen('.', "", 1),
        good[..good.len() - 1].to_owned(),
        format!("{good}0"),
        format!("{good}.x"),
        good.replace("00ff00ff00", ""),
        good.replace("00ff00ff00", "00zz"),
        good.replace("00ff00ff00", &"0".repeat(33)),
        good.replacen(&good[8..10], "é", 1),
    ];
    for text in broken {
        assert_eq!(text.parse::<Token>(), Err(TokenError), "{text:?}");
    }
}

#[test]
fn certificates_say_what_was_decided() {
    let (pem, key) = Authority::generate(Timestamp::from_millis(1_700_000_000_000)).unwrap();
    let authority = Authority::from_pem(&pem, &key).unwrap();
    assert_eq!(authority.not_after().as_secs(), 1_700_000_000 + 10 * 365 * 24 * 3600);
    let own = KeyAndRequest::generate().unwrap();
    let public = PublicKey::of_request(&own.request).unwrap();
    for role in Role::ALL {
        for name in ["1", "rack1", "Rack_1.b-c", &"x".repeat(63)] {
            let chain = authority.sign(&public, &holder(role, name), &server_names(["10.0.0.1:1"])).unwrap();
            let dir = tempfile::tempdir().unwrap();
            let folder = Folder::at(dir.path());
            folder.install(role, &chain, &own.key, &pem).unwrap();
            assert_eq!(folder.holder(role).unwrap(), holder(role, name));
            assert!(Credentials::load(folder, role).is_ok());
        }
    }
    assert!(!format!("{authority:?} {own:?}").contains("PRIVATE"));
}

/// Instances ask the resolver of their machine, which shows the agent's certificate, by a name or an address of its own.
#[test]
fn agents_answer_to_the_names_of_resolvers_and_nobody_else_does() {
    let (pem, key) = Authority::generate(Timestamp::from_millis(1_700_000_000_000)).unwrap();
    let authority = Authority::from_pem(&pem, &key).unwrap();
    let public = PublicKey::of_request(&KeyAndRequest::generate().unwrap().request).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let roots = std::sync::Arc::new(roots);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider()).build().unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_700_000_050));
    for role in Role::ALL {
        let chain = authority.sign(&public, &holder(role, "rack1"), &server_names(["10.0.0.1:1"])).unwrap();
        let shown = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap();
        for (name, is_agents) in [
            ("resolver.hearth.internal", true),
            ("169.254.169.253", true),
            ("rack1.agent.hearth.internal", true),
            ("10.0.0.2", false),
            ("server.hearth.internal", false),
            ("other.resolver.hearth.internal", false),
        ] {
            let expected = (is_agents && role == Role::Agent) || role.dns_name() == name;
            let name = ServerName::try_from(name).unwrap();
            let verified = verifier.verify_server_cert(&shown, &[], &name, &[], now);
            assert_eq!(verified.is_ok(), expected, "{name:?} of {role:?}: {verified:?}");
        }
    }
}

#[test]
fn requests_are_proven() {
    let own = KeyAndRequest::generate().unwrap();
    assert!(PublicKey::of_request(&own.request).is_ok());
    let last = own.request.len() - 1;
    for position in [0, 10, last / 2, last] {
        let mut damaged = own.request.clone();
        damaged[position] ^= 1;
        assert!(PublicKey::of_request(&damaged).is_err(), "{position}");
    }
    for bytes in [&[][..], b"nonsense", &[0x30; 5000]] {
        assert!(PublicKey::of_request(bytes).is_err());
    }
}

#[test]
fn a_certificate_of_nobody_is_refused() {
    let names = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        Holder::read(certificate.der())
    };
    assert_eq!(names(&["agent.hearth.internal", "a.agent.hearth.internal"]).unwrap().name, "a");
    for wrong in [
        &[][..],
        &["agent.hearth.internal"],
        &["a.agent.hearth.internal"],
        &["agent.hearth.internal", "a.dns.hearth.internal"],
        &["agent.hearth.internal", "dns.hearth.internal", "a.dns.hearth.internal"],
        &["agent.hearth.internal", "a.agent.hearth.internal", "b.agent.hearth.internal"],
        &["agent.hearth.internal", "*.agent.hearth.internal"],
    ] {
        assert!(names(wrong).is_err(), "{wrong:?}");
    }
    assert!(Holder::read(b"nonsense").is_err());
}

#[tokio::test]
async fn a_first_server_makes_what_is_missing_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = TokioRuntime::current();
    let folder = Folder::ensure(dir.path(), &first(1), &*runtime).unwrap();
    let serial = |role| folder.holder(role).unwrap().serial;
    let before = [serial(Role::Server), serial(Role::Client)];
    Folder::ensure(dir.path(), &first(1), &*runtime).unwrap();
    assert_eq!([serial(Role::Server), serial(Role::Client)], before);
    assert!(folder.holder(Role::Agent).is_err() && folder.holder(Role::Dns).is_err());
    for (file, mode) in [("ca.key", 0o600), ("server.pem", 0o600), ("client.pem", 0o600), ("ca.pem", 0o644)] {
        let found = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }
    Folder::ensure(dir.path(), &first(2), &*runtime).unwrap();
    assert_eq!(folder.holder(Role::Server).unwrap().name, "2", "a copied folder is made one's own");
    std::fs::write(dir.path().join("client.pem"), "half").unwrap();
    Folder::ensure(dir.path(), &first(2), &*runtime).unwrap();
    assert!(folder.is_usable(Role::Client, runtime.now()));
}

#[tokio::test]
async fn several_authorities_may_be_trusted() {
    let runtime = TokioRuntime::current();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Folder::ensure(one.path(), &first(1), &*runtime).unwrap();
    let two = Folder::ensure(two.path(), &first(1), &*runtime).unwrap();
    let bundle = one.authorities().unwrap() + &two.authorities().unwrap();
    let key = two.authority_key().unwrap();
    assert_eq!(
        Authority::from_pem(&bundle, &key).unwrap().fingerprint(),
        two.authority().unwrap().fingerprint()
    );
    assert!(Authority::from_pem(&one.authorities().unwrap(), &key).is_err());
}

#[test]
fn servers_answer_to_their_addresses() {
    let always = ["localhost", "127.0.0.1", "::1"];
    for (addresses, more) in [
        (&["10.0.0.1:4567", "10.0.0.1:4566"][..], &["10.0.0.1"][..]),
        (&["0.0.0.0:1", "[::]:1", "127.0.0.1:1"], &[]),
        (&["[fd00::1]:1", "rack1:1"], &["fd00::1", "rack1"]),
    ] {
        assert_eq!(server_names(addresses.iter().copied()), [&always[..], more].concat(), "{addresses:?}");
    }
}
