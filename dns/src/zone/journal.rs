//! The zones on disk: one file of checksummed frames, a snapshot first, then the deltas since.
//!
//! The snapshot comes in pieces, so that neither who writes nor who reads a million record sets ever holds them all as messages:
//! what reading leaves behind in the allocator would be larger than the zones.
//!
//! The server starts from it and answers without any control plane. A delta is appended and synced before its
//! generation is acknowledged, so "every server has it" survives the server. A torn tail (the machine died while
//! appending) is cut; damage before the end, or a snapshot that cannot be read, means starting empty and asking the
//! feed for everything: this file is a copy, never the truth. When the deltas outgrow the snapshot the file is
//! written anew aside and renamed.

use super::Store;
use controlplane_proto::dns::FeedMessage;
use prost::Message;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"hearthz2";
/// Length, and checksum of length and body, in front of every frame.
const HEADER: usize = 8;
/// No frame is larger; a length beyond it is damage.
const MAX_FRAME: u32 = 1 << 30;
/// Set in the length of a frame whose snapshot goes on in the next one.
const CONTINUED: u32 = 1 << 31;
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

    /// Keeps `message`; `whole` gives everything up to and including it ([`snapshot_of`]). Returns only when it is on disk.
    pub fn keep(
        &mut self,
        message: &FeedMessage,
        whole: impl FnOnce() -> Vec<u8>,
    ) -> Result<(), JournalError> {
        let deltas = self.len - self.snapshot_len;
        let rewrite = message.base == 0 || self.file.is_none() || deltas > self.snapshot_len + SLACK;
        if rewrite { self.rewrite(&whole()) } else { self.append(message) }
    }

    fn append(&mut self, message: &FeedMessage) -> Result<(), JournalError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let octets = frame(message, false);
        file.write_all(&octets)
            .and_then(|()| file.sync_data())
            .map_err(|error| self.error("append to", error))?;
        self.len += octets.len() as u64;
        self.file = Some(file);
        Ok(())
    }

    /// Writes everything ([`snapshot_of`]) aside, syncs, renames.
    pub fn rewrite(&mut self, whole: &[u8]) -> Result<(), JournalError> {
        self.file = None;
        let aside = self.path.with_extension("new");
        let file = write_aside(&aside, whole).map_err(|error| self.error("write", error))?;
        std::fs::rename(&aside, &self.path).map_err(|error| self.error("replace", error))?;
        sync_folder(&self.path).map_err(|error| self.error("sync the folder of", error))?;
        (self.snapshot_len, self.len) = (whole.len() as u64, whole.len() as u64);
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

/// What the file begins with when this is all there is to keep.
pub fn snapshot_of(store: &Store) -> Vec<u8> {
    let mut octets = MAGIC.to_vec();
    let mut pieces = store.to_messages().peekable();
    while let Some(piece) = pieces.next() {
        octets.extend_from_slice(&frame(&piece, pieces.peek().is_some()));
    }
    octets
}

fn frame(message: &FeedMessage, continued: bool) -> Vec<u8> {
    let body = message.encode_to_vec();
    let len = (body.len() as u32 | if continued { CONTINUED } else { 0 }).to_le_bytes();
    let mut octets = Vec::with_capacity(HEADER + body.len());
    octets.extend_from_slice(&len);
    octets.extend_from_slice(&checksum(len, &body).to_le_bytes());
    octets.extend_from_slice(&body);
    octets
}

fn checksum(len: [u8; 4], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&len);
    hasher.update(body);
    hasher.finalize()
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
        while let Some((message, continued, after)) = take_frame(rest) {
            if let Err(error) = replay.store.apply(message) {
                tracing::error!(%error, "zones: a kept message does not fit the one before it");
                break;
            }
            rest = after;
            if continued {
                continue;
            }
            replay.valid_len = (octets.len() - rest.len()) as u64;
            if replay.snapshot_len == 0 {
                replay.snapshot_len = replay.valid_len;
            }
        }
        if replay.snapshot_len == 0 {
            // Part of a snapshot would deny the names of the rest.
            replay.store = Store::default();
        }
        replay
    }
}

/// The first message, whether it goes on, and what follows.
fn take_frame(octets: &[u8]) -> Option<(FeedMessage, bool, &[u8])> {
    let (header, rest) = octets.split_first_chunk::<4>()?;
    let (expected, rest) = rest.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*header);
    let body_len = Some(len & !CONTINUED).filter(|len| *len <= MAX_FRAME)?;
    let (body, rest) = rest.split_at_checked(usize::try_from(body_len).ok()?)?;
    let intact = checksum(*header, body) == u32::from_le_bytes(*expected);
    let message = intact.then(|| FeedMessage::decode(body).ok()).flatten()?;
    Some((message, len & CONTINUED != 0, rest))
}
