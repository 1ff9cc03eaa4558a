//! Records as files: `<name>`, and `<name>.previous` before it.
//!
//! ```text
//! "HRTHLDGR"  format version u32 LE  length u64 LE  SHA-256 of the record  record
//! ```

use super::{LedgerError, LedgerStore};
use aws_lc_rs::digest::{SHA256, digest};
use controlplane_types::BoxFuture;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::warn;

const MAGIC: &[u8; 8] = b"HRTHLDGR";
const FORMAT: u32 = 1;
const HEADER: usize = 8 + 4 + 8 + 32;

/// A folder of records, used by one agent at a time.
pub struct FileStore {
    folder: Arc<Folder>,
}

struct Folder {
    path: PathBuf,
    /// Held for the lock on it, which ends with the process, however that ends.
    _lock: File,
    /// One write at a time: two would share the file they write beside.
    writing: Mutex<()>,
}

impl FileStore {
    /// Opens (or creates) `path` and locks it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LedgerError> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(failed("create", &path))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(failed("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(LedgerError::InUse { path }),
            Err(fs::TryLockError::Error(source)) => return Err(failed("lock", &lock_path)(source)),
        }
        Ok(Self { folder: Arc::new(Folder { path, _lock: lock, writing: Mutex::default() }) })
    }
}

impl LedgerStore for FileStore {
    fn load(&self, name: &'static str) -> Result<Option<Vec<u8>>, LedgerError> {
        let newest = self.folder.path.join(name);
        let reason = match read(&newest)? {
            Read::Whole(record) => return Ok(Some(record)),
            Read::Absent => None,
            Read::Damaged(reason) => Some(reason),
        };
        match (read(&previous(&newest))?, reason) {
            (Read::Whole(record), reason) => {
                warn!(file = %newest.display(), ?reason, "ledger record lost; the one before it is used");
                Ok(Some(record))
            }
            (Read::Absent, None) => Ok(None),
            (Read::Absent | Read::Damaged(_), Some(reason)) => {
                Err(LedgerError::Damaged { path: newest, reason })
            }
            (Read::Damaged(reason), None) => Err(LedgerError::Damaged { path: previous(&newest), reason }),
        }
    }

    fn save(&self, name: &'static str, record: Vec<u8>) -> BoxFuture<Result<(), LedgerError>> {
        let folder = self.folder.clone();
        Box::pin(async move {
            let path = folder.path.join(name);
            // A sync takes as long as the disk likes; it must not hold a thread that serves other tasks.
            let written = tokio::task::spawn_blocking(move || folder.replace(name, &record)).await;
            written.unwrap_or_else(|lost| Err(failed("write", &path)(io::Error::other(lost))))
        })
    }
}

impl Folder {
    fn replace(&self, name: &str, record: &[u8]) -> Result<(), LedgerError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let target = self.path.join(name);
        let beside = target.with_extension("new");
        write_synced(&beside, record).map_err(failed("write", &beside))?;
        keep_previous(&target).map_err(failed("keep a copy of", &target))?;
        fs::rename(&beside, &target).map_err(failed("replace", &target))?;
        sync_folder(&self.path).map_err(failed("sync", &self.path))
    }
}

enum Read {
    Absent,
    Whole(Vec<u8>),
    Damaged(String),
}

fn read(path: &Path) -> Result<Read, LedgerError> {
    match fs::read(path) {
        Ok(bytes) => Ok(unframe(&bytes).map_or_else(Read::Damaged, Read::Whole)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Read::Absent),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn frame(record: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + record.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&(record.len() as u64).to_le_bytes());
    bytes.extend_from_slice(digest(&SHA256, record).as_ref());
    bytes.extend_from_slice(record);
    bytes
}

fn unframe(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (header, record) = bytes.split_at_checked(HEADER).ok_or("shorter than its header")?;
    if &header[..8] != MAGIC {
        return Err("not a ledger record".to_owned());
    }
    if header[8..12] != FORMAT.to_le_bytes() {
        return Err("of a format this version does not know".to_owned());
    }
    if header[12..20] != (record.len() as u64).to_le_bytes() {
        return Err("cut short or too long".to_owned());
    }
    if &header[20..] != digest(&SHA256, record).as_ref() {
        return Err("wrong checksum".to_owned());
    }
    Ok(record.to_vec())
}

fn previous(target: &Path) -> PathBuf {
    target.with_extension("previous")
}

/// A link and not a rename: at every moment the target exists.
fn keep_previous(target: &Path) -> io::Result<()> {
    let previous = previous(target);
    let absent_is_fine = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    if !target.exists() {
        return Ok(());
    }
    absent_is_fine(fs::remove_file(&previous))?;
    fs::hard_link(target, &previous)
}

fn write_synced(path: &Path, record: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&frame(record))?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LedgerError {
    let path = path.to_owned();
    move |source| LedgerError::Io { action, path, source }
}
