//! Against Debian's `docker-registry`, and against registries that no honest person runs.

use super::*;
use crate::archive::document::{Descriptor, own_architecture};
use crate::archive::samples::{Tar, digest};
use crate::testing::OnTokio;
use crate::testing::registry::images::{GZIP, INDEX, Layer, MANIFEST};
use crate::testing::registry::tokens::TokenServer;
use crate::testing::registry::wire::{BrokenLine, answer, scripted};
use crate::testing::registry::{Door, Registry as Real, credentials, free_port};
use controlplane_types::ImageReference;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

fn reference(text: &str) -> ImageReference {
    text.parse().unwrap()
}

fn client() -> Registry {
    Registry::new(RegistrySettings::default(), Arc::new(OnTokio))
}

fn with(credentials: PathBuf) -> Registry {
    let settings = RegistrySettings { credentials: Some(credentials), ..RegistrySettings::default() };
    Registry::new(settings, Arc::new(OnTokio))
}

fn config() -> Value {
    json!({ "Entrypoint": ["/bin/sh"], "Cmd": ["-c", "true"], "Env": ["A=1"], "User": "web", "WorkingDir": "/srv" })
}

fn layer(text: &str) -> Layer {
    Layer::gzip(&Tar::new().file("name", text).bytes())
}

/// `app:1` for two architectures and one that Hearth does not run on; returns the index' digest.
fn push_app(real: &Real) -> String {
    let entries: Vec<Value> = ["amd64", "arm64", "riscv64"]
        .map(|architecture| {
            real.push_image("app", None, architecture, &config(), &[layer("base"), layer(architecture)])
        })
        .into();
    real.push_index("app", "1", &entries)
}

fn descriptor(bytes: &[u8]) -> Descriptor {
    let value = json!({ "mediaType": GZIP, "digest": digest(bytes), "size": bytes.len() });
    serde_json::from_value(value).unwrap()
}

/// Bytes that do not compress and of which no two pieces are the same.
fn noise(length: usize) -> Vec<u8> {
    let mut seed = 1u64;
    std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    })
    .take(length)
    .collect()
}

#[tokio::test]
async fn a_tag_is_resolved_to_digests_of_each_architecture() {
    let real = Real::start(Door::Open);
    let index = push_app(&real);
    let named = reference(&format!("{}/app:1", real.host()));
    let found = client().resolve(&named, &[]).await.unwrap();
    assert_eq!(found.reference.to_string(), format!("{}/app:1@{index}", real.host()));
    let architectures: Vec<_> =
        found.platforms.iter().map(|it| it.configuration.architecture.as_str()).collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    let amd64 = &found.platforms[0];
    assert_eq!((amd64.configuration.command.join(" ").as_str(), amd64.layers.len()), ("/bin/sh -c true", 2));
    assert_eq!(
        (amd64.configuration.user.as_str(), amd64.configuration.working_directory.as_str()),
        ("web", "/srv")
    );
    assert_ne!(amd64.digest, found.platforms[1].digest);
    // By digest it is found again, and without any tag.
    let by_digest = named.with_digest(&index);
    assert_eq!(client().image(&by_digest, "arm64").await.unwrap().digest, found.platforms[1].digest);
    let only_arm = client().resolve(&named, &["arm64".to_owned()]).await.unwrap();
    assert_eq!(only_arm.platforms.len(), 1);
    // A tag moves; what was resolved stays.
    let moved = real.push_index("app", "1", &[]);
    assert_ne!(moved, index);
    assert_eq!(client().image(&by_digest, "arm64").await.unwrap().digest, found.platforms[1].digest);
}

