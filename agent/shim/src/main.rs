//! hearth-shim: starts one container and supervises it for as long as it lives.
//!
//! One small static program per instance, in a session of its own with init as its parent: the agent that asked for
//! the instance can be killed or replaced without anybody inside noticing. The supervisor can be killed too. Nothing in
//! a container depends on it: its output waits in a FIFO that the container itself keeps open, its end is observed
//! by the next supervisor (`adopt`). What is on disk is described in [`state`], the way of a start in [`launch`].
//!
//! The standard library's own start-up is skipped (`no_main`): it costs a dozen system calls, reads
//! `/proc/self/maps` and prepares for threads, all of which this program does without.

#![cfg_attr(not(test), no_main)]

mod arguments;
mod cgroup;
mod config;
mod console;
mod detach;
mod enter;
mod failure;
mod inside;
mod launch;
mod lockdown;
mod record;
mod relay;
mod root;
mod seal;
mod seccomp;
mod state;
mod stop;
mod supervise;
mod sys;

use arguments::{Action, Arguments};
use config::Config;
use failure::{Doing, Failure};
use state::{State, code_and_signal};
use std::io::Write;
use std::path::Path;

/// Called by the C library.
#[cfg_attr(not(test), unsafe(no_mangle))]
#[allow(unsafe_code, reason = "the C library finds main by this name, and nothing else here has it")]
extern "C" fn main(_count: libc::c_int, _values: *const *const libc::c_char) -> libc::c_int {
    libc::c_int::from(end_with(sys::descriptor::close_inherited().doing("close descriptors").and_then(
        |()| {
            let arguments = arguments::parse(std::env::args().skip(1))?;
            act(arguments)
        },
    )))
}

/// The exit code; a failure is printed.
fn end_with(result: Result<u8, Failure>) -> u8 {
    result.unwrap_or_else(|failure| {
        // Without a standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "hearth-shim: {}", failure.text);
        failure.code
    })
}

fn act(Arguments { root, action }: Arguments) -> Result<u8, Failure> {
    match action {
        Action::Run { config, detach, remove } => run(&root, &config, detach, remove),
        Action::Start { id } => start(&State::of(&root, &id)),
        Action::Adopt { id } => adopt(&State::of(&root, &id)),
        Action::Stop { id, grace_ms } => stop::stop(&State::of(&root, &id), grace_ms).map(|()| 0),
        Action::Exec { id, command, terminal } => enter::run(&State::of(&root, &id), &command, terminal),
        Action::Remove { id, force } => stop::remove(&State::of(&root, &id), force).map(|()| 0),
        Action::Help => print(arguments::HELP),
        Action::Version => print(concat!("hearth-shim ", env!("CARGO_PKG_VERSION"), "\n")),
    }
}

fn print(text: &str) -> Result<u8, Failure> {
    std::io::stdout().write_all(text.as_bytes()).doing("print")?;
    Ok(0)
}

fn run(root: &Path, config: &Config, detach: bool, remove: bool) -> Result<u8, Failure> {
    seal::ensure()?;
    let state = State::of(root, &config.id);
    state.create(config)?;
    if !detach {
        return live(&state, config, remove, || ());
    }
    detach::detached(|ready| live(&state, config, remove, || ready.signal()).map(drop))?;
    Ok(0)
}

fn start(state: &State) -> Result<u8, Failure> {
    seal::ensure()?;
    let config = state.config()?;
    detach::detached(|ready| live(state, &config, false, || ready.signal()).map(drop))?;
    Ok(0)
}

fn adopt(state: &State) -> Result<u8, Failure> {
    detach::detached(|ready| {
        let signals = supervise::signals()?;
        supervise::adopt(state, &signals, || ready.signal())?;
        // Signalled twice when it had to wait, once when there was nothing to wait for: the first is heard.
        ready.signal();
        Ok(())
    })?;
    Ok(0)
}

/// A container's life from its start to its end. What cannot be started leaves nothing; what is somebody else's is
/// not touched.
fn live(state: &State, config: &Config, remove: bool, ready: impl FnOnce()) -> Result<u8, Failure> {
    let signals = supervise::signals()?;
    let alive = launch::claim(state, config)?;
    let running = match launch::launch(state, config, alive) {
        Ok(running) => running,
        Err(failure) => {
            state.remove()?;
            return Err(failure);
        }
    };
    ready();
    let ending = supervise::until_end(state, running, &signals)?;
    if remove {
        state.remove()?;
    }
    Ok(code_and_signal(ending).0 as u8)
}
