//! A region of one server and one agent, each a process of its own, in folders that go with it.

use crate::Failure;
use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests_benches_instruments::program;

const PATIENCE: Duration = Duration::from_secs(60);
/// Tells this agent's links and groups from others'.
const PREFIX: &str = "bnch";

pub(crate) struct Region {
    folder: tempfile::TempDir,
    hearth: PathBuf,
    aws_address: String,
    server: Child,
    agent: Child,
}

impl Region {
    pub(crate) fn start() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let hearth = program("hearth")?;
        let listeners = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [aws, grpc] = listeners.each_ref().map(|one| one.local_addr().map(|address| address.to_string()));
        let (aws_address, grpc_address) = (aws?, grpc?);
        drop(listeners);
        let server = spawn(
            hearth_on(&hearth, folder.path())
                .args(["server", "--bootstrap", "--aws-addr", &aws_address])
                .args(["--grpc-addr", &grpc_address]),
            &folder.path().join("server.log"),
        )?;
        let mut agent = hearth_on(&hearth, folder.path());
        agent.args(["agent", "--prefix", PREFIX, "--run-dir"]).arg(folder.path().join("run"));
        // As many instances as are asked for, whatever the machine.
        agent.args(["--allocation-ratio", "vcpus=100,memory=100"]);
        let agent = spawn(&mut agent, &folder.path().join("agent.log"))?;
        Ok(Self { folder, hearth, aws_address, server, agent })
    }

    pub(crate) fn agent(&self) -> u32 {
        self.agent.id()
    }

    pub(crate) fn hearth(&self) -> Command {
        hearth_on(&self.hearth, self.folder.path())
    }

    /// Runs a command to its good end.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.hearth().args(arguments).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    pub(crate) fn apply(&self, manifest: &str) -> Result<(), Failure> {
        let mut apply = self.hearth();
        apply.args(["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut apply = apply.spawn()?;
        apply.stdin.take().ok_or("no standard input")?.write_all(manifest.as_bytes())?;
        if apply.wait()?.success() { Ok(()) } else { Err("apply failed".into()) }
    }

    /// Instances whose first process began.
    pub(crate) fn begun(&self) -> usize {
        let entries = fs::read_dir(self.folder.path().join("run/instances")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().join("process").exists()).count()
    }

    /// Entries of the log so far.
    pub(crate) fn entries(&self) -> Result<u64, Failure> {
        let output = Command::new("curl")
            .args(["--silent", &format!("http://{}/metrics", self.aws_address)])
            .output()?;
        let page = String::from_utf8(output.stdout)?;
        let line = page.lines().find_map(|line| line.strip_prefix("hearth_log_applied_index "));
        Ok(line.ok_or("no index among the metrics")?.trim().parse::<f64>()? as u64)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        for child in [&mut self.agent, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
        let mut purge = self.hearth();
        purge.args(["agent", "--purge", "--prefix", PREFIX, "--run-dir"]).arg(self.folder.path().join("run"));
        if !purge.stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
            eprintln!("something of the agent is left: hearth agent --purge --prefix {PREFIX}");
        }
    }
}

fn hearth_on(hearth: &Path, folder: &Path) -> Command {
    let mut command = Command::new(hearth);
    command.env("HEARTH_DATA_DIR", folder.join("data"));
    command
}

fn spawn(command: &mut Command, log: &Path) -> Result<Child, Failure> {
    let file = File::create(log)?;
    let mut child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
    until(|| match (child.try_wait()?, fs::read_to_string(log)?) {
        (Some(status), said) => Err(format!("{status}: {said}").into()),
        (None, said) => Ok(said.lines().any(|line| line == "hearth: ready")),
    })?;
    Ok(child)
}

/// Looks again and again until it is so.
pub(crate) fn until(mut holds: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let began = Instant::now();
    while !holds()? {
        if began.elapsed() > PATIENCE {
            return Err("what was waited for does not come".into());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
