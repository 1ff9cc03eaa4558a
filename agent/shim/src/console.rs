//! What a container prints, kept in two files of bounded size.
//!
//! The program writes into a FIFO and the supervisor copies from it. Writing straight into a file was rejected:
//! `echo x >/dev/stderr` opens it again with truncation, and the history would be gone. A terminal was rejected too: when
//! the supervisor is killed the program would be hung up on, while a FIFO that the program itself keeps open for
//! reading just fills until the next supervisor empties it.
//!
//! The newest bytes are in the file itself, those before in `<file>.1`, each at most half of the bound. When a write
//! fails (a full disk) the bytes are lost and the next line that can be written says how many: output must never
//! block an instance.

use crate::failure::{Doing, Failure};
use crate::sys::descriptor;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The copying end of a console.
pub(crate) struct Console {
    fifo: OwnedFd,
    path: PathBuf,
    file: Option<File>,
    size: u64,
    half: u64,
    lost: u64,
}

impl Console {
    /// Goes on with the files of an earlier supervisor or run.
    pub(crate) fn open(fifo: OwnedFd, path: &Path, bytes: u64) -> Result<Self, Failure> {
        let what = format!("open the console log {}", path.display());
        let file = open_log(path).doing(&what)?;
        let size = file.metadata().doing(what)?.len();
        Ok(Self { fifo, path: path.to_owned(), file: Some(file), size, half: (bytes / 2).max(1), lost: 0 })
    }

    /// Becomes readable when there is something to copy.
    pub(crate) fn fifo(&self) -> BorrowedFd<'_> {
        self.fifo.as_fd()
    }

    /// Copies what is there now; true if there may be more.
    pub(crate) fn copy(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match descriptor::read(&self.fifo, &mut buffer) {
            Ok(n) if n > 0 => {
                self.keep(&buffer[..n]);
                true
            }
            _ => false,
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.size + bytes.len() as u64 > self.half {
            self.rotate();
        }
        if self.lost > 0 {
            let notice = format!("[hearth: {} bytes of output could not be kept]\n", self.lost);
            if self.append(notice.as_bytes()) {
                self.lost = 0;
            }
        }
        if !self.append(bytes) {
            self.lost += bytes.len() as u64;
        }
    }

    fn append(&mut self, bytes: &[u8]) -> bool {
        let Some(file) = &mut self.file else { return false };
        let written = file.write_all(bytes).is_ok();
        self.size += bytes.len() as u64;
        written
    }

    /// If it fails the old file goes on growing past its bound until the next attempt; that is the lesser loss.
    fn rotate(&mut self) {
        let mut older = self.path.clone().into_os_string();
        older.push(".1");
        if fs::rename(&self.path, older).is_err() {
            return;
        }
        self.file = open_log(&self.path).ok();
        self.size = 0;
    }
}

fn open_log(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;

    #[test]
    fn the_newest_bytes_stay_within_the_bound() {
        let folder = std::env::temp_dir().join(format!("hearth-shim-console-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        let path = folder.join("console");
        let (fifo, writer) = descriptor::message_pair().expect("pair");
        let mut console = Console::open(fifo, &path, 20).expect("opens");
        for line in ["first---\n", "second--\n", "third---\n"] {
            descriptor::write(&writer, line.as_bytes()).expect("writes");
            assert!(console.copy());
        }
        assert_eq!(fs::read_to_string(&path).expect("newest"), "third---\n");
        assert_eq!(fs::read_to_string(folder.join("console.1")).expect("older"), "second--\n");
        let again =
            Console::open(OwnedFd::from(File::open("/dev/null").expect("null")), &path, 20).expect("opens");
        assert_eq!(again.size, 9);
        fs::remove_dir_all(folder).expect("removed");
    }
}
