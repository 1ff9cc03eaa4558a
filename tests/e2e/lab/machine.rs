//! What plays the machine: a network namespace, two folders and a prefix.
//!
//! Programs enter the namespace with `nsenter` and not with `ip netns exec`: the latter also mounts a new `/sys`, in which
//! there are no control groups.

use super::ask::said;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Removed by its owner, after its agent's things.
pub(crate) struct Machine {
    name: String,
    folder: tempfile::TempDir,
}

impl Machine {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = (std::process::id() << 4 | NEXT.fetch_add(1, Ordering::Relaxed)) & 0xffff;
        let machine = Self { name: format!("e{number:04x}"), folder: tempfile::tempdir().unwrap() };
        machine.add_namespace();
        machine
    }

    fn add_namespace(&self) {
        done(Command::new("ip").args(["netns", "add", &self.namespace()]))
            .expect("a network namespace (as root)");
        done(self.command("ip").args(["link", "set", "lo", "up"])).unwrap();
    }

    fn namespace(&self) -> String {
        format!("hearth-{}", self.name)
    }

    /// The folder of both folders.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn run_dir(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// `program` in this machine's network.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.namespace())).arg(program);
        command
    }

    /// `hearth` on this machine.
    pub(crate) fn hearth(&self) -> Command {
        let mut command = self.command(tests::program("hearth"));
        command.env("HEARTH_DATA_DIR", self.data_dir());
        command
    }

    /// Where the agent keeps what, for its command line.
    pub(crate) fn agent_arguments(&self) -> Vec<String> {
        let run = self.run_dir().display().to_string();
        ["--run-dir", &run, "--prefix", &self.name].map(str::to_owned).to_vec()
    }

    /// The control groups of its instances, one in every tree.
    pub(crate) fn control_groups(&self) -> Vec<PathBuf> {
        let root = Path::new("/sys/fs/cgroup");
        let trees = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
        let groups = trees.chain([root.to_owned()]).map(|tree| tree.join("hearth").join(&self.name));
        groups.filter(|group| group.is_dir()).collect()
    }

    /// Everything below these mount points is this machine's.
    pub(crate) fn mounts(&self) -> Vec<PathBuf> {
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
        points.filter(|point| point.starts_with(self.folder())).collect()
    }

    /// Power off and on again: every process, namespace, link, table and control group is gone, and so is what a boot
    /// empties. What is in the data folder stays.
    pub(crate) fn reboot(&self) {
        self.kill_instances();
        for mount in self.mounts() {
            done(Command::new("umount").arg(&mount)).unwrap();
        }
        fs::remove_dir_all(self.run_dir()).unwrap();
        done(Command::new("ip").args(["netns", "del", &self.namespace()])).unwrap();
        self.add_namespace();
        for group in self.control_groups() {
            remove_groups(&group);
        }
    }

    /// Shims first: one that lives would write down how its instance ended.
    fn kill_instances(&self) {
        let mut doomed = self.processes();
        doomed.extend(self.control_groups().iter().flat_map(|group| members(group)));
        for pid in &doomed {
            let _ = done(Command::new("kill").args(["-KILL", &pid.to_string()]));
        }
        super::until("all processes are gone", super::PATIENCE, || {
            let alive: Vec<_> = doomed.iter().filter(|pid| lives(**pid)).collect();
            if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
        });
    }

    /// Processes that name a folder of this machine on their command line: agents, shims.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let own = self.folder().display().to_string();
        command_lines().filter(|(_, line)| line.contains(&own)).map(|(pid, _)| pid).collect()
    }

    /// The shims that supervise an instance.
    pub(crate) fn shims(&self, instance: &str) -> Vec<u32> {
        let states = self.run_dir().join("instances").display().to_string();
        let end = format!("{states}\0{instance}\0");
        command_lines().filter(|(_, line)| line.ends_with(&end)).map(|(pid, _)| pid).collect()
    }

    /// Lets the agent remove all it made.
    pub(super) fn purge(&self) -> Result<(), String> {
        done(self.hearth().args(["agent", "--purge"]).args(self.agent_arguments()))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Err(failed) = done(Command::new("ip").args(["netns", "del", &self.namespace()])) {
            eprintln!("{failed}");
        }
    }
}

/// Of every process; arguments end with NUL.
fn command_lines() -> impl Iterator<Item = (u32, String)> {
    let ids = fs::read_dir("/proc").unwrap().flatten();
    ids.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).into_owned()))
    })
}

/// Whether a process runs; one that nobody has waited for yet does not.
fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn below(group: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(group).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

fn members(group: &Path) -> Vec<u32> {
    let own = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let own = own.lines().filter_map(|pid| pid.parse().ok());
    own.chain(below(group).iter().flat_map(|inner| members(inner))).collect()
}

fn remove_groups(group: &Path) {
    below(group).iter().for_each(|inner| remove_groups(inner));
    super::until("a control group is empty", super::PATIENCE, || {
        fs::remove_dir(group).map_err(|error| format!("{}: {error}", group.display()))
    });
}

/// Runs a command that has nothing to say unless it fails.
pub(super) fn done(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said(&output))) }
}