#[tokio::test]
async fn a_single_manifest_is_an_image_for_its_own_architecture() {
    let real = Real::start(Door::Open);
    real.push_image("one", Some("1"), "arm64", &config(), &[layer("x")]);
    let named = reference(&format!("{}/one:1", real.host()));
    let found = client().resolve(&named, &[]).await.unwrap();
    assert_eq!(found.platforms[0].digest, found.reference.digest.clone().unwrap());
    assert_eq!(found.platforms[0].configuration.architecture, "arm64");
    let error = client().resolve(&named, &["amd64".to_owned()]).await.unwrap_err();
    assert!(error.to_string().contains("made for linux/arm64, not for linux/amd64"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let real = Real::start(Door::Open);
    push_app(&real);
    let host = real.host();
    for (name, expected) in [
        (format!("{host}/app:2"), "no app manifests/2"),
        (format!("{host}/other:1"), "no other manifests/1"),
        (format!("{host}/app@sha256:{}", "0".repeat(64)), "no app manifests/sha256:000"),
        (format!("127.0.0.1:{}/app:1", free_port()), "Connection refused"),
        ("registry.invalid/app:1".to_owned(), "registry.invalid"),
    ] {
        let error = client().resolve(&reference(&name), &[]).await.unwrap_err();
        assert!(error.to_string().contains(expected) && error.is_transient(), "{name}: {error}");
    }
    let error =
        client().resolve(&reference(&format!("{host}/app:1")), &["mips".to_owned()]).await.unwrap_err();
    assert!(error.to_string().contains("no image for linux/mips"), "{error}");
}

#[tokio::test]
async fn passwords_open_a_registry_and_nothing_else_does() {
    let open = Real::start(Door::Open);
    push_app(&open);
    let real = Real::beside(&open, Door::Basic);
    let (host, folder) = (real.host(), real.folder());
    let named = reference(&format!("{host}/app:1"));
    for (client, expected) in [
        (client(), "no credentials are noted"),
        (with(credentials(folder, "127.0.0.1:1", "user", "secret")), "no credentials are noted"),
        (with(credentials(folder, &host, "user", "wrong")), "takes neither"),
        (with(credentials(folder, &host, "nobody", "secret")), "takes neither"),
        (with(folder.join("missing.json")), "missing.json"),
    ] {
        let error = client.resolve(&named, &[]).await.unwrap_err();
        assert!(error.to_string().contains(expected) && error.is_transient(), "{error}");
        assert!(
            !error.to_string().contains("secret") && !format!("{error:?}").contains("Basic"),
            "{error:?}"
        );
    }
    let client = with(credentials(folder, &format!("https://{host}/v1/"), "user", "secret"));
    assert_eq!(client.resolve(&named, &[]).await.unwrap().platforms.len(), 2);
}

#[tokio::test]
async fn tokens_are_got_with_the_password_and_used_until_they_are_refused() {
    let open = Real::start(Door::Open);
    push_app(&open);
    let tokens = TokenServer::start();
    let real = Real::beside(&open, Door::Tokens(&tokens));
    let named = reference(&format!("{}/app:1", real.host()));
    let wrong = with(credentials(real.folder(), &real.host(), "user", "wrong"));
    for (client, expected) in [(client(), "no credentials are noted"), (wrong, "the credentials are refused")]
    {
        let error = client.resolve(&named, &[]).await.unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(tokens.given(), 0);
    let client = with(credentials(real.folder(), &real.host(), "user", "secret"));
    client.resolve(&named, &[]).await.unwrap();
    client.resolve(&named, &[]).await.unwrap();
    assert_eq!(tokens.given(), 1, "one token for a repository serves many requests");
}

#[tokio::test]
async fn mirrors_are_asked_first_and_the_registry_after_them() {
    let (mirror, origin) = (Real::start(Door::Open), Real::start(Door::Open));
    let index = push_app(&mirror);
    origin.push_image("library/only-there", Some("latest"), own_architecture(), &config(), &[layer("x")]);
    let to = |port: u16| format!("docker.io=http://127.0.0.1:{port}").parse::<Mirror>().unwrap();
    let dead = to(free_port());
    let both = RegistrySettings {
        mirrors: vec![dead.clone(), to(mirror.port()), to(origin.port())],
        ..Default::default()
    };
    let client = Registry::new(both, Arc::new(OnTokio));
    // `app` is not at `docker.io/library/app` but in the mirror's own name space; a mirror mirrors repositories as they are.
    assert!(client.resolve(&reference("docker.io/x/app:1"), &[]).await.is_err());
    let named = ImageReference { repository: "app".into(), ..reference("docker.io/x/app:1") };
    let found = client.resolve(&named, &[]).await.unwrap();
    assert_eq!(found.reference.digest.as_deref(), Some(index.as_str()));
    let before = mirror.requests();
    client.resolve(&reference("only-there"), &[]).await.unwrap();
    assert!(
        mirror.requests() > before && origin.requests() > 0,
        "the one behind is asked when the first has nothing"
    );
    let other = client.resolve(&reference("quay.io.invalid/x/app:1"), &[]).await.unwrap_err();
    assert!(
        other.to_string().contains("quay.io.invalid"),
        "mirrors of one registry are not asked for another: {other}"
    );
}

#[tokio::test]
async fn a_download_goes_on_where_the_line_broke() {
    let real = Real::start(Door::Open);
    let bytes = noise(400_000);
    real.push_blob("app", &bytes);
    let line = BrokenLine::to(real.port(), 150_000, 2);
    let named = reference(&format!("127.0.0.1:{}/app", line.port));
    let path = real.folder().join("part");
    client().download(&named, &descriptor(&bytes), &path, |_| {}).await.unwrap();
    assert!(fs::read(&path).unwrap() == bytes);
    assert_eq!(line.broken(), 2);
    let answers = real.downloads(&digest(&bytes));
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 206, 206]);
}

#[tokio::test]
async fn what_an_agent_left_half_done_is_finished_by_the_next() {
    let real = Real::start(Door::Open);
    let bytes = noise(100_000);
    real.push_blob("app", &bytes);
    let named = reference(&format!("{}/app", real.host()));
    let path = real.folder().join("part");
    let other = noise(100_001)[1..].to_vec();
    for (there, expected) in [
        (&bytes[..60_000], vec![(206, 40_000)]),
        (&bytes[..], vec![]),
        // More than there can be; and a beginning that is not this blob's.
        (&[&bytes[..], b"x"].concat()[..], vec![(200, 100_000)]),
        (&other[..70_000], vec![(206, 30_000), (200, 100_000)]),
    ] {
        fs::write(&path, there).unwrap();
        let before = real.downloads(&digest(&bytes)).len();
        client().download(&named, &descriptor(&bytes), &path, |_| {}).await.unwrap();
        assert!(fs::read(&path).unwrap() == bytes);
        assert_eq!(real.downloads(&digest(&bytes))[before..], expected);
    }
}

#[tokio::test]
async fn attack_bytes_that_are_not_the_announced_ones() {
    let real = Real::start(Door::Open);
    let bytes = noise(50_000);
    real.push_blob("app", &bytes);
    let named = reference(&format!("{}/app", real.host()));
    let path = real.folder().join("part");
    let mut changed = bytes.clone();
    changed[25_000] ^= 1;
    for tampered in [&changed[..], &bytes[..49_999], &[&bytes[..], b"x"].concat()[..], b""] {
        fs::write(real.file_of(&digest(&bytes)), tampered).unwrap();
        let error = client().download(&named, &descriptor(&bytes), &path, |_| {}).await.unwrap_err();
        assert!(matches!(error, RegistryError::Mismatch { .. }), "{} bytes: {error}", tampered.len());
        assert!(fs::metadata(&path).unwrap().len() < 50_000, "what is known to be wrong is not kept");
        fs::remove_file(&path).unwrap();
    }
}

#[tokio::test]
async fn attack_manifests_that_are_not_the_announced_ones() {
    let real = Real::start(Door::Open);
    let index = push_app(&real);
    let named = reference(&format!("{}/app:1", real.host()));
    let good = client().resolve(&named, &[]).await.unwrap();
    // A configuration with another command, of the same length.
    let configuration = fs::read_dir(real.file_of(&index).parent().unwrap()).unwrap().count();
    assert_eq!(configuration, 1);
    let manifest: Value =
        serde_json::from_slice(&fs::read(real.file_of(&good.platforms[0].digest)).unwrap()).unwrap();
    let configuration = real.file_of(manifest["config"]["digest"].as_str().unwrap());
    let text = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, text.replace("/bin/sh", "/bin/no")).unwrap();
    let error = client().resolve(&named, &[]).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Mismatch { what, .. } if what == "configuration"), "{error}");
    fs::write(&configuration, text).unwrap();
    client().resolve(&named, &[]).await.unwrap();
}

