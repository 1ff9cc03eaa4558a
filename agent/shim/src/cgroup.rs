//! Control groups: how much CPU, memory and how many tasks a container may use, and which devices.
//!
//! Version 1 has one tree per controller, version 2 one tree for all. Which of them a machine has is seen at the
//! mount point: only a version 2 root holds `cgroup.controllers`. The device list exists in version 1 only; under
//! version 2 the same is reached because a container can make no device node (no `CAP_MKNOD`) and its root is
//! mounted `nodev`, so the nodes we make in `/dev` are all there are.
//!
//! A process joins by itself, and under version 1 through `tasks`: the kernel moves a thread that asks for itself without
//! keeping all others from forking meanwhile. Through `cgroup.procs`, or on behalf of another, it first waits until every
//! processor has noticed: 5 to 15 ms, more than all the rest of a start.
//!
//! The freezer is left alone: the PID namespace already ends everything at once, and each tree joined costs a start
//! about as much as a mount does. Processor time is counted where version 1 has a tree for that alone; where it is one
//! tree with the limits, as on most machines, it is counted there.

use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::sys::process;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The version 1 trees a container joins.
const TREES: [&str; 5] = ["cpu", "cpuacct", "memory", "pids", "devices"];
/// The file that tells where processor time is counted.
const CPU_TIME: &str = "cpuacct.usage";
/// The version 2 controllers a container needs.
const CONTROLLERS: &str = "+cpu +memory +pids";
/// Microseconds over which CPU time is counted.
const PERIOD_US: u64 = 100_000;
/// `/dev/null`, `zero`, `full`, `random`, `urandom`, `tty`, `ptmx` and the terminals of devpts.
const DEVICES: [&str; 8] = ["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:2", "136:*"];

/// A file of a group and what to write into it.
type Setting = (&'static str, String);

/// A container's own groups.
pub(crate) struct Cgroups {
    groups: Vec<Group>,
    /// The file of a group through which a process joins.
    members: &'static str,
    /// Version 2: the folders from the root down whose children need controllers.
    delegating: Vec<PathBuf>,
}

/// One group.
struct Group {
    path: PathBuf,
    settings: Vec<Setting>,
}

impl Cgroups {
    /// The groups of a container, whether they exist or not.
    pub(crate) fn of(config: &Config) -> Result<Self, Failure> {
        let root = &config.cgroup_root;
        if root.join("cgroup.controllers").exists() {
            let path = root.join(&config.cgroup_parent).join(&config.id);
            let delegating = ancestors_within(&path, root);
            let groups = vec![Group { path, settings: unified_settings(config) }];
            return Ok(Self { groups, members: "cgroup.procs", delegating });
        }
        let mut groups = Vec::new();
        for tree in TREES {
            let settings = tree_settings(tree, config);
            if tree == "cpuacct" && root.join("cpu").join(CPU_TIME).exists() {
                continue;
            }
            if root.join(tree).is_dir() {
                let path = root.join(tree).join(&config.cgroup_parent).join(&config.id);
                groups.push(Group { path, settings });
            } else if !settings.is_empty() {
                return Err(Failure::new(format!("{}: no {tree} control groups", root.display())));
            }
        }
        Ok(Self { groups, members: "tasks", delegating: Vec::new() })
    }

    /// Makes the groups and sets their limits. What is left of an earlier container of the same name is reused.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        for group in &self.groups {
            make_group(&group.path)?;
        }
        for folder in &self.delegating {
            delegate(folder)?;
        }
        self.groups.iter().try_for_each(Group::limit)
    }

    /// The files for [`join`].
    pub(crate) fn open_members(&self) -> Result<Vec<File>, Failure> {
        let open = |group: &Group| {
            let path = group.path.join(self.members);
            OpenOptions::new().write(true).open(&path).doing(format_args!("open {}", path.display()))
        };
        self.groups.iter().map(open).collect()
    }

    /// Removes the groups. What still runs in them is killed: the first process has ended by then, so it can only be
    /// a command that was being brought in.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        self.groups.iter().try_for_each(|group| remove_group(&group.path))
    }
}

