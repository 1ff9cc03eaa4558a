//! Waiting: one poll over the first process, signals and the console. Nothing runs on a timer.

use crate::cgroup::Cgroups;
use crate::console::Console;
use crate::failure::{Doing, Failure};
use crate::launch::{Running, open_console};
use crate::state::{FirstProcess, State, corpse};
use crate::sys::descriptor;
use crate::sys::process::{self, Ending};
use libc::POLLIN;
use std::os::fd::OwnedFd;

/// Signals that mean the container and not us.
const FORWARDED: [i32; 7] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH];

/// Opens the descriptor for signals. Before anything is started, so that none is missed.
pub(crate) fn signals() -> Result<OwnedFd, Failure> {
    descriptor::signals_as_descriptor(&FORWARDED).doing("receive signals")
}

/// Waits for the end of our own child, then tidies up and records it.
pub(crate) fn until_end(state: &State, mut running: Running, signals: &OwnedFd) -> Result<Ending, Failure> {
    wait(&running.process, &mut running.console, signals)?;
    let ending = process::wait(&running.process).doing("wait for the first process")?;
    settle(state, running.console, &running.cgroups, ending)?;
    drop(running.alive);
    Ok(ending)
}

/// Takes over a container whose supervisor was killed.
///
/// The first process is then a child of the host's init. How it ends can mostly be seen even so; else the ending is
/// recorded as unknown.
pub(crate) fn adopt(state: &State, signals: &OwnedFd, ready: impl FnOnce()) -> Result<(), Failure> {
    let config = state.config()?;
    let alive = state.claim()?;
    if state.has_ended() {
        return Ok(());
    }
    let mut console = open_console(state, &config)?;
    let cgroups = Cgroups::of(&config)?;
    let process = state.process()?.zip(state.living_process()?);
    ready();
    let ending = match &process {
        None => Ending::Unknown,
        Some((first, process)) => {
            wait(process, &mut console, signals)?;
            ending_of_stranger(process, *first)
        }
    };
    settle(state, console, &cgroups, ending)?;
    drop(alive);
    Ok(())
}

/// Its parent will reap it at some moment. Before, its corpse tells how it ended; afterwards newer kernels do.
fn ending_of_stranger(process: &OwnedFd, first: FirstProcess) -> Ending {
    match corpse(first) {
        Some(status) => Ending::from_wait_status(status),
        None => process::ending_of_reaped(process),
    }
}

/// Copies output and forwards signals until the process has ended. When nothing has happened for a moment the pages
/// that were needed until then are given back, and from then on it waits without a timer.
fn wait(process: &OwnedFd, console: &mut Option<Console>, signals: &OwnedFd) -> Result<(), Failure> {
    const QUIET_MS: i32 = 500;
    const FOR_EVER: i32 = -1;
    let mut patience_ms = QUIET_MS;
    loop {
        let printed = |console: &Console| descriptor::entry(console.fifo(), POLLIN);
        let mut entries = [
            descriptor::entry(process, POLLIN),
            descriptor::entry(signals, POLLIN),
            console.as_ref().map_or_else(descriptor::no_entry, printed),
        ];
        descriptor::poll(&mut entries, patience_ms).doing("wait")?;
        let [ended, signaled, printed] = entries.map(|entry| entry.revents != 0);
        patience_ms = if ended || signaled || printed { QUIET_MS } else { FOR_EVER };
        if let Some(console) = console.as_mut().filter(|_| printed) {
            console.copy();
        }
        if signaled {
            forward(process, signals)?;
        }
        if ended {
            return Ok(());
        }
        if patience_ms == FOR_EVER {
            process::forget_code();
        }
    }
}

fn forward(process: &OwnedFd, signals: &OwnedFd) -> Result<(), Failure> {
    while let Some(signal) = descriptor::read_signal(signals) {
        process::send_signal(process, signal).doing(format_args!("forward signal {signal}"))?;
    }
    Ok(())
}

/// What is left to do when everything in the container has ended: the kernel ends a PID namespace with its first
/// process.
fn settle(
    state: &State,
    mut console: Option<Console>,
    cgroups: &Cgroups,
    ending: Ending,
) -> Result<(), Failure> {
    if let Some(console) = &mut console {
        while console.copy() {}
    }
    // Recorded before the tidying: it is worth more.
    state.write_ending(ending)?;
    cgroups.remove()
}
