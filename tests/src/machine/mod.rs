//! What plays the machine: a network namespace, two folders and a prefix.
//!
//! Programs enter the namespace with `nsenter` and not with `ip netns exec`: the latter also mounts a new `/sys`, in which
//! there are no control groups.

mod traces;

use crate::wait::{PATIENCE, until};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Names tried before giving up: other programs' machines may have some of them.
const NAMES: u32 = 1000;

/// Removed by its owner, after its agent's things.
pub struct Machine {
    name: String,
    folder: tempfile::TempDir,
}

impl Machine {
    /// A machine with nothing on it. `letter` tells the machines of one kind of laboratory from those of others.
    ///
    /// # Panics
    /// Without root.
    pub fn new(letter: char) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().expect("a folder");
        let mut last = String::new();
        for _ in 0..NAMES {
            let number =
                (std::process::id() << 6).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) & 0xffff;
            let name = format!("{letter}{number:04x}");
            match done(Command::new("ip").args(["netns", "add", &namespace(&name)])) {
                Ok(()) => {
                    let machine = Self { name, folder };
                    machine.raise_loopback();
                    return machine;
                }
                Err(failed) if failed.contains("File exists") => last = failed,
                Err(failed) => panic!("a network namespace (as root): {failed}"),
            }
        }
        panic!("a name for a network namespace: {last}");
    }

    fn raise_loopback(&self) {
        done(self.command("ip").args(["link", "set", "lo", "up"])).expect("a loopback link");
    }

    /// Name of its network namespace, as `ip netns` knows it.
    pub fn namespace(&self) -> String {
        namespace(&self.name)
    }

    /// The folder of both folders.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What outlives a reboot.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What does not.
    pub fn run_dir(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// `program` in this machine's network.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.namespace())).arg(program);
        command
    }

    /// `hearth` on this machine.
    pub fn hearth(&self) -> Command {
        let mut command = self.command(crate::program("hearth"));
        command.env("HEARTH_DATA_DIR", self.data_dir());
        command
    }

    /// Where the agent keeps what, for its command line.
    pub fn agent_arguments(&self) -> Vec<String> {
        let run = self.run_dir().display().to_string();
        ["--run-dir", &run, "--prefix", &self.name].map(str::to_owned).to_vec()
    }

    /// The control groups of its instances, one in every tree.
    pub fn control_groups(&self) -> Vec<PathBuf> {
        let root = Path::new("/sys/fs/cgroup");
        let trees = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
        let groups = trees.chain([root.to_owned()]).map(|tree| tree.join("hearth").join(&self.name));
        groups.filter(|group| group.is_dir()).collect()
    }

    /// Everything below these mount points is this machine's.
    ///
    /// # Panics
    /// Without `/proc`.
    pub fn mounts(&self) -> Vec<PathBuf> {
        let table = fs::read_to_string("/proc/self/mountinfo").expect("the table of mounts");
        let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
        points.filter(|point| point.starts_with(self.folder())).collect()
    }

    /// Power off and on again: every process, namespace, link, table and control group is gone, and so is what a boot
    /// empties. What is in the data folder stays.
    ///
    /// # Panics
    /// When something survives.
    pub fn reboot(&self) {
        self.kill_instances();
        for mount in self.mounts() {
            done(Command::new("umount").arg(&mount)).expect("an unmount");
        }
        fs::remove_dir_all(self.run_dir()).expect("an empty run folder");
        for verb in ["del", "add"] {
            done(Command::new("ip").args(["netns", verb, &self.namespace()]))
                .expect("a new network namespace");
        }
        self.raise_loopback();
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
        until("all processes are gone", PATIENCE, || {
            let alive: Vec<_> = doomed.iter().filter(|pid| lives(**pid)).collect();
            if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
        });
    }

    /// Processes that name a folder of this machine on their command line: agents, shims.
    pub fn processes(&self) -> Vec<u32> {
        let own = self.folder().display().to_string();
        command_lines().filter(|(_, line)| line.contains(&own)).map(|(pid, _)| pid).collect()
    }

    /// The shims that supervise an instance.
    pub fn shims(&self, instance: &str) -> Vec<u32> {
        let states = self.run_dir().join("instances").display().to_string();
        let end = format!("{states}\0{instance}\0");
        command_lines().filter(|(_, line)| line.ends_with(&end)).map(|(pid, _)| pid).collect()
    }

    /// Puts the data folder on a file system of its own, with room for so many bytes. In memory: what it has to be is
    /// small, and a file system in a file would need one of the machine's few loop devices.
    ///
    /// # Panics
    /// When it cannot be mounted.
    pub fn limit_data_dir(&self, bytes: u64) {
        let folder = self.data_dir();
        fs::create_dir_all(&folder).expect("a data folder");
        let size = format!("size={bytes}");
        done(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&folder)).expect("a mount");
    }

    /// What the shim wrote down of an instance's first process; `None` before it began.
    pub fn first_process(&self, instance: &str) -> Option<FirstProcess> {
        let path = self.run_dir().join("instances").join(instance).join("process");
        let record = fs::read_to_string(path).ok()?;
        let text = |key: &str| {
            let mut pairs = record.split('\0').filter_map(|pair| pair.split_once('='));
            Some(pairs.find(|(name, _)| *name == key)?.1)
        };
        Some(FirstProcess { pid: text("pid")?.parse().ok()?, start: text("start")?.parse().ok()? })
    }

    /// Ids of the instances that this machine's agent keeps.
    pub fn instances(&self) -> Vec<String> {
        let entries = fs::read_dir(self.run_dir().join("instances")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Lets the agent remove all it made; the error is what it could not.
    pub fn purge(&self) -> Result<(), String> {
        done(self.hearth().args(["agent", "--purge"]).args(self.agent_arguments()))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let mounts = self.mounts();
        let unmounts = mounts.iter().rev().map(|mount| done(Command::new("umount").arg(mount)));
        let network = done(Command::new("ip").args(["netns", "del", &self.namespace()]));
        for failed in unmounts.chain([network]).filter_map(Result::err) {
            eprintln!("{failed}");
        }
    }
}

fn namespace(name: &str) -> String {
    format!("hearth-{name}")
}

/// Of every process; arguments end with NUL.
fn command_lines() -> impl Iterator<Item = (u32, String)> {
    let ids = fs::read_dir("/proc").expect("/proc").flatten();
    ids.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).into_owned()))
    })
}

/// Where an instance begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstProcess {
    /// Its id on the machine.
    pub pid: u32,
    /// When it began, in the kernel's ticks: an id alone may be used again.
    pub start: u64,
}

/// Whether a process runs; one that nobody has waited for yet does not.
pub fn lives(pid: u32) -> bool {
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
    until("a control group is empty", PATIENCE, || {
        fs::remove_dir(group).map_err(|error| format!("{}: {error}", group.display()))
    });
}

/// Both streams of a program that has ended, for messages.
pub fn said(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{out}{err}", output.status)
}

/// Runs a command that has nothing to say unless it fails.
pub fn done(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said(&output))) }
}