/// Moves this process, which has one thread, into the groups, even when it no longer sees their folders.
pub(crate) fn join(members: Vec<File>) -> Result<(), Failure> {
    members.into_iter().try_for_each(|mut group| group.write_all(b"0")).doing("join the control groups")
}

impl Group {
    fn limit(&self) -> Result<(), Failure> {
        self.settings.iter().try_for_each(|(file, value)| {
            let path = self.path.join(file);
            // Accounting of swap can be switched off in the kernel; there is nothing to limit then.
            if file.contains("swap") || file.contains("memsw") {
                return if path.exists() { set(&path, value) } else { Ok(()) };
            }
            set(&path, value)
        })
    }
}

fn set(path: &Path, value: &str) -> Result<(), Failure> {
    let write = || OpenOptions::new().write(true).open(path)?.write_all(value.as_bytes());
    write().doing(format_args!("write {value:?} to {}", path.display()))
}

fn make_group(path: &Path) -> Result<(), Failure> {
    let what = format!("create {}", path.display());
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(path).doing(what),
        other => other.doing(what),
    }
}

/// The folders above `path` up to `root`, from the root down.
fn ancestors_within(path: &Path, root: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    let mut folders: Vec<_> = above.map(Path::to_owned).collect();
    folders.reverse();
    folders
}

/// Lets the children of a version 2 group have controllers.
fn delegate(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("cgroup.subtree_control");
    let enabled = fs::read_to_string(&path).doing(format_args!("read {}", path.display()))?;
    let missing = |controller: &str| !enabled.split_whitespace().any(|name| name == &controller[1..]);
    if CONTROLLERS.split(' ').any(missing) { set(&path, CONTROLLERS) } else { Ok(()) }
}

fn tree_settings(tree: &str, config: &Config) -> Vec<Setting> {
    let (cpu, memory) = (config.cpu_millis, config.memory_bytes.to_string());
    match tree {
        "cpu" if cpu > 0 => vec![
            ("cpu.cfs_period_us", PERIOD_US.to_string()),
            ("cpu.cfs_quota_us", quota_us(cpu).to_string()),
            ("cpu.shares", (cpu * 1024 / 1000).clamp(2, 262_144).to_string()),
        ],
        "memory" if config.memory_bytes > 0 => {
            vec![("memory.limit_in_bytes", memory.clone()), ("memory.memsw.limit_in_bytes", memory)]
        }
        "pids" if config.pids > 0 => vec![("pids.max", config.pids.to_string())],
        "devices" => {
            let allow = DEVICES.iter().map(|device| ("devices.allow", format!("c {device} rwm")));
            std::iter::once(("devices.deny", "a".to_owned())).chain(allow).collect()
        }
        _ => Vec::new(),
    }
}

fn unified_settings(config: &Config) -> Vec<Setting> {
    let mut settings = Vec::new();
    if config.cpu_millis > 0 {
        settings.push(("cpu.max", format!("{} {PERIOD_US}", quota_us(config.cpu_millis))));
        settings.push(("cpu.weight", (config.cpu_millis / 10).clamp(1, 10_000).to_string()));
    }
    if config.memory_bytes > 0 {
        settings.push(("memory.max", config.memory_bytes.to_string()));
        settings.push(("memory.swap.max", "0".to_owned()));
    }
    if config.pids > 0 {
        settings.push(("pids.max", config.pids.to_string()));
    }
    settings
}

/// The kernel refuses quotas under a millisecond.
fn quota_us(cpu_millis: u64) -> u64 {
    cpu_millis.saturating_mul(PERIOD_US / 1000).max(1000)
}

fn remove_group(path: &Path) -> Result<(), Failure> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match fs::remove_dir(path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            // A process leaves its groups a moment after it has been reaped.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && Instant::now() < deadline => {
                kill_members(path);
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error).doing(format_args!("remove {}", path.display())),
        }
    }
}

fn kill_members(group: &Path) {
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let processes = members.lines().filter_map(|pid| process::open_process(pid.parse().ok()?).ok());
    for process in processes {
        // One that ended meanwhile is what we want; one that cannot be killed shows in the timeout above.
        let _ = process::send_signal(process, libc::SIGKILL);
    }
}

#[cfg(test)]
mod tests;
