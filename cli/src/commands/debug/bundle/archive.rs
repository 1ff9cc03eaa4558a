//! The archive: everything in it has passed the redaction.

use super::Redaction;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use tar::{Builder, Header};

/// The folder everything is in.
const FOLDER: &str = "hearth-bundle";

/// A new file that only its owner reads: names and addresses are nobody else's business.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes `files`, by path.
pub(super) fn write(
    out: File,
    seconds: u64,
    files: BTreeMap<String, String>,
    redaction: &Redaction,
) -> io::Result<()> {
    let mut builder = Builder::new(GzEncoder::new(out, Compression::default()));
    for (path, text) in files {
        let text = redaction.text(&text);
        let mut header = Header::new_gnu();
        header.set_mode(0o600);
        header.set_mtime(seconds);
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, format!("{FOLDER}/{path}"), text.as_bytes())?;
    }
    builder.into_inner()?.finish()?.sync_all()
}
