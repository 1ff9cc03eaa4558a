//! Archives of images: what is inside one, read without trusting it and without touching a file system.
//!
//! Two shapes are known. A *root file system* is a tar (plain or gzip) whose entries are the files. An *OCI layout* is
//! a plain tar with `oci-layout`, `index.json` and blobs, among them layers that are tars again. Both are told apart
//! by what they contain, never by a name.
//!
//! What the server and the command line need is [`inspect`]; unpacking is `backend::linux::image`, which walks the
//! same [`members`]. What readers get wrong: the digest of an image here is that of the archive as it was given, bytes
//! for bytes. It names what travels to the machines, not what a registry would call it.

mod compression;
pub mod document;
mod error;
mod layout;
pub mod members;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use compression::Stream;
pub use error::ArchiveError;
pub use layout::{Blob, Layout};
pub use members::{Allowance, Kind, Limits, Member};

use aws_lc_rs::digest;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What an archive turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// `sha256:` and 64 hexadecimal digits, of the archive's bytes.
    pub digest: String,
    /// Bytes of the archive.
    pub size: u64,
    /// First process; empty if the archive does not say (a plain root file system).
    pub command: Vec<String>,
    /// Environment, `KEY=value`.
    pub environment: Vec<String>,
    /// Working directory; empty if the archive does not say.
    pub working_directory: String,
}

/// The inside of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The files themselves.
    RootFileSystem,
    /// Layers and a configuration.
    Layout(Layout),
}

/// Reads an archive to its end and says what it is. Nothing is unpacked; a damaged or hostile archive is an error.
pub fn inspect(path: &Path) -> Result<Inspection, ArchiveError> {
    let mut file = File::open(path)?;
    let contents = open(&mut file)?;
    let (digest, size) = fingerprint(&mut file)?;
    let layout = match contents {
        Contents::RootFileSystem => Layout::default(),
        Contents::Layout(layout) => layout,
    };
    Ok(Inspection {
        digest,
        size,
        command: layout.command,
        environment: layout.environment,
        working_directory: layout.working_directory,
    })
}

/// Finds out what an archive contains, and that every entry can be read.
pub fn open(file: &mut File) -> Result<Contents, ArchiveError> {
    match layout::read(file)? {
        Some(layout) => Ok(Contents::Layout(layout)),
        None => Ok(Contents::RootFileSystem),
    }
}

/// Digest and size of everything from the start of `source`.
pub fn fingerprint(source: &mut (impl Read + Seek)) -> Result<(String, u64), ArchiveError> {
    source.seek(SeekFrom::Start(0))?;
    let mut hasher = Fingerprint::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// A digest and a size in the making.
pub struct Fingerprint {
    digest: digest::Context,
    size: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { digest: digest::Context::new(&digest::SHA256), size: 0 }
    }
}

impl Fingerprint {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> String {
        let mut whole = Self::default();
        whole.update(bytes);
        whole.finish().0
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// `sha256:...` and the number of bytes.
    pub fn finish(self) -> (String, u64) {
        let hex: String = self.digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("sha256:{hex}"), self.size)
    }
}
