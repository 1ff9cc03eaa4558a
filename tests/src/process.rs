//! A `hearth` process with its log in a file, gone when dropped.

use crate::wait::{PATIENCE, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

const READY: &str = "hearth: ready";
/// Lines of a log that tell why.
const END: usize = 15;

/// A process.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both streams in the file `log`, which begins anew.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let output = File::create(log).expect("a log");
        let again = output.try_clone().expect("a log");
        command.stdin(Stdio::null()).stdout(again).stderr(output);
        let child = command.spawn().expect("the program starts");
        Self { child, log: log.to_owned() }
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// When it ends instead or does not in time; its log is in the message.
    pub fn until_ready(&mut self) {
        until(&format!("{} is ready", self.log.display()), PATIENCE, || {
            if let Some(status) = self.ended() {
                panic!("{} ended with {status}:\n{}", self.log.display(), self.log_end());
            }
            if self.said(READY) { Ok(()) } else { Err(self.log_end()) }
        });
    }

    /// Whether a line of its output is `line`.
    pub fn said(&self, line: &str) -> bool {
        self.log().lines().any(|said| said == line)
    }

    /// All it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its last words.
    pub fn log_end(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(END)..].join("\n")
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When it is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        kill(pid, signal).expect("the process is there");
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Panics
    /// When it does not, or not well.
    pub fn end(mut self) {
        self.signal(Signal::SIGTERM);
        let log = self.log.clone();
        let status = until(&format!("{} ends", log.display()), PATIENCE, || {
            self.ended().ok_or_else(|| self.log_end())
        });
        assert!(status.success(), "{} ended with {status}:\n{}", log.display(), self.log_end());
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Panics
    /// When it had ended by itself.
    pub fn kill(mut self) {
        let ended = self.ended();
        assert!(ended.is_none(), "{} ended by itself:\n{}", self.log.display(), self.log_end());
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that ended by itself cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
