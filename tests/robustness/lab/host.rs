//! One machine of the laboratory and the one `hearth` process on it.

use nix::sys::signal::Signal;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tests::machine::Machine;
use tests::process::Process;
use tests::wait::{PATIENCE, until};

/// What processes say: all but each request, of which there are thousands, so that the end of a log tells of the fault.
const LOG: &str = "info,openraft=warn,controlplane_server::gateway=warn";

/// A machine and what runs on it. The process goes before the machine does.
pub(crate) struct Host {
    process: Option<Process>,
    pub(crate) machine: Machine,
    /// Number of its wire; of servers, also their number in the cluster.
    pub(crate) id: u64,
    /// What is started here.
    program: PathBuf,
}

impl Host {
    pub(super) fn new(id: u64) -> Self {
        Self { process: None, machine: Machine::new('r'), id, program: tests::program("hearth") }
    }

    /// Starts `hearth` without waiting for it.
    pub(crate) fn start(&mut self, component: &str, arguments: &[String]) {
        assert!(self.process.is_none(), "host {} runs something already", self.id);
        let mut command = self.machine.command(&self.program);
        command.env("HEARTH_DATA_DIR", self.machine.data_dir()).env("HEARTH_LOG", LOG);
        command.arg(component).args(arguments);
        self.process = Some(Process::start(command, &self.machine.folder().join(component)));
    }

    fn process(&mut self) -> &mut Process {
        let id = self.id;
        self.process.as_mut().unwrap_or_else(|| panic!("nothing runs on host {id}"))
    }

    pub(crate) fn until_ready(&mut self) {
        self.process().until_ready();
    }

    pub(crate) fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.take().expect("a process").kill();
    }

    /// Ends whatever runs here, if anything does.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// `SIGTERM`, and waits for a good end.
    pub(crate) fn end(&mut self) {
        self.process.take().expect("a process").end();
    }

    /// `SIGSTOP`: alive for the kernel, which goes on acknowledging packets, and silent for everybody else.
    pub(crate) fn pause(&mut self) {
        self.process().signal(Signal::SIGSTOP);
    }

    pub(crate) fn wake(&mut self) {
        self.process().signal(Signal::SIGCONT);
    }

    /// Waits until the process has ended by itself, badly; what it said.
    pub(crate) fn until_fails(&mut self) -> String {
        let (code, said) = self.until_ended();
        assert_ne!(code, Some(0), "{said}");
        said
    }

    /// Waits until the process has ended by itself; its exit code, and what it said.
    pub(crate) fn until_ended(&mut self) -> (Option<i32>, String) {
        let mut process = self.process.take().expect("a process");
        let status =
            until("the process gives up", PATIENCE, || process.ended().ok_or_else(|| process.log_end()));
        (status.code(), process.log_end())
    }

    /// Leaves no room on the file system of the data folder.
    pub(crate) fn fill_disk(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        let chunk = [0; 4096];
        loop {
            match filler.write(&chunk) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Gives the room back.
    pub(crate) fn empty_disk(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.machine.data_dir().join("filler")
    }

    /// The newest of a store's files with this ending.
    pub(crate) fn newest_file(&self, store: &str, ending: &str) -> PathBuf {
        let folder = self.machine.data_dir().join("server").join(store);
        let mut found = Vec::new();
        files(&folder, ending, &mut found);
        found.sort();
        found.pop().unwrap_or_else(|| panic!("no .{ending} file below {}", folder.display()))
    }

    pub(crate) fn log_end(&self) -> String {
        self.process.as_ref().map(Process::log_end).unwrap_or_default()
    }

    /// From now on another program is started here: a copy of the first, at another path.
    pub(crate) fn install_copy(&mut self) {
        let copy = self.machine.folder().join("hearth-next");
        fs::copy(tests::program("hearth"), &copy).unwrap();
        self.program = copy;
    }
}

/// Numbered files sort by age.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}
