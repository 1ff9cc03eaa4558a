//! Ending a container, and removing what is left of one.

use crate::cgroup::Cgroups;
use crate::failure::{Doing, Failure};
use crate::state::State;
use crate::sys::descriptor;
use crate::sys::process::{self, Ending};
use libc::POLLIN;
use std::os::fd::OwnedFd;

/// How long ending may take once the kernel has been told to kill.
const PATIENCE_MS: i32 = 10_000;

/// Asks the first process to end, kills it after `grace_ms`, and returns when the end is on record.
pub(crate) fn stop(state: &State, grace_ms: i32) -> Result<(), Failure> {
    if !state.exists() {
        return Err(Failure::new("there is no such container"));
    }
    if let Some(process) = state.living_process()? {
        let ended = grace_ms > 0 && asked_to_end(&process, grace_ms)?;
        if !ended && !told(&process, libc::SIGKILL, PATIENCE_MS)? {
            return Err(Failure::new("the first process does not die"));
        }
    }
    if !state.supervisor_gone(PATIENCE_MS)? {
        return Err(Failure::new("the supervisor does not finish"));
    }
    finish_for_the_supervisor(state)
}

fn asked_to_end(process: &OwnedFd, grace_ms: i32) -> Result<bool, Failure> {
    told(process, libc::SIGTERM, grace_ms)
}

/// Sends a signal and waits; true if the process ended.
fn told(process: &OwnedFd, signal: i32, patience_ms: i32) -> Result<bool, Failure> {
    process::send_signal(process, signal).doing(format_args!("send signal {signal}"))?;
    let mut entries = [descriptor::entry(process, POLLIN)];
    descriptor::poll(&mut entries, patience_ms).doing("wait for the first process")?;
    Ok(entries[0].revents != 0)
}

/// One that was killed has left its last duties undone.
fn finish_for_the_supervisor(state: &State) -> Result<(), Failure> {
    if state.has_ended() || state.process()?.is_none() {
        return Ok(());
    }
    state.write_ending(Ending::Unknown)?;
    Cgroups::of(&state.config()?)?.remove()
}

/// Removes all traces of a container. One that is alive is ended first if `force`, else refused. None is fine.
pub(crate) fn remove(state: &State, force: bool) -> Result<(), Failure> {
    if !state.exists() {
        return Ok(());
    }
    if !force && state.living_process()?.is_some() {
        return Err(Failure::new("it is running: stop it, or use --force"));
    }
    stop(state, 0)?;
    // A folder without a readable configuration belongs to nothing that was started.
    if let Ok(config) = state.config() {
        Cgroups::of(&config)?.remove()?;
    }
    state.remove()
}
