//! The control plane's servers as this DNS server knows them, kept beside the zones: one address per line.
//!
//! Losing the file loses little (the given addresses remain), so a file that cannot be written is told and not waited for.

use controlplane_proto::cluster::Servers;
use controlplane_proto::directory::Directory;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE: &str = "servers";

/// What is known, and the file it is kept in.
pub(super) struct KnownServers {
    directory: Mutex<Directory>,
    file: PathBuf,
}

impl KnownServers {
    /// `given`, and what an earlier life left in `folder`.
    pub(super) fn load(given: Vec<String>, folder: &Path) -> Self {
        let file = folder.join(FILE);
        let kept = match std::fs::read_to_string(&file) {
            Ok(text) => text.lines().map(str::to_owned).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "the kept servers cannot be read");
                Vec::new()
            }
        };
        Self { directory: Mutex::new(Directory::new(given, kept)), file }
    }

    pub(super) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, servers: &Servers) {
        let mut directory = self.directory();
        if !directory.learn(servers) {
            return;
        }
        if let Err(error) = write(&self.file, &directory.known().join("\n")) {
            tracing::warn!(file = %self.file.display(), %error, "the servers are known but not kept");
        }
    }
}

/// Beside and renamed, so that no half list is ever found.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = std::fs::File::create(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}
