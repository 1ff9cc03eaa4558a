//! The state folder of one container, `<root>/<id>/`: all that supervisors, agents and people need to find it again.
//!
//! | file | holds |
//! |---|---|
//! | `config` | what was asked for, see [`crate::config`] |
//! | `alive` | a FIFO the supervisor holds open and locked: a reader sees its end when the supervisor dies |
//! | `process` | the first process: id and start time; there before the program runs |
//! | `console` | a FIFO: what the program prints, on its way to the log |
//! | `exit` | how it ended; there once everything of it has ended |
//! | `root` | mount point of the overlay, empty outside the container |
//!
//! A process id alone would lie after the kernel reuses it, so it always comes with the start time.

use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::record;
use crate::sys::descriptor;
use crate::sys::process::{self, Ending};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// A container's first process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstProcess {
    /// As the host sees it.
    pub(crate) pid: i32,
    /// Clock ticks from boot to its start.
    pub(crate) start: u64,
}

/// The state folder of one container.
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    /// The folder of `id` below `root`, whether it exists or not.
    pub(crate) fn of(root: &Path, id: &str) -> Self {
        Self { folder: root.join(id) }
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// True if there is such a container.
    pub(crate) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// Makes the folder for a new container.
    pub(crate) fn create(&self, config: &Config) -> Result<(), Failure> {
        let what = format!("create {}", self.folder.display());
        if let Some(parent) = self.folder.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).doing(&what)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Failure::new(format!("id: {} is in use", config.id)));
            }
            other => other.doing(what)?,
        }
        record::write(&self.path("config"), &config.to_bytes())
    }

    /// What was asked for.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        match record::read(&self.path("config"))? {
            Some(pairs) => Config::from_pairs(pairs),
            None => Err(Failure::new(format!("no container at {}", self.folder.display()))),
        }
    }

    /// Becomes the one supervisor of this container for as long as the descriptor is open.
    ///
    /// Observers take the lock for a moment to see whether it is free, hence the patience.
    pub(crate) fn claim(&self) -> Result<OwnedFd, Failure> {
        const PATIENCE: Duration = Duration::from_millis(200);
        let path = self.path("alive");
        let what = format!("claim {}", path.display());
        descriptor::make_fifo(&path, 0o600).doing(&what)?;
        let fifo = open_fifo(&path, libc::O_NONBLOCK).doing(&what)?;
        let deadline = Instant::now() + PATIENCE;
        while !descriptor::try_lock(&fifo).doing(&what)? {
            if Instant::now() > deadline {
                return Err(Failure::new(format!("cannot {what}: it has a supervisor")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(fifo)
    }

    /// Waits up to `patience_ms` for the supervisor to end; true if there is none (any more).
    pub(crate) fn supervisor_gone(&self, patience_ms: i32) -> Result<bool, Failure> {
        let what = "watch the supervisor";
        let path = self.path("alive");
        let fifo = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            other => other.doing(what)?,
        };
        // A reader that has never seen a writer gets no hang-up from poll, but the end of the stream from read.
        if matches!(descriptor::read(&fifo, &mut [0]), Ok(0)) {
            return Ok(true);
        }
        let mut entries = [descriptor::entry(&fifo, 0)];
        descriptor::poll(&mut entries, patience_ms).doing(what)?;
        Ok(entries[0].revents & libc::POLLHUP != 0)
    }

    /// The console FIFO, to be read without waiting.
    pub(crate) fn console_reader(&self) -> Result<OwnedFd, Failure> {
        let path = self.path("console");
        descriptor::make_fifo(&path, 0o600).doing("make the console")?;
        // Programs of other users open it again as `/dev/stdout`. On the host the folder around it keeps people out.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).doing("open the console to all")?;
        open_fifo(&path, libc::O_NONBLOCK).doing("open the console")
    }

    /// The console FIFO as the program gets it.
    ///
    /// It is opened for reading too, and so it always has a reader: when the supervisor is killed the program gets no
    /// SIGPIPE; its output waits in the FIFO for the next supervisor.
    pub(crate) fn console_writer(&self) -> Result<OwnedFd, Failure> {
        open_fifo(&self.path("console"), 0).doing("open the console")
    }

    /// Remembers the first process.
    pub(crate) fn write_process(&self, first: FirstProcess) -> Result<(), Failure> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let pairs = [
            ("pid", first.pid.to_string()),
            ("start", first.start.to_string()),
            ("started-ms", now.as_millis().to_string()),
            ("supervisor", std::process::id().to_string()),
        ];
        record::write(&self.path("process"), &record::encode(pairs))
    }

    /// The first process, if one was ever started.
    pub(crate) fn process(&self) -> Result<Option<FirstProcess>, Failure> {
        let Some(pairs) = record::read(&self.path("process"))? else {
            return Ok(None);
        };
        let (mut pid, mut start) = (None, None);
        for (key, value) in pairs {
            match key.as_str() {
                "pid" => pid = Some(record::number(&key, &value)?),
                "start" => start = Some(record::number(&key, &value)?),
                _ => {}
            }
        }
        match (pid, start) {
            (Some(pid), Some(start)) => Ok(Some(FirstProcess { pid, start })),
            _ => Err(Failure::new("process: pid or start missing")),
        }
    }

    /// A descriptor for the first process if it is still alive.
    pub(crate) fn living_process(&self) -> Result<Option<OwnedFd>, Failure> {
        let Some(first) = self.process()? else {
            return Ok(None);
        };
        let Ok(pidfd) = process::open_process(first.pid) else {
            return Ok(None);
        };
        // In this order: the descriptor now means one process, and the start time says whether it is ours.
        match start_time(first.pid) {
            Some(start) if start == first.start => Ok(Some(pidfd)),
            _ => Ok(None),
        }
    }

    /// True once it is recorded how the container ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.path("exit").exists()
    }

    /// Records how the container ended.
    pub(crate) fn write_ending(&self, ending: Ending) -> Result<(), Failure> {
        let (code, signal) = code_and_signal(ending);
        let pairs = [("code", code.to_string()), ("signal", signal.to_string())];
        record::write(&self.path("exit"), &record::encode(pairs))
    }

    /// Removes the folder.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.doing(format_args!("remove {}", self.folder.display())),
        }
    }
}

