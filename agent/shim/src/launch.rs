//! Starting a container: the supervisor's side.
//!
//! The order is what makes a crash harmless. The child is made first but runs nothing of the image until it has our
//! word; before the word its id is on disk, and before it becomes a program of the image it joins its control groups, which
//! are there by then. If this process dies before the word, the child sees the socket close and ends; if it dies after,
//! whoever looks into the state folder finds the container.

use crate::cgroup::Cgroups;
use crate::config::Config;
use crate::console::Console;
use crate::failure::{Doing, Failure};
use crate::inside::{self, Prepared};
use crate::state::{FirstProcess, State, start_time};
use crate::sys::descriptor;
use crate::sys::process::{self, Clone};
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;

/// A started container and what its supervisor holds.
pub(crate) struct Running {
    /// The first process.
    pub(crate) process: OwnedFd,
    /// Its output, unless that goes where the supervisor's goes.
    pub(crate) console: Option<Console>,
    /// Its control groups.
    pub(crate) cgroups: Cgroups,
    /// Says that it is supervised as long as it is open.
    pub(crate) alive: OwnedFd,
}

/// Becomes the supervisor of a container that was never started.
pub(crate) fn claim(state: &State, config: &Config) -> Result<OwnedFd, Failure> {
    let alive = state.claim()?;
    match state.process()? {
        Some(_) => Err(Failure::new(format!("id: {} has been started before", config.id))),
        None => Ok(alive),
    }
}

/// Starts the container whose folder is `state` and ours by `alive`. On failure nothing of it runs.
pub(crate) fn launch(state: &State, config: &Config, alive: OwnedFd) -> Result<Running, Failure> {
    let console = open_console(state, config)?;
    let cgroups = Cgroups::of(config)?;
    let prepared = prepare(state, config, &cgroups).map_err(|failure| without(&cgroups, failure))?;
    let (ours, theirs) = descriptor::message_pair().doing("make a socket pair")?;
    let parted = process::clone(namespaces(config)).doing("make namespaces");
    match parted.map_err(|failure| without(&cgroups, failure))? {
        Clone::Child => {
            // Held here, it would keep this process from noticing the supervisor's death.
            drop(ours);
            inside::run(config, prepared, &theirs)
        }
        Clone::Parent(pid, process) => {
            drop((theirs, prepared));
            let running = Running { process, console, cgroups, alive };
            match admit(state, pid, &ours) {
                Ok(()) => Ok(running),
                Err(failure) => Err(abandon(&running, failure)),
            }
        }
    }
}

/// The console of a container that has one.
pub(crate) fn open_console(state: &State, config: &Config) -> Result<Option<Console>, Failure> {
    let Some(path) = &config.console else {
        return Ok(None);
    };
    Console::open(state.console_reader()?, path, config.console_bytes).map(Some)
}

fn prepare(state: &State, config: &Config, cgroups: &Cgroups) -> Result<Prepared, Failure> {
    let open =
        |path: &std::path::PathBuf| File::open(path).doing(format_args!("open netns {}", path.display()));
    let network = config.netns.as_ref().map(open).transpose()?;
    let output = if config.console.is_some() { Some(state.console_writer()?) } else { None };
    let mount_point = state.path("root");
    fs::create_dir(&mount_point).doing("create the mount point")?;
    cgroups.create()?;
    Ok(Prepared { network, output, mount_point, groups: cgroups.open_members()? })
}

/// The cgroup namespace is not among them: it comes when the control groups are joined.
fn namespaces(config: &Config) -> i32 {
    let own = libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC;
    if config.netns.is_some() { own } else { own | libc::CLONE_NEWNET }
}

fn admit(state: &State, pid: i32, child: &OwnedFd) -> Result<(), Failure> {
    if let Some(start) = start_time(pid) {
        state.write_process(FirstProcess { pid, start })?;
        // If the child is gone, its message below says why.
        let _ = descriptor::write(child, &[1]);
    }
    outcome(child)
}

/// What the child says: nothing, once it has become the program.
pub(crate) fn outcome(child: &OwnedFd) -> Result<(), Failure> {
    let mut message = [0; 1024];
    let heard = match descriptor::read(child, &mut message) {
        // It failed before it read that it may begin. The kernel tells that first, once, and then what it said.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => descriptor::read(child, &mut message),
        heard => heard,
    };
    match heard.doing("hear from the container")? {
        0 => Ok(()),
        n => Err(Failure::from_bytes(&message[..n])),
    }
}

fn abandon(running: &Running, failure: Failure) -> Failure {
    let ended = process::send_signal(&running.process, libc::SIGKILL)
        .and_then(|()| process::wait(&running.process))
        .doing("end the container");
    match ended {
        Ok(_) => without(&running.cgroups, failure),
        Err(also) => joined(failure, &also),
    }
}

/// Takes the groups back.
fn without(cgroups: &Cgroups, failure: Failure) -> Failure {
    match cgroups.remove() {
        Ok(()) => failure,
        Err(also) => joined(failure, &also),
    }
}

fn joined(failure: Failure, also: &Failure) -> Failure {
    Failure { text: format!("{}; {}", failure.text, also.text), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_says_is_heard_although_it_read_nothing() {
        let (ours, theirs) = descriptor::message_pair().unwrap();
        descriptor::write(&ours, &[1]).unwrap();
        descriptor::write(&theirs, &Failure::new("no folder").to_bytes()).unwrap();
        drop(theirs);
        assert_eq!(outcome(&ours).unwrap_err().text, "no folder");
    }
}
