//! A region in a process of its own: the real `hearth dev` on free ports, gone when dropped.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const READY: &str = "hearth: ready";
/// A debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running region.
pub struct Region {
    process: Child,
    folder: tempfile::TempDir,
    /// Where DNS answers.
    pub dns: SocketAddr,
    /// Where AWS clients go.
    pub aws: SocketAddr,
}

impl Region {
    /// Starts `hearth dev` with `arguments` on ports that are free, and waits until it says that it is ready.
    ///
    /// # Panics
    /// When it does not become ready; the end of its log is in the message.
    pub fn start(arguments: &[&str]) -> Self {
        loop {
            match Self::attempt(arguments) {
                (region, true) => return region,
                // Somebody else was given a port between the look and the start.
                (region, false) if region.log_end().contains("Address already in use") => {}
                (region, false) => panic!("hearth dev is not ready:\n{}", region.log_end()),
            }
        }
    }

    /// The process, and whether it became ready.
    fn attempt(arguments: &[&str]) -> (Self, bool) {
        let folder = tempfile::tempdir().expect("a folder for the region");
        let (aws, grpc, dns) = (free_tcp(), free_tcp(), free_both());
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let mut process = Command::new(crate::program("hearth"))
            .arg("--data-dir")
            .arg(folder.path())
            .arg("dev")
            .args([format!("--aws-addr={aws}"), format!("--grpc-addr={grpc}"), format!("--dns-addr={dns}")])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("hearth starts");
        let ready = says_ready(&mut process);
        (Self { process, folder, dns, aws }, ready)
    }

    /// Its data folder, which `hearth --data-dir` takes.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// The `hearth` command, aimed at this region.
    pub fn hearth(&self) -> Command {
        let mut command = Command::new(crate::program("hearth"));
        command.env("HEARTH_DATA_DIR", self.folder.path());
        command
    }

    /// What `hearth env` exports.
    ///
    /// # Panics
    /// When it fails.
    pub fn environment(&self) -> Vec<(String, String)> {
        let output = self.hearth().arg("env").output().expect("hearth env runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let pairs = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether the process says that it is ready before it ends or patience does.
fn says_ready(process: &mut Child) -> bool {
    let Some(stdout) = process.stdout.take() else { return false };
    let (sender, receiver) = mpsc::channel();
    // Goes on reading, so that the process never waits for a reader.
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if line == READY && sender.send(()).is_err() {
                return;
            }
        }
    });
    receiver.recv_timeout(PATIENCE).is_ok()
}

fn free_tcp() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

/// DNS needs one port for TCP and UDP.
fn free_both() -> SocketAddr {
    let free = || Some(free_tcp()).filter(|address| UdpSocket::bind(address).is_ok());
    std::iter::from_fn(|| Some(free())).flatten().next().expect("a port that is free twice")
}
