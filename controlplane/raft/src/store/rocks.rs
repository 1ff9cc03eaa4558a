//! The real store: RocksDB.
//!
//! A store is a folder with one sub-folder per *generation* and a file `current` naming the one in force:
//!
//! ```text
//! state/current        "2"
//! state/2/             RocksDB
//! state/3/             a replacement being received
//! state/next           "3", once it is complete; renaming this file to `current` is the swap
//! state/image-1/       a checkpoint being sent (hard links)
//! ```
//!
//! The swap is one rename, so there is no moment at which a crash leaves no content. Everything lives in one
//! column family: a batch lands in one memtable, and a memtable is flushed whole, which is what makes "records
//! and applied index are flushed together" true without a journal.
//!
//! The journal is read back in RocksDB's mode "tolerate a corrupted tail", not in its default mode, which stops
//! silently at the first damage and would drop synced entries behind it.

use super::{Durability, Image, REPAIR, Replacement, Store, StoreError, Visitor, Write, WriteBatch};
use rocksdb::checkpoint::Checkpoint;
use rocksdb::{
    DB, DBCompressionType, DBRecoveryMode, Direction, IteratorMode, LogLevel, MemtableFactory, Options,
    ReadOptions, WriteOptions,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Whether a store keeps RocksDB's write-ahead log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// A synced write is one append and one sync.
    On,
    /// Writes are durable only when flushed to a table file.
    Off,
}

/// See the module's page.
pub struct RocksStore {
    folder: PathBuf,
    journal: Journal,
    content: RwLock<Content>,
    syncs: AtomicU64,
    images: AtomicU64,
}

struct Content {
    generation: u64,
    db: Option<DB>,
}

impl RocksStore {
    /// Opens the store in `folder`, creating it when it is not there.
    pub fn open(folder: &Path, journal: Journal) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(file("create", folder))?;
        let generation = match read_number(&folder.join(CURRENT))? {
            Some(generation) => generation,
            None => {
                write_number(folder, CURRENT, 1)?;
                1
            }
        };
        let db = open_db(&folder.join(generation.to_string()), journal)?;
        // Only now: RocksDB's lock file says that no other process is using this folder.
        remove_leftovers(folder, generation)?;
        Ok(Self {
            folder: folder.to_owned(),
            journal,
            content: RwLock::new(Content { generation, db: Some(db) }),
            syncs: AtomicU64::new(0),
            images: AtomicU64::new(0),
        })
    }

    fn content(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush_db(&self, db: &DB) -> Result<(), StoreError> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        match self.journal {
            Journal::On => db.flush_wal(true).map_err(engine),
            Journal::Off => db.flush().map_err(engine),
        }
    }
}

impl Content {
    fn db(&self) -> Result<&DB, StoreError> {
        self.db.as_ref().ok_or_else(|| StoreError::Unavailable("the store failed to reopen".to_owned()))
    }
}

