//! Real registries for tests: Debian's `docker-registry`, each on a loopback port of its own, and images pushed into them.

pub(crate) mod images;
pub(crate) mod tokens;
pub(crate) mod wire;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "docker-registry";
/// `secret`, by bcrypt with the least work it allows.
const PASSWORD: &str = "user:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
/// `{"auths": ...}` for `host` with this user and password.
pub(crate) fn credentials(folder: &Path, host: &str, user: &str, password: &str) -> PathBuf {
    let file = folder.join(format!("credentials-{user}-{password}.json"));
    let auths = serde_json::json!({ "auths": { host: { "username": user, "password": password } } });
    fs::write(&file, auths.to_string()).unwrap();
    file
}

/// Who is let in.
#[derive(Clone, Copy)]
pub(crate) enum Door<'a> {
    Open,
    /// `user` with the password `secret`.
    Basic,
    /// Whoever has a token from there.
    Tokens(&'a tokens::TokenServer),
}

/// A registry. Its folder may be shared with another one, which is how a closed one gets its images.
pub(crate) struct Registry {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Registry {
    pub(crate) fn start(door: Door<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = folder.path().join("storage");
        Self::serve(folder, &storage, door)
    }

    /// Another door to the images of `other`.
    pub(crate) fn beside(other: &Self, door: Door<'_>) -> Self {
        Self::serve(tempfile::tempdir().unwrap(), &other.storage(), door)
    }

    fn serve(folder: TempDir, storage: &Path, door: Door<'_>) -> Self {
        let port = free_port();
        fs::write(folder.path().join("htpasswd"), PASSWORD).unwrap();
        let config = folder.path().join("config.yml");
        let auth = match door {
            Door::Open => String::new(),
            Door::Basic => {
                format!("auth: {{htpasswd: {{realm: test, path: {}/htpasswd}}}}\n", folder.path().display())
            }
            Door::Tokens(server) => server.configuration(),
        };
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: '127.0.0.1:{port}', secret: test}}\n{auth}",
            storage.display()
        );
        fs::write(&config, text).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new(PROGRAM)
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let process = process.unwrap_or_else(|error| panic!("{PROGRAM}: {error}; .ci/setup installs it"));
        let mut registry = Self { process, port, folder };
        registry.until_it_answers();
        registry
    }

    fn until_it_answers(&mut self) {
        let limit = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < limit && self.process.try_wait().unwrap().is_none(), "{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// As references name it.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Where a blob's bytes lie, to be tampered with.
    pub(crate) fn file_of(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        self.storage().join(format!("docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]))
    }

    /// How each GET of the blob was answered: status and bytes, from the registry's own log.
    pub(crate) fn downloads(&self, digest: &str) -> Vec<(u16, u64)> {
        let log = self.log();
        let about =
            log.lines().filter(|line| line.contains("\"GET ") && line.contains(&format!("/blobs/{digest} ")));
        about.map(answer_of).collect()
    }

    /// How often anything at all was asked for with GET.
    pub(crate) fn requests(&self) -> usize {
        self.log().matches("\"GET ").count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `127.0.0.1 - - [date] "GET /v2/... HTTP/1.1" 206 1234 "" "hearth/0.1.0"`
fn answer_of(line: &str) -> (u16, u64) {
    let mut behind = line.split("HTTP/1.1\" ").nth(1).unwrap().split(' ');
    (behind.next().unwrap().parse().unwrap(), behind.next().unwrap().parse().unwrap())
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// One HTTP exchange on a connection of its own: status, header, body.
pub(crate) fn exchange(
    port: u16,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}