/// A registry that serves `document` as `media_type` under every name.
fn serving(media_type: &'static str, document: String) -> u16 {
    scripted(move |_, _| {
        let headers = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", document.len());
        answer("200 OK", &headers, document.as_bytes())
    })
}

#[tokio::test]
async fn attack_documents_of_another_kind_or_digest() {
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(b"{}"), "size": 2 } });
    let both = json!({ "schemaVersion": 2, "layers": [], "manifests": [], "config": manifest["config"] });
    for (media_type, document, digest, expected) in [
        (INDEX, manifest.to_string(), None, "but it says"),
        (MANIFEST, both.to_string(), None, "fields of an index and of a manifest"),
        ("text/html", manifest.to_string(), None, "but it says"),
        ("text/html", "<html>".to_owned(), None, "manifest:"),
        (MANIFEST, manifest.to_string(), Some(digest(b"other")), "announced was"),
        (MANIFEST, " ".repeat(5 << 20), None, "more than"),
    ] {
        let named = reference(&format!("127.0.0.1:{}/app:1", serving(media_type, document)));
        let named = ImageReference { digest, ..named };
        let error = client().resolve(&named, &[]).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{media_type}: {error}");
    }
}

#[tokio::test]
async fn attack_redirects_and_realms_that_lead_into_the_network() {
    for target in
        ["http://169.254.169.254/latest/meta-data", "http://10.255.255.1/x", "file:///etc/passwd", "//x/y"]
    {
        let redirect = move |_: &str, _: &str| {
            answer("307 Temporary Redirect", &format!("Location: {target}\r\nContent-Length: 0\r\n"), b"")
        };
        let realm = move |_: &str, _: &str| {
            let header = format!("WWW-Authenticate: Bearer realm=\"{target}\"\r\nContent-Length: 0\r\n");
            answer("401 Unauthorized", &header, b"")
        };
        for port in [scripted(redirect), scripted(realm)] {
            let error =
                client().resolve(&reference(&format!("127.0.0.1:{port}/app")), &[]).await.unwrap_err();
            assert!(matches!(error, RegistryError::Forbidden { .. }), "{target}: {error}");
        }
    }
    for literal in ["169.254.169.254/app", "[fd00:ec2::254]/app", "0.0.0.0:80/app"] {
        let error = client().resolve(&reference(literal), &[]).await.unwrap_err();
        assert!(matches!(error, RegistryError::Forbidden { .. }), "{literal}: {error}");
    }
    let round = scripted(|_, _| {
        answer("302 Found", "Location: /v2/app/manifests/again\r\nContent-Length: 0\r\n", b"")
    });
    let error = client().resolve(&reference(&format!("127.0.0.1:{round}/app")), &[]).await.unwrap_err();
    assert!(error.to_string().contains("too many redirects"), "{error}");
}

