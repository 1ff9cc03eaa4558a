//! Reading what an instance printed, as it is kept and as it grows.
//!
//! The shim writes `console` and moves it to `console.1` when it is full. A reader therefore holds on to the open file
//! and not to the name: it reads a moved file to its end before it turns to the new one. Growth is noticed by looking
//! every 100 ms while somebody follows; a watch per follower would cost the kernel more than the few looks do.

use super::disk::Disk;
use crate::backend::BackendError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use tokio::sync::mpsc;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const CHUNK: usize = 16 << 10;
/// Chunks on their way to a reader that is slow.
const WINDOW: usize = 8;

/// See [`crate::backend::Backend::console`].
pub(super) fn open(
    disk: Disk,
    tail_bytes: u32,
    follow: bool,
) -> Result<mpsc::Receiver<Vec<u8>>, BackendError> {
    let files = Files::open(&disk, tail_bytes)
        .map_err(|error| BackendError::Retry(format!("{}: {error}", disk.path("console").display())))?;
    let (sender, receiver) = mpsc::channel(WINDOW);
    tokio::spawn(async move {
        // A reader that went away, or a file that cannot be read any more: either way the stream ends.
        let _ = pass_on(disk, files, follow, sender).await;
    });
    Ok(receiver)
}

/// The open files, oldest first, each positioned.
struct Files {
    older: Option<File>,
    newest: Option<File>,
}

impl Files {
    fn open(disk: &Disk, tail_bytes: u32) -> io::Result<Self> {
        let mut files = loop {
            // The newest first: if it is moved in between, it turns up again as the older one.
            let (newest, older) = (open_if_there(disk, "console")?, open_if_there(disk, "console.1")?);
            match (&newest, &older) {
                (Some(newest), Some(older)) if identity(newest)? == identity(older)? => {}
                _ => break Self { older, newest },
            }
        };
        files.skip_to_tail(u64::from(tail_bytes))?;
        Ok(files)
    }

    fn skip_to_tail(&mut self, tail_bytes: u64) -> io::Result<()> {
        if tail_bytes == 0 {
            return Ok(());
        }
        let mut left = tail_bytes;
        for file in [&mut self.newest, &mut self.older].into_iter().flatten() {
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(size.saturating_sub(left)))?;
            left = left.saturating_sub(size);
        }
        Ok(())
    }
}

fn open_if_there(disk: &Disk, name: &str) -> io::Result<Option<File>> {
    match File::open(disk.path(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let found = file.metadata()?;
    Ok((found.dev(), found.ino()))
}

/// Nobody reads any more.
struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn pass_on(disk: Disk, files: Files, follow: bool, sender: mpsc::Sender<Vec<u8>>) -> Result<(), Gone> {
    if let Some(mut older) = files.older {
        drain(&mut older, &sender).await?;
    }
    let mut newest = files.newest;
    loop {
        // Before the draining, so that what is printed in between is not missed.
        let successor = successor(&disk, newest.as_ref())?;
        if let Some(file) = &mut newest {
            drain(file, &sender).await?;
        }
        match successor {
            Some(file) => newest = Some(file),
            None if !follow || !disk.exists() => return Ok(()),
            None => tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = sender.closed() => return Err(Gone),
            },
        }
    }
}

/// The file that has taken the place of the one being read.
fn successor(disk: &Disk, current: Option<&File>) -> io::Result<Option<File>> {
    let found = open_if_there(disk, "console")?;
    match (found, current) {
        (Some(found), Some(current)) if identity(&found)? == identity(current)? => Ok(None),
        (found, _) => Ok(found),
    }
}

/// Passes on everything up to the present end.
async fn drain(file: &mut File, sender: &mpsc::Sender<Vec<u8>>) -> Result<(), Gone> {
    loop {
        let mut chunk = vec![0; CHUNK];
        let n = file.read(&mut chunk)?;
        if n == 0 {
            return Ok(());
        }
        chunk.truncate(n);
        sender.send(chunk).await.map_err(|_| Gone)?;
    }
}
