//! Running a further command inside a running container.
//!
//! The command gets the container's namespaces, control groups, user, capabilities and filter; the one thing it has
//! more than the container's own programs are the three descriptors we were started with. It is found through a
//! descriptor of the first process, so a process id that the kernel has reused meanwhile cannot lead us into a
//! stranger's namespaces.

use crate::cgroup::{self, Cgroups};
use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::launch::outcome;
use crate::relay::{self, Size};
use crate::state::{State, code_and_signal};
use crate::sys::process::{self, Clone};
use crate::sys::{descriptor, privilege, terminal};
use crate::{inside, seal};
use std::fs::File;
use std::os::fd::OwnedFd;

/// What the command's process needs.
struct Prepared {
    members: Vec<File>,
    terminal: Option<OwnedFd>,
}

/// Runs `command` to its end; returns its exit code, or 128 + signal.
pub(crate) fn run(state: &State, command: &[String], size: Option<Size>) -> Result<u8, Failure> {
    seal::ensure()?;
    let config = state.config()?;
    let not_running = || Failure::new(format!("{} is not running", config.id));
    let first = state.living_process()?.ok_or_else(not_running)?;
    let members = Cgroups::of(&config)?.open_members()?;
    privilege::forbid_inspection().doing("hide my memory")?;
    process::enter(&first, namespaces()).doing("enter the container")?;
    let (ours, program) = open_terminal(size)?.unzip();
    let command = start(&config, command, Prepared { members, terminal: program })?;
    let ending = match ours {
        Some(terminal) => relay::with_terminal(&command, &terminal)?,
        None => relay::without_terminal(&command)?,
    };
    Ok(code_and_signal(ending).0 as u8)
}

fn namespaces() -> i32 {
    libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP
}

fn open_terminal(size: Option<Size>) -> Result<Option<(OwnedFd, OwnedFd)>, Failure> {
    let Some(size) = size else { return Ok(None) };
    let pair = terminal::open_terminal().doing("open a terminal")?;
    terminal::resize(&pair.1, size.rows, size.columns).doing("size the terminal")?;
    Ok(Some(pair))
}

fn start(config: &Config, command: &[String], prepared: Prepared) -> Result<OwnedFd, Failure> {
    let (ours, theirs) = descriptor::message_pair().doing("make a socket pair")?;
    match process::clone(0).doing("start a process in the container")? {
        Clone::Child => {
            drop(ours);
            let failure = match connect(prepared, &config.cwd) {
                Ok(extra) => inside::become_command(config, command, &extra),
                Err(failure) => failure,
            };
            inside::report(&theirs, &failure)
        }
        Clone::Parent(_, process) => {
            drop((theirs, prepared));
            outcome(&ours)?;
            Ok(process)
        }
    }
}

/// Joins the control groups and takes the terminal; returns what the environment must say about that.
fn connect(prepared: Prepared, cwd: &str) -> Result<Vec<&'static str>, Failure> {
    process::new_session().doing("start a session")?;
    process::die_with_parent().doing("follow the caller")?;
    cgroup::join(prepared.members)?;
    std::env::set_current_dir(cwd).doing(format_args!("enter cwd {cwd}"))?;
    std::env::current_dir().doing(format_args!("enter cwd {cwd}"))?;
    let Some(program) = prepared.terminal else {
        return Ok(Vec::new());
    };
    terminal::control(&program).doing("take the terminal")?;
    (0..=2).try_for_each(|number| descriptor::place(&program, number)).doing("connect the terminal")?;
    Ok(vec!["TERM=xterm"])
}