impl Store for RocksStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.content().db()?.get(key).map_err(engine)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        scan_db(self.content().db()?, from, to, visit)
    }

    fn write(&self, batch: WriteBatch, durability: Durability) -> Result<(), StoreError> {
        let content = self.content();
        let db = content.db()?;
        let synced = durability == Durability::Synced;
        let mut options = WriteOptions::default();
        options.disable_wal(self.journal == Journal::Off);
        options.set_sync(synced && self.journal == Journal::On);
        db.write_opt(to_rocks(&batch), &options).map_err(engine)?;
        match self.journal {
            Journal::Off if synced => self.flush_db(db),
            Journal::On if synced => {
                self.syncs.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.flush_db(self.content().db()?)
    }

    fn checkpoint(&self) -> Result<Arc<dyn Image>, StoreError> {
        let content = self.content();
        let number = self.images.fetch_add(1, Ordering::Relaxed) + 1;
        let folder = self.folder.join(format!("{IMAGE}{number}"));
        self.syncs.fetch_add(1, Ordering::Relaxed);
        // With no journal, RocksDB flushes before it links the files.
        Checkpoint::new(content.db()?)
            .and_then(|checkpoint| checkpoint.create_checkpoint(&folder))
            .map_err(engine)?;
        let db = DB::open_for_read_only(&options(Journal::Off), &folder, false).map_err(engine)?;
        Ok(Arc::new(RocksImage { folder, db: Some(db) }))
    }

    fn replacement(&self) -> Result<Box<dyn Replacement>, StoreError> {
        let generation = self.content().generation + 1;
        remove_file(&self.folder.join(NEXT))?;
        let folder = self.folder.join(generation.to_string());
        remove_folder(&folder)?;
        let mut options = options(Journal::Off);
        // It is written once, in order; a small buffer costs nothing and keeps a transfer's memory small.
        options.set_write_buffer_size(REPLACEMENT_BUFFER_BYTES);
        let db = DB::open(&options, &folder).map_err(engine)?;
        Ok(Box::new(RocksReplacement { store: self.folder.clone(), generation, db: Some(db) }))
    }

    fn adopt(&self) -> Result<bool, StoreError> {
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        let next = self.folder.join(NEXT);
        let Some(generation) = read_number(&next)? else {
            return Ok(false);
        };
        let current = self.folder.join(CURRENT);
        fs::rename(&next, &current).map_err(file("rename", &next))?;
        sync_folder(&self.folder)?;
        let old = self.folder.join(content.generation.to_string());
        content.db = None;
        content.generation = generation;
        content.db = Some(open_db(&self.folder.join(generation.to_string()), self.journal)?);
        remove_folder(&old)?;
        Ok(true)
    }

    fn discard_replacement(&self) -> Result<(), StoreError> {
        let next = self.folder.join(NEXT);
        let Some(generation) = read_number(&next)? else {
            return Ok(());
        };
        remove_file(&next)?;
        remove_folder(&self.folder.join(generation.to_string()))
    }

    fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    fn blocks(&self) -> bool {
        true
    }

    fn free_bytes(&self) -> Option<u64> {
        let found = nix::sys::statvfs::statvfs(&self.folder).ok()?;
        // The width of both numbers depends on the platform.
        Some(found.blocks_available() as u64 * found.fragment_size() as u64)
    }
}

struct RocksImage {
    folder: PathBuf,
    /// Present until the image is dropped.
    db: Option<DB>,
}

impl Image for RocksImage {
    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        match &self.db {
            Some(db) => scan_db(db, from, to, visit),
            None => Ok(()),
        }
    }
}

impl Drop for RocksImage {
    fn drop(&mut self) {
        self.db = None;
        // What cannot be removed now is removed when the store is next opened.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct RocksReplacement {
    store: PathBuf,
    generation: u64,
    /// Present until finished.
    db: Option<DB>,
}

impl Replacement for RocksReplacement {
    fn write(&mut self, batch: WriteBatch) -> Result<(), StoreError> {
        let Some(db) = &self.db else { return Ok(()) };
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        db.write_opt(to_rocks(&batch), &options).map_err(engine)
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        if let Some(db) = self.db.take() {
            db.flush().map_err(engine)?;
        }
        write_number(&self.store, NEXT, self.generation)
    }
}

impl Drop for RocksReplacement {
    fn drop(&mut self) {
        if self.db.take().is_some() {
            // Never finished. What cannot be removed now is removed when the store is next opened.
            let _ = fs::remove_dir_all(self.store.join(self.generation.to_string()));
        }
    }
}

/// Of a replacement's tables, before they are written.
const REPLACEMENT_BUFFER_BYTES: usize = 16 << 20;

const CURRENT: &str = "current";
const NEXT: &str = "next";
const IMAGE: &str = "image-";

/// Tables of the newest level before they are merged. Both stores are written all the time and read only when a server
/// starts or sends a snapshot, because records are served from memory: what many tables cost a reader does not matter,
/// what merging them writes does.
const TABLES_BEFORE_MERGE: i32 = 24;

fn options(journal: Journal) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_atomic_flush(journal == Journal::Off);
    options.set_keep_log_file_num(2);
    options.set_max_open_files(256);
    // Few tables are opened ahead; RocksDB would start sixteen threads for that at every start.
    options.set_max_file_opening_threads(1);
    options.set_level_zero_file_num_compaction_trigger(TABLES_BEFORE_MERGE);
    options.set_level_zero_slowdown_writes_trigger(2 * TABLES_BEFORE_MERGE);
    options.set_level_zero_stop_writes_trigger(3 * TABLES_BEFORE_MERGE);
    // One thread writes: nothing to gain from insertions side by side, and their arenas take memory per core.
    options.set_allow_concurrent_memtable_write(false);
    // No ticking: statistics nobody reads would wake a thread and write to the disk of an idle server.
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    options.set_log_level(LogLevel::Warn);
    if journal == Journal::Off {
        // Nobody looks for a record before the table is written, so its keys are sorted then and not as they come.
        options.set_memtable_factory(MemtableFactory::Vector);
    }
    options
}

