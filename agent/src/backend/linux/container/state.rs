//! What the state folder of a container says; the files are described in the shim's `state` module.

use super::record::Record;
use crate::backend::InstanceState;
use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tokio::net::unix::pipe;

/// The state folder of one container.
pub(super) struct StateFolder(PathBuf);

/// What is known of a container's first process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) state: InstanceState,
    pub(super) started_at_ms: u64,
}

impl StateFolder {
    pub(super) fn of(root: &Path, id: &str) -> Self {
        Self(root.join(id))
    }

    pub(super) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Makes the folder with what the shim is to start.
    pub(super) fn create(&self, config: &Record) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(&self.0)?;
        config.write(&self.0.join("config"))
    }

    pub(super) fn discard(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// How things stand.
    ///
    /// The order matters. A recorded end is final. A living process runs, supervised or not. A dead one whose supervisor
    /// lives is about to be recorded, so it still counts as running. And a dead one that nobody recorded was taken down
    /// together with its supervisor: the machine booted, or somebody behaved as if it had.
    pub(super) fn observe(&self) -> io::Result<Sighting> {
        let process = Record::read(&self.0.join("process"))?.unwrap_or_default();
        let started_at_ms = process.number("started-ms").unwrap_or(0);
        // Looked at first, judged later: a supervisor records the end before it goes.
        let supervised = self.is_supervised();
        let state = if let Some(ended) = Record::read(&self.0.join("exit"))? {
            let (code, signal) = (ended.number("code").unwrap_or(-1), ended.number("signal").unwrap_or(0));
            InstanceState::Exited { code, signal }
        } else if supervised || is_alive(&process) {
            InstanceState::Running
        } else {
            InstanceState::Stopped
        };
        Ok(Sighting { state, started_at_ms })
    }

    /// True if the first process lives.
    pub(super) fn lives(&self) -> io::Result<bool> {
        Ok(self.living_process()?.is_some())
    }

    /// The first process, if it lives.
    pub(super) fn living_process(&self) -> io::Result<Option<u32>> {
        let process = Record::read(&self.0.join("process"))?.filter(is_alive);
        Ok(process.and_then(|process| process.number("pid")))
    }

    /// True if somebody holds the FIFO open for writing.
    fn is_supervised(&self) -> bool {
        let open =
            fs::OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(self.0.join("alive"));
        open.is_ok_and(|mut fifo| {
            let seen = io::Read::read(&mut fifo, &mut [0]);
            seen.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        })
    }

    /// Completes when there is no supervisor (any more).
    pub(super) async fn supervisor_gone(&self) -> io::Result<()> {
        let fifo = match pipe::OpenOptions::new().open_receiver(self.0.join("alive")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        // A FIFO that has no writer when it is opened reports neither data nor its end, ever; hence the second look.
        while self.is_supervised() {
            fifo.readable().await?;
            match fifo.try_read(&mut [0]) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A process id counts only together with the time at which the process started.
fn is_alive(process: &Record) -> bool {
    let (Some(pid), Some(start)) = (process.number::<u32>("pid"), process.number::<u64>("start")) else {
        return false;
    };
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| start_of_living(&stat) == Some(start))
}

/// From `/proc/<pid>/stat`; the name in parentheses may hold anything. Corpses do not count.
fn start_of_living(stat: &str) -> Option<u64> {
    const START_AFTER_STATE: usize = 18;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    match fields.next()? {
        "Z" | "X" => None,
        _ => fields.nth(START_AFTER_STATE)?.parse().ok(),
    }
}
