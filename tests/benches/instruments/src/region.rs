//! A region of processes of their own, in a folder that goes with it.

use crate::{Failure, Process, program};
use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// One server, and what is added to it. All of it ends when this is dropped.
#[derive(Debug)]
pub struct Region {
    /// Ended before the folder goes.
    processes: Vec<Process>,
    folder: tempfile::TempDir,
    hearth: PathBuf,
    aws_address: String,
}

impl Region {
    /// One with a server alone.
    pub fn start() -> Result<Self, Failure> {
        let (aws_address, grpc_address) = (free_address()?, free_address()?);
        let folder = tempfile::tempdir()?;
        let hearth = program("hearth")?;
        let mut region = Self { processes: Vec::new(), folder, hearth, aws_address: aws_address.clone() };
        let mut server = region.hearth();
        server.args(["server", "--bootstrap", "--aws-addr", &aws_address, "--grpc-addr", &grpc_address]);
        region.add(&mut server, "server")?;
        Ok(region)
    }

    /// Starts one more process of it, and waits until it says that it is ready; its id.
    pub fn add(&mut self, command: &mut Command, name: &str) -> Result<u32, Failure> {
        let log = self.folder.path().join(format!("{name}.log"));
        let file = File::create(&log)?;
        let mut process =
            Process::start(command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file))?;
        until(|| {
            let said = fs::read_to_string(&log)?;
            process.runs().map_err(|error| format!("{error}: {said}"))?;
            Ok(said.lines().any(|line| line == "hearth: ready"))
        })?;
        let id = process.id();
        self.processes.push(process);
        Ok(id)
    }

    /// Ends its processes, the last first; the folder stays until this is dropped.
    pub fn stop(&mut self) {
        while self.processes.pop().is_some() {}
    }

    /// Where its files lie.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, in the role of somebody who may everything.
    pub fn hearth(&self) -> Command {
        let mut command = Command::new(&self.hearth);
        command.env("HEARTH_DATA_DIR", self.folder.path().join("data"));
        command
    }

    /// Runs a command to its good end.
    pub fn ok(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.hearth().args(arguments).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// Makes what a manifest says.
    pub fn apply(&self, manifest: &str) -> Result<(), Failure> {
        let mut apply = self.hearth();
        apply.args(["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut apply = apply.spawn()?;
        apply.stdin.take().ok_or("no standard input")?.write_all(manifest.as_bytes())?;
        if apply.wait()?.success() { Ok(()) } else { Err("apply failed".into()) }
    }

    /// Entries of the log so far.
    pub fn entries(&self) -> Result<u64, Failure> {
        let output = Command::new("curl")
            .args(["--silent", &format!("http://{}/metrics", self.aws_address)])
            .output()?;
        let page = String::from_utf8(output.stdout)?;
        let line = page.lines().find_map(|line| line.strip_prefix("hearth_log_applied_index "));
        Ok(line.ok_or("no index among the metrics")?.trim().parse::<f64>()? as u64)
    }
}

/// An address of loopback that nobody listens on.
pub fn free_address() -> Result<String, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Looks again and again until it is so.
pub fn until(mut holds: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let began = Instant::now();
    while !holds()? {
        if began.elapsed() > PATIENCE {
            return Err("what was waited for does not come".into());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
