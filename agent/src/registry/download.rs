//! A blob into a file: going on where it broke off, and never more, less or other bytes than announced.

use super::{Registry, RegistryError};
use crate::archive::Fingerprint;
use crate::archive::document::Descriptor;
use controlplane_types::ImageReference;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Requests for one blob in one download. What was received stays on disk for the download after that.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A blob that is being written.
struct Part {
    path: PathBuf,
    file: File,
    written: u64,
    fingerprint: Fingerprint,
}

impl Registry {
    /// Fetches the blob that `descriptor` announces into `path`, which may hold its beginning already. `progress` hears of
    /// the bytes that are there. On success the file is whole, right and on disk.
    pub async fn download(
        &self,
        reference: &ImageReference,
        descriptor: &Descriptor,
        path: &Path,
        progress: impl Fn(u64),
    ) -> Result<(), RegistryError> {
        let mut part = Part::open(path.to_owned()).await?;
        let mut failure = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.runtime.sleep(FIRST_PAUSE * 2u32.pow(attempt - 1)).await;
            }
            match self.go_on(reference, descriptor, &mut part, attempt, &progress).await {
                Ok(()) => return part.file.sync_all().map_err(|error| broken(path, &error)),
                Err(error) if error.may_pass() => failure = Some(error),
                Err(error) => return Err(error),
            }
            tracing::debug!(digest = descriptor.digest, attempt, error = ?failure, "a download broke off");
        }
        Err(failure.unwrap_or_else(|| RegistryError::Malformed("nothing was fetched".to_owned())))
    }

    /// One request, to its end. Every second one goes to the next place that may have the blob.
    async fn go_on(
        &self,
        reference: &ImageReference,
        descriptor: &Descriptor,
        part: &mut Part,
        attempt: u32,
        progress: &impl Fn(u64),
    ) -> Result<(), RegistryError> {
        if part.written > descriptor.size {
            part.discard()?;
        }
        if part.written < descriptor.size {
            let place = attempt as usize / 2;
            let mut blob = match self.blob(reference, &descriptor.digest, part.written, place).await {
                // The registry has no more bytes than are here already.
                Err(RegistryError::Answer { status: 416, .. }) => {
                    part.discard()?;
                    return Err(mismatch(descriptor, "fewer bytes".to_owned()));
                }
                asked => asked?,
            };
            if blob.start == 0 && part.written > 0 {
                part.discard()?;
            }
            while let Some(piece) = blob.next().await? {
                if part.written + piece.len() as u64 > descriptor.size {
                    part.discard()?;
                    return Err(mismatch(descriptor, "more bytes".to_owned()));
                }
                part.write(&piece)?;
                progress(part.written);
            }
        }
        if part.written < descriptor.size {
            return Err(mismatch(descriptor, format!("{} bytes", part.written)));
        }
        let (found, _) = std::mem::take(&mut part.fingerprint).finish();
        if found != descriptor.digest {
            part.discard()?;
            return Err(mismatch(descriptor, found));
        }
        Ok(())
    }
}

impl RegistryError {
    /// Whether the same request may be answered otherwise a moment later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Mismatch { .. } => true,
            Self::Answer { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

impl Part {
    /// Reads what is there already: a digest has no beginning that could be kept beside the bytes.
    async fn open(path: PathBuf) -> Result<Self, RegistryError> {
        let opened = tokio::task::spawn_blocking(move || {
            let open = || {
                let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
                let mut part =
                    Self { path: path.clone(), file, written: 0, fingerprint: Fingerprint::default() };
                part.read_over()?;
                Ok(part)
            };
            open().map_err(|error| broken(&path, &error))
        });
        opened.await.unwrap_or_else(|_| Err(RegistryError::Settings("the task broke off".to_owned())))
    }

    fn read_over(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.file.read(&mut buffer)? {
                0 => return Ok(()),
                n => {
                    self.fingerprint.update(&buffer[..n]);
                    self.written += n as u64;
                }
            }
        }
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), RegistryError> {
        self.file.write_all(piece).map_err(|error| broken(&self.path, &error))?;
        self.fingerprint.update(piece);
        self.written += piece.len() as u64;
        Ok(())
    }

    fn discard(&mut self) -> Result<(), RegistryError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| broken(&self.path, &error))?;
        self.fingerprint = Fingerprint::default();
        self.written = 0;
        Ok(())
    }
}

fn broken(path: &Path, error: &io::Error) -> RegistryError {
    RegistryError::Settings(format!("{}: {error}", path.display()))
}

fn mismatch(descriptor: &Descriptor, found: String) -> RegistryError {
    let announced = format!("{} of {} bytes", descriptor.digest, descriptor.size);
    RegistryError::Mismatch { what: "layer".to_owned(), announced, found }
}
