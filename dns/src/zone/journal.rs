//! The zones on disk: one file of checksummed frames, a snapshot first, then the deltas since.
//!
//! The server starts from it and answers without any control plane. A delta is appended and synced before its
//! generation is acknowledged, so "every server has it" survives the server. A torn tail (the machine died while
//! appending) is cut; damage before the end, or a snapshot that cannot be read, means starting empty and asking the
//! feed for everything: this file is a copy, never the truth. When the deltas outgrow the snapshot the file is
//! written anew aside and renamed.

use super::{FeedError, Store};
use controlplane_proto::dns::FeedMessage;
use prost::Message;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"hearthz1";
/// Length and checksum in front of every frame.
const HEADER: usize = 8;
/// No frame is larger; a length beyond it is damage.
const MAX_FRAME: usize = 1 << 30;
/// Deltas may grow to this size before their sum is compared with the snapshot's.
const SLACK: u64 = 1 << 20;

/// Why the file cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {path}")]
pub struct JournalError {
    action: &'static str,
    path: String,
    #[source]
    source: io::Error,
}

/// The open file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// `None` until a snapshot is written, and again after a failed write: only a whole new file may follow.
    file: Option<File>,
    snapshot_len: u64,
    len: u64,
}

impl Journal {
    /// Opens the file in `folder` and reads what it holds; an unreadable file counts as empty, and says so in the
    /// log.
    pub fn open(folder: &Path) -> Result<(Self, Store), JournalError> {
        let path = folder.join("zones");
        let mut journal = Self { path, file: None, snapshot_len: 0, len: 0 };
        let mut octets = Vec::new();
        match std::fs::read(&journal.path) {
            Ok(kept) => octets = kept,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(journal.error("read", error)),
        }
        let replay = Replay::new(&octets);
        if replay.valid_len < octets.len() as u64 {
            tracing::warn!(path = %journal.path.display(), kept = replay.valid_len, "zones: damaged end cut off");
        }
        if replay.snapshot_len > 0 {
            journal.continue_at(&replay)?;
        }
        Ok((journal, replay.store))
    }

    fn continue_at(&mut self, replay: &Replay) -> Result<(), JournalError> {
        let mut file =
            OpenOptions::new().write(true).open(&self.path).map_err(|error| self.error("open", error))?;
        keep_private(&file).map_err(|error| self.error("keep others from", error))?;
        file.set_len(replay.valid_len).map_err(|error| self.error("cut", error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| self.error("seek in", error))?;
        (self.snapshot_len, self.len) = (replay.snapshot_len, replay.valid_len);
        self.file = Some(file);
        Ok(())
    }

    /// Keeps `message`; `whole` gives everything up to and including it. Returns only when it is on disk.
    pub fn keep(
        &mut self,
        message: &FeedMessage,
        whole: impl FnOnce() -> FeedMessage,
    ) -> Result<(), JournalError> {
        let deltas = self.len - self.snapshot_len;
        let rewrite = message.base == 0 || self.file.is_none() || deltas > self.snapshot_len + SLACK;
        if rewrite { self.rewrite(&whole()) } else { self.append(message) }
    }

    fn append(&mut self, message: &FeedMessage) -> Result<(), JournalError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let octets = frame(message);
        file.write_all(&octets)
            .and_then(|()| file.sync_data())
            .map_err(|error| self.error("append to", error))?;
        self.len += octets.len() as u64;
        self.file = Some(file);
        Ok(())
    }

    /// Writes everything aside, syncs, renames.
    pub fn rewrite(&mut self, whole: &FeedMessage) -> Result<(), JournalError> {
        self.file = None;
        let aside = self.path.with_extension("new");
        let mut octets = MAGIC.to_vec();
        octets.extend_from_slice(&frame(whole));
        let file = write_aside(&aside, &octets).map_err(|error| self.error("write", error))?;
        std::fs::rename(&aside, &self.path).map_err(|error| self.error("replace", error))?;
        sync_folder(&self.path).map_err(|error| self.error("sync the folder of", error))?;
        (self.snapshot_len, self.len) = (octets.len() as u64, octets.len() as u64);
        self.file = Some(file);
        Ok(())
    }

    fn error(&self, action: &'static str, source: io::Error) -> JournalError {
        JournalError { action, path: self.path.display().to_string(), source }
    }
}

fn write_aside(path: &Path, octets: &[u8]) -> io::Result<File> {
    let mut file = File::create(path)?;
    keep_private(&file)?;
    file.write_all(octets)?;
    file.sync_all()?;
    Ok(file)
}

/// It may hold private keys of zones.
fn keep_private(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn frame(message: &FeedMessage) -> Vec<u8> {
    let body = message.encode_to_vec();
    let mut octets = Vec::with_capacity(HEADER + body.len());
    octets.extend_from_slice(&(body.len() as u32).to_le_bytes());
    octets.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    octets.extend_from_slice(&body);
    octets
}

/// What a file holds up to its first damage.
struct Replay {
    store: Store,
    snapshot_len: u64,
    valid_len: u64,
}

impl Replay {
    fn new(octets: &[u8]) -> Self {
        let mut replay = Self { store: Store::default(), snapshot_len: 0, valid_len: 0 };
        let Some(mut rest) = octets.strip_prefix(MAGIC) else {
            return replay;
        };
        while let Some((message, after)) = take_frame(rest) {
            if let Err(error) = replay.take(&message) {
                tracing::error!(%error, "zones: a kept message does not fit the one before it");
                break;
            }
            rest = after;
            replay.valid_len = (octets.len() - rest.len()) as u64;
            if replay.snapshot_len == 0 {
                replay.snapshot_len = replay.valid_len;
            }
        }
        replay
    }

    fn take(&mut self, message: &FeedMessage) -> Result<(), FeedError> {
        let changes = self.store.apply(message)?;
        changes.refused.iter().for_each(|set| tracing::error!(set, "record set left out"));
        Ok(())
    }
}

fn take_frame(octets: &[u8]) -> Option<(FeedMessage, &[u8])> {
    let (len, rest) = octets.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok().filter(|len| *len <= MAX_FRAME)?;
    let (body, rest) = rest.split_at_checked(len)?;
    let intact = crc32fast::hash(body) == u32::from_le_bytes(*checksum);
    let message = intact.then(|| FeedMessage::decode(body).ok()).flatten()?;
    Some((message, rest))
}