#[tokio::test]
async fn attack_a_redirect_that_collects_passwords() {
    let (heard, hearing) = std::sync::mpsc::channel();
    let thief = scripted(move |_, header| {
        heard.send(header.to_owned()).unwrap();
        answer("404 Not Found", "Content-Length: 0\r\n", b"")
    });
    let registry = scripted(move |_, header| match header.to_lowercase().contains("authorization: basic") {
        true => answer(
            "307 Temporary Redirect",
            &format!("Location: http://127.0.0.1:{thief}/x\r\nContent-Length: 0\r\n"),
            b"",
        ),
        false => {
            answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n", b"")
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let host = format!("127.0.0.1:{registry}");
    let client = with(credentials(folder.path(), &host, "user", "secret"));
    let error = client.resolve(&reference(&format!("{host}/app")), &[]).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unknown { .. }), "{error}");
    let header = hearing.recv().unwrap();
    assert!(!header.to_lowercase().contains("authorization"), "{header}");
}

#[tokio::test]
async fn attack_answers_without_end_and_parts_that_begin_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part");
    let bytes = noise(1000);
    let endless = scripted(|_, _| answer("200 OK", "", &noise(1 << 20)));
    let named = reference(&format!("127.0.0.1:{endless}/app"));
    let error = client().download(&named, &descriptor(&bytes), &path, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("more bytes"), "{error}");
    fs::write(&path, &bytes[..500]).unwrap();
    let elsewhere = scripted(|_, _| {
        answer(
            "206 Partial Content",
            "Content-Range: bytes 100-999/1000\r\nContent-Length: 900\r\n",
            &[0; 900],
        )
    });
    let named = reference(&format!("127.0.0.1:{elsewhere}/app"));
    let error = client().download(&named, &descriptor(&bytes), &path, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("begins elsewhere"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), &bytes[..500], "what was right is kept");
}