fn open_fifo(path: &Path, flags: i32) -> io::Result<OwnedFd> {
    // Reading and writing, so that opening does not wait for somebody at the other end.
    let file: File = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
    Ok(file.into())
}

/// Exit code as shells count (128 + signal), and the signal. An unknown ending is code -1.
pub(crate) fn code_and_signal(ending: Ending) -> (i32, i32) {
    match ending {
        Ending::Exited(code) => (code, 0),
        Ending::Signaled(signal) => (128 + signal, signal),
        Ending::Unknown => (-1, 0),
    }
}

/// Clock ticks from boot to the start of a process; `None` when it is gone or only its corpse is left.
pub(crate) fn start_time(pid: i32) -> Option<u64> {
    read_stat(pid).filter(|stat| !stat.dead).map(|stat| stat.start)
}

/// The exit status of a process that has ended and has not been reaped, as `waitpid` would report it.
pub(crate) fn corpse(process: FirstProcess) -> Option<i32> {
    read_stat(process.pid)
        .filter(|stat| stat.dead && stat.start == process.start)
        .map(|stat| stat.exit_status)
}

/// Some of `/proc/<pid>/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    dead: bool,
    start: u64,
    exit_status: i32,
}

fn read_stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The program's name (second field) may hold spaces and parentheses, so counting starts behind it.
fn parse_stat(stat: &str) -> Option<Stat> {
    const START: usize = 19;
    const EXIT_STATUS: usize = 49;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let dead = matches!(*fields.first()?, "Z" | "X");
    let exit_status = fields.get(EXIT_STATUS)?.parse().ok()?;
    Some(Stat { dead, start: fields.get(START)?.parse().ok()?, exit_status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_lines() {
        let middle: String = (1..=18).map(|n| format!(" {n}")).collect();
        let end: String = (20..=48).map(|n| format!(" {n}")).collect();
        let line = |name: &str, state: &str| format!("7 ({name}) {state}{middle} 4711{end} 9");
        for (line, dead) in [(line("sh", "S"), false), (line("a) b) c", "R"), false), (line("sh", "Z"), true)]
        {
            assert_eq!(parse_stat(&line), Some(Stat { dead, start: 4711, exit_status: 9 }), "{line}");
        }
        for line in ["7 (sh) S 1 2", ""] {
            assert_eq!(parse_stat(line), None, "{line}");
        }
        assert!(start_time(std::process::id() as i32).is_some());
    }
}