fn open_db(folder: &Path, journal: Journal) -> Result<DB, StoreError> {
    DB::open(&options(journal), folder).map_err(|error| match error.kind() {
        // Also a table file that is gone: RocksDB calls that an input error.
        rocksdb::ErrorKind::Corruption => damaged(folder, &error),
        rocksdb::ErrorKind::IOError if error.to_string().contains("No such file") => damaged(folder, &error),
        _ => engine(error),
    })
}

/// RocksDB's text names the file.
fn damaged(folder: &Path, error: &rocksdb::Error) -> StoreError {
    StoreError::Damaged(format!(
        "{} is damaged and cannot be opened without losing data: {error}. {REPAIR}",
        folder.display()
    ))
}

fn to_rocks(batch: &WriteBatch) -> rocksdb::WriteBatch {
    let mut rocks = rocksdb::WriteBatch::default();
    for write in batch.writes() {
        match write {
            Write::Put { key, value } => rocks.put(key, value),
            Write::Delete { key } => rocks.delete(key),
            Write::DeleteRange { from, to } => rocks.delete_range(from, to),
        }
    }
    rocks
}

fn scan_db(db: &DB, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
    let mut options = ReadOptions::default();
    options.set_iterate_upper_bound(to.to_vec());
    // A scan reads each block once; keeping it would push out what is read again.
    options.fill_cache(false);
    for item in db.iterator_opt(IteratorMode::From(from, Direction::Forward), options) {
        let (key, value) = item.map_err(engine)?;
        if visit(&key, &value).is_break() {
            break;
        }
    }
    Ok(())
}

fn engine(error: rocksdb::Error) -> StoreError {
    let text = error.to_string();
    match error.kind() {
        _ if text.contains("No space left on device") => StoreError::Full(text),
        rocksdb::ErrorKind::Corruption => {
            StoreError::Damaged(format!("a table is damaged: {text}. {REPAIR}"))
        }
        _ => StoreError::Engine(text),
    }
}

fn file(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.display().to_string();
    move |source| StoreError::File { action, path: path.clone(), source }
}

fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(file("sync", folder))
}

fn read_number(path: &Path) -> Result<Option<u64>, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file("read", path)(error)),
    };
    let number = text.trim().parse();
    number.map(Some).map_err(|_| StoreError::Damaged(format!("{} does not hold a number", path.display())))
}

/// Writes a file holding `number`, so that after a crash it is either absent (or old) or complete.
fn write_number(folder: &Path, name: &str, number: u64) -> Result<(), StoreError> {
    use std::io::Write as _;
    let draft = folder.join(format!("{name}.draft"));
    let write = |mut file: File| {
        file.write_all(number.to_string().as_bytes())?;
        file.sync_all()
    };
    File::create(&draft).and_then(write).map_err(file("write", &draft))?;
    fs::rename(&draft, folder.join(name)).map_err(file("rename", &draft))?;
    sync_folder(folder)
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file("remove", path)(error)),
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes images and generations that nothing refers to. A finished replacement stays: whoever recorded the
/// intent to adopt it decides.
fn remove_leftovers(folder: &Path, generation: u64) -> Result<(), StoreError> {
    let next = read_number(&folder.join(NEXT))?;
    for entry in fs::read_dir(folder).map_err(file("list", folder))? {
        let entry = entry.map_err(file("list", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let stale_generation =
            name.parse().is_ok_and(|number: u64| number != generation && Some(number) != next);
        if stale_generation || name.starts_with(IMAGE) {
            remove_folder(&entry.path())?;
        }
    }
    Ok(())
}
