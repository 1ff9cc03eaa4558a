//! The container's side of a start: from the first instruction in new namespaces to the program itself.
//!
//! Nothing here may return to the supervisor's code. What fails is sent to the supervisor over a socket that closes
//! when the program starts: the end of the stream without a message means success.

use crate::config::Config;
use crate::failure::{Doing, Failure, NO_SUCH_COMMAND, NOT_EXECUTABLE};
use crate::sys::{descriptor, process};
use crate::{cgroup, lockdown, root};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::fchown;
use std::path::{Path, PathBuf};

/// What the supervisor's side opened before the two parted.
pub(crate) struct Prepared {
    /// A network namespace to join.
    pub(crate) network: Option<File>,
    /// What the program's output goes into; else into the supervisor's own.
    pub(crate) output: Option<OwnedFd>,
    /// Where the overlay is mounted.
    pub(crate) mount_point: PathBuf,
    /// The control groups, to be joined.
    pub(crate) groups: Vec<File>,
}

/// Sets everything up, waits for the supervisor's word and becomes the program.
pub(crate) fn run(config: &Config, prepared: Prepared, supervisor: &OwnedFd) -> ! {
    let failure = match furnish(config, &prepared).and_then(|()| wait_for_word(supervisor)) {
        Err(failure) => failure,
        Ok(()) => match finish(config, prepared) {
            Err(failure) => failure,
            Ok(()) => become_command(config, &config.command, &[]),
        },
    };
    report(supervisor, &failure)
}

/// Sends a failure to the supervisor and ends.
pub(crate) fn report(supervisor: impl AsFd, failure: &Failure) -> ! {
    // The supervisor may be gone, and then nobody is left to tell.
    let _ = descriptor::write(supervisor, &failure.to_bytes());
    process::exit_now(i32::from(failure.code))
}

/// What can be done while the supervisor puts the first process on record.
fn furnish(config: &Config, prepared: &Prepared) -> Result<(), Failure> {
    process::new_session().doing("start a session")?;
    if let Some(network) = &prepared.network {
        process::enter(network, libc::CLONE_NEWNET).doing("join the network namespace")?;
    }
    process::set_umask(0);
    root::enter(config, &prepared.mount_point)?;
    let name = config.hostname.as_deref().unwrap_or(&config.id);
    process::set_host_name(name).doing("set the host name")
}

/// The word means: the first process is on record.
fn wait_for_word(supervisor: &OwnedFd) -> Result<(), Failure> {
    match descriptor::read(supervisor, &mut [0]) {
        Ok(1) => Ok(()),
        _ => Err(Failure::new("the supervisor died")),
    }
}

fn finish(config: &Config, prepared: Prepared) -> Result<(), Failure> {
    cgroup::join(prepared.groups)?;
    // Only now: the namespace shows the groups joined so far as its root.
    process::unshare(libc::CLONE_NEWCGROUP).doing("enter a cgroup namespace")?;
    if let Some(output) = prepared.output {
        // Programs open `/dev/stdout` again, as the user they run as.
        if config.uid != 0 {
            fchown(&output, Some(config.uid), None).doing("hand over output")?;
        }
        let silence = File::open("/dev/null").doing("open /dev/null")?;
        descriptor::place(silence, 0).doing("connect input")?;
        descriptor::place(&output, 1).doing("connect output")?;
        descriptor::place(&output, 2).doing("connect errors")?;
    }
    enter_working_directory(&config.cwd)
}

/// Goes there and makes sure that it is inside the root. Made if it is missing, as images expect.
fn enter_working_directory(path: &str) -> Result<(), Failure> {
    let what = format!("enter cwd {path}");
    fs::create_dir_all(path).doing(&what)?;
    std::env::set_current_dir(path).doing(&what)?;
    std::env::current_dir().doing(what).map(drop)
}

/// Gives up privileges and becomes `command`; returns why that failed. `extra` comes before the configured
/// environment's own entries of the same name.
pub(crate) fn become_command(config: &Config, command: &[String], extra: &[&str]) -> Failure {
    if let Err(failure) = lockdown::apply(config) {
        return failure;
    }
    let environment = environment(config, extra);
    let Some(name) = command.first() else {
        return Failure::new("command: missing");
    };
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for path in candidates(name, &environment) {
        let error = process::execute(&path, command, &environment);
        if error.kind() != io::ErrorKind::NotFound {
            failure = error;
        }
    }
    let code = if failure.kind() == io::ErrorKind::NotFound { NO_SUCH_COMMAND } else { NOT_EXECUTABLE };
    Failure { code, text: format!("cannot execute {name}: {failure}") }
}

/// The configured environment, `extra`, and what every program needs unless it is configured.
fn environment(config: &Config, extra: &[&str]) -> Vec<String> {
    const ALWAYS: [&str; 2] =
        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];
    let mut environment: Vec<String> = extra.iter().map(|&entry| entry.to_owned()).collect();
    let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_owned();
    for entry in config.environment.iter().map(String::as_str).chain(ALWAYS) {
        if !environment.iter().any(|known| name(known) == name(entry)) {
            environment.push(entry.to_owned());
        }
    }
    environment
}

/// Where a command may be: itself if it has a slash, else in each folder of PATH.
fn candidates(name: &str, environment: &[String]) -> Vec<String> {
    if name.contains('/') {
        return vec![name.to_owned()];
    }
    let path = environment.iter().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or_default();
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    folders.map(|folder| Path::new(folder).join(name).display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_environment_wins_over_defaults() {
        let config = Config { environment: vec!["PATH=/x:rel:/y".into(), "A=1".into()], ..Config::default() };
        let environment = environment(&config, &["TERM=xterm"]);
        assert_eq!(environment, ["TERM=xterm", "PATH=/x:rel:/y", "A=1", "HOME=/root"]);
        assert_eq!(candidates("sh", &environment), ["/x/sh", "/y/sh"]);
        assert_eq!(candidates("./sh", &environment), ["./sh"]);
    }
}
