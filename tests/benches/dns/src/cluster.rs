//! Three servers and three DNS servers, processes on loopback, each with a data folder of its own.

use crate::ask::Names;
use controlplane_types::Timestamp;
use controlplane_wire::sigv4::{self, Credentials};
use http::Request;
use http::header::HOST;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use tests_benches_instruments::{Failure, Http1, Process, free_address, program, until};

const SERVERS: usize = 3;
const DNS_SERVERS: usize = 3;
const REGION: &str = "us-east-1";
const ACCESS_KEY_ID: &str = "AKIDBENCHDNS00000001";
const SECRET_ACCESS_KEY: &str = "measured-and-then-thrown-away-0000000002";

/// The processes, and where they are asked. All of it ends when this is dropped.
pub(crate) struct Cluster {
    processes: Vec<Process>,
    folder: tempfile::TempDir,
    hearth: PathBuf,
    aws: SocketAddr,
    door: String,
    /// One for each DNS server.
    pub(crate) names: Vec<Names>,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self, Failure> {
        let (aws, door) = (free_address()?, free_address()?);
        let mut cluster = Self {
            processes: Vec::new(),
            folder: tempfile::tempdir()?,
            hearth: program("hearth")?,
            aws: aws.parse()?,
            door: door.clone(),
            names: Vec::new(),
        };
        let keys = ["--access-key-id", ACCESS_KEY_ID, "--secret-access-key", SECRET_ACCESS_KEY];
        let mut first = cluster.hearth("s1");
        first.args(["server", "--bootstrap", "--region", REGION, "--aws-addr", &aws, "--grpc-addr", &door]);
        cluster.add(first.args(keys), "s1")?;
        for number in 2..=SERVERS {
            let name = format!("s{number}");
            let mut server = cluster.joining("server", &name)?;
            server.args(["--aws-addr", &free_address()?, "--grpc-addr", &free_address()?]);
            cluster.add(&mut server, &name)?;
            until(|| Ok(cluster.ok(&["server", "list"])?.matches("voter").count() == number))?;
        }
        for number in 1..=DNS_SERVERS {
            let (name, address) = (format!("ns{number}"), free_address()?);
            let mut dns = cluster.joining("dns", &name)?;
            dns.args(["--workers", "1", "--dns-addr", &address, "--health-addr", &free_address()?]);
            cluster.add(&mut dns, &name)?;
            cluster.names.push(Names::at(address.parse()?)?);
        }
        until(|| Ok(cluster.ok(&["get", "dns_servers", "-o", "name"])?.lines().count() == DNS_SERVERS))?;
        Ok(cluster)
    }

    fn hearth(&self, folder: &str) -> Command {
        let mut command = Command::new(&self.hearth);
        command.env("HEARTH_DATA_DIR", self.folder.path().join(folder));
        command
    }

    /// One more of them, which comes in by a token.
    fn joining(&self, role: &str, name: &str) -> Result<Command, Failure> {
        let token = self.ok(&["token", "create", "--role", role])?;
        let mut command = self.hearth(name);
        command.args([role, "--name", name, "--join", &self.door, "--token", token.trim()]);
        Ok(command)
    }

    /// Starts a process, and waits until it says that it is ready.
    fn add(&mut self, command: &mut Command, name: &str) -> Result<(), Failure> {
        let log = self.folder.path().join(format!("{name}.log"));
        let file = File::create(&log)?;
        let mut process =
            Process::start(command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file))?;
        until(|| {
            let said = std::fs::read_to_string(&log)?;
            process.runs().map_err(|error| format!("{error}: {said}"))?;
            Ok(said.lines().any(|line| line == "hearth: ready"))
        })?;
        self.processes.push(process);
        Ok(())
    }

    /// Runs a command of an administrator to its good end.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.hearth("s1").args(arguments).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// Where its files lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection to the AWS port of the first server.
    pub(crate) async fn door(&self) -> Result<Door, Failure> {
        Ok(Door { connection: Http1::connect(self.aws).await?, host: self.aws.to_string() })
    }
}

/// Asks Route 53 with signed requests.
pub(crate) struct Door {
    connection: Http1,
    host: String,
}

impl Door {
    /// The body of an answer with a good status.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<String, Failure> {
        let credentials = Credentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            session_token: None,
        };
        let request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        let (mut parts, ()) = request.body(())?.into_parts();
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let now = Timestamp::from_millis(since.as_millis() as u64);
        sigv4::sign(&mut parts, body.as_bytes(), &credentials, REGION, "route53", now)?;
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in &parts.headers {
            request.push_str(&format!("{name}: {}\r\n", value.to_str()?));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let answer = self.connection.send(request.as_bytes()).await?;
        let text = String::from_utf8_lossy(answer.body).into_owned();
        if answer.status < 300 { Ok(text) } else { Err(format!("{path}: {text}").into()) }
    }
}

/// The text between `<tag>` and `</tag>`.
pub(crate) fn text<'b>(body: &'b str, tag: &str) -> Result<&'b str, Failure> {
    let found =
        body.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once(&format!("</{tag}>")));
    Ok(found.ok_or_else(|| format!("no {tag} in {body}"))?.0)
}
