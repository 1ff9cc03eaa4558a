//! Snapshots as files: written aside and renamed when they are whole, read with every check.
//!
//! A snapshot holds every secret of the region (access keys, key material), so nobody but its owner may read it.

use super::format::{Decoder, FormatError, Frame, Header};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Read from disk at once.
const READ_BYTES: usize = 256 << 10;
/// For its owner only.
const MODE: u32 = 0o600;

/// Why a snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk.
    #[error("{path}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content.
    #[error("{path}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
}

/// A snapshot on its way into a file.
pub struct Incoming {
    path: PathBuf,
    part: PathBuf,
    file: File,
    decoder: Decoder,
    header: Option<Header>,
}

impl Incoming {
    /// Begins beside `path`, which stays as it is.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let part = beside(path, ".part");
        let disk = |source| FileError::Disk { path: part.clone(), source };
        // What an interrupted save left may have been made with another mode.
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(error)),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&part).map_err(disk)?;
        Ok(Self { path: path.to_owned(), part, file, decoder: Decoder::new(), header: None })
    }

    /// The next bytes. They are checked before they count.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.take().map_err(|source| self.format(source))? {
            if let Frame::Header(header) = frame {
                self.header = Some(header);
            }
        }
        self.file.write_all(bytes).map_err(|source| self.disk(source))
    }

    /// Makes the file durable under its name, if it is whole.
    pub fn finish(self) -> Result<Header, FileError> {
        self.decoder.finish().map_err(|source| self.format(source))?;
        let header = self.header.clone().ok_or_else(|| self.format(FormatError::Cut(0)))?;
        self.file.sync_all().map_err(|source| self.disk(source))?;
        fs::rename(&self.part, &self.path).map_err(|source| self.disk(source))?;
        sync_folder_of(&self.path).map_err(|source| self.disk(source))?;
        Ok(header)
    }

    fn format(&self, source: FormatError) -> FileError {
        FileError::Format { path: self.path.clone(), source }
    }

    fn disk(&self, source: io::Error) -> FileError {
        FileError::Disk { path: self.path.clone(), source }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Gone already when it was finished; a part that stays is replaced by the next save.
        let _ = fs::remove_file(&self.part);
    }
}

/// A snapshot file being read, frame by frame.
pub struct Reader {
    path: PathBuf,
    file: File,
    decoder: Decoder,
    over: bool,
}

impl Reader {
    /// Opens a file and reads its header.
    pub fn open(path: &Path) -> Result<(Self, Header), FileError> {
        let file = File::open(path).map_err(|source| FileError::Disk { path: path.to_owned(), source })?;
        let mut reader = Self { path: path.to_owned(), file, decoder: Decoder::new(), over: false };
        match reader.frame()? {
            Some(Frame::Header(header)) => Ok((reader, header)),
            // The decoder gives a header first or fails.
            _ => Err(reader.format(FormatError::NotASnapshot)),
        }
    }

    /// The next frame; `None` after the end, behind which nothing may lie.
    pub fn frame(&mut self) -> Result<Option<Frame>, FileError> {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let frame = if self.over { None } else { self.decoder.take().map_err(|it| self.format(it))? };
            if let Some(frame) = frame {
                self.over = frame == Frame::End;
                return Ok(Some(frame));
            }
            let count = self
                .file
                .read(&mut buffer)
                .map_err(|source| FileError::Disk { path: self.path.clone(), source })?;
            if count == 0 {
                return self.decoder.finish().map(|()| None).map_err(|source| self.format(source));
            }
            self.decoder.push(&buffer[..count]);
        }
    }

    fn format(&self, source: FormatError) -> FileError {
        FileError::Format { path: self.path.clone(), source }
    }
}

/// Reads a whole file with every check.
pub fn verify(path: &Path) -> Result<Header, FileError> {
    let (mut reader, header) = Reader::open(path)?;
    while reader.frame()?.is_some() {}
    Ok(header)
}

/// A neighbour of `path` whose name ends with `ending`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Makes the names in the folder that holds `path` durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
