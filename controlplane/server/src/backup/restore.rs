//! The way back: from a file to a data folder that a server starts from.
//!
//! There is one moment at which the restore happens, the renaming of the finished folder. Whatever ends the restore
//! before it leaves `DIR.restoring` and no `DIR`; a server started then refuses, because the operator believes that his
//! records are back and an empty region would answer instead. Repeating the restore removes what was left and begins
//! anew. Whatever ends it after that moment leaves a restored folder.

use super::file::{FileError, Reader, beside, sync_folder_of, verify};
use super::format::{Frame, Header, RecordBytes};
use super::lineage::Lineage;
use crate::writer::CLUSTER_VERSION;
use controlplane_raft::{
    Batch, BatchId, CLUSTER_ID_KEY, Change, Config, Leadership, NodeId, ProposeError, RaftNode, Start,
    StartError, Stopped, Store, StoreError, Stores, Timing, TonicTransport,
};
use controlplane_types::{Runtime, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Batches on their way to the disk at once.
const PIPELINE: usize = 4;
/// How long the stores may take to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(30);
const CLOSE_PAUSE: Duration = Duration::from_millis(5);

/// What is to be restored where.
#[derive(Clone, Debug)]
pub struct Restore {
    /// The snapshot.
    pub file: PathBuf,
    /// The server's data folder, which must be empty or absent.
    pub dir: PathBuf,
    /// The server's number.
    pub id: NodeId,
    /// Its gRPC address.
    pub address: String,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the file says of itself.
    pub header: Header,
    /// The new cluster.
    pub lineage: Lineage,
}

/// Why nothing was restored. The data folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is something already.
    #[error("{0} is not empty: a restore makes a new cluster and never overwrites one. Move it away first")]
    NotEmpty(PathBuf),
    /// The snapshot.
    #[error("the snapshot cannot be used")]
    File(#[from] FileError),
    /// Records in a format of the future.
    #[error(
        "the snapshot holds records of format {found}, this program knows up to {known}: use a newer one"
    )]
    Records {
        /// In the file.
        found: u32,
        /// Here.
        known: u32,
    },
    /// The folder.
    #[error("{path} cannot be written")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The stores.
    #[error("the stores cannot be written")]
    Store(#[from] StoreError),
    /// The log.
    #[error("the log does not start")]
    Start(#[from] StartError),
    /// The log.
    #[error("the records cannot be written")]
    Propose(#[from] ProposeError),
    /// The log.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Written and read do not agree.
    #[error("{written} records were written, {found} are there")]
    Incomplete {
        /// By this restore.
        written: u64,
        /// In the store.
        found: u64,
    },
    /// The stores are still in use.
    #[error("the stores do not close")]
    Busy,
}

/// A restore that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a restore into {dir} was interrupted: repeat `hearth snapshot restore`, or remove {aside} to begin with an empty region"
)]
pub struct Unfinished {
    /// The server's data folder.
    pub dir: PathBuf,
    /// What the restore left.
    pub aside: PathBuf,
}

/// Refuses a data folder whose restore was interrupted.
pub fn refuse_unfinished(dir: &Path) -> Result<(), Unfinished> {
    let aside = aside(dir);
    if aside.exists() { Err(Unfinished { dir: dir.to_owned(), aside }) } else { Ok(()) }
}

fn aside(dir: &Path) -> PathBuf {
    beside(dir, ".restoring")
}

/// Makes a data folder from a snapshot. The file is read twice: nothing is written before it is known to be whole.
pub async fn restore(restore: &Restore, runtime: Arc<dyn Runtime>) -> Result<Restored, RestoreError> {
    refuse_occupied(&restore.dir)?;
    let header = verify(&restore.file)?;
    if header.record_version > CLUSTER_VERSION {
        return Err(RestoreError::Records { found: header.record_version, known: CLUSTER_VERSION });
    }
    let lineage = Lineage::parse(&header.cluster).raised(runtime.now());
    let aside = aside(&restore.dir);
    clear(&aside)?;
    let filled = fill_folder(restore, &lineage, &aside, runtime).await;
    let named = filled.and_then(|()| name(&aside, &restore.dir));
    if let Err(error) = named {
        // The failure is told; a folder that stays only makes the server say so again.
        let _ = fs::remove_dir_all(&aside);
        return Err(error);
    }
    Ok(Restored { header, lineage })
}

fn refuse_occupied(dir: &Path) -> Result<(), RestoreError> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(RestoreError::NotEmpty(dir.to_owned())),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(RestoreError::Disk { path: dir.to_owned(), source }),
    }
}

fn clear(aside: &Path) -> Result<(), RestoreError> {
    let disk = |source| RestoreError::Disk { path: aside.to_owned(), source };
    match fs::remove_dir_all(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(error)),
        _ => {}
    }
    fs::create_dir_all(aside).map_err(disk)?;
    // From here on a server knows that it must not start.
    sync_folder_of(aside).map_err(disk)
}

async fn fill_folder(
    restore: &Restore,
    lineage: &Lineage,
    aside: &Path,
    runtime: Arc<dyn Runtime>,
) -> Result<(), RestoreError> {
    let (mut reader, header) = Reader::open(&restore.file)?;
    let stores = Stores::open(aside)?;
    let open = [Arc::downgrade(&stores.log), Arc::downgrade(&stores.state)];
    let member = Member { id: restore.id, address: restore.address.clone(), lineage: lineage.clone() };
    let next = move || match reader.frame()? {
        Some(Frame::Records(records)) => Ok(Some(records)),
        _ => Ok(None),
    };
    member.fill(stores, header.now, next, runtime.clone()).await?;
    wait_closed(&open, &*runtime).await
}

/// The one moment: before it there is no restored folder, after it there is.
fn name(aside: &Path, dir: &Path) -> Result<(), RestoreError> {
    let write = || {
        File::open(aside)?.sync_all()?;
        fs::rename(aside, dir)?;
        sync_folder_of(dir)
    };
    write().map_err(|source| RestoreError::Disk { path: dir.to_owned(), source })
}

/// Tasks of the log let go of the stores one after another; a folder is renamed only when nobody writes into it.
async fn wait_closed(stores: &[Weak<dyn Store>], runtime: &dyn Runtime) -> Result<(), RestoreError> {
    let deadline = runtime.monotonic() + CLOSE_WITHIN;
    while stores.iter().any(|store| store.strong_count() > 0) {
        if runtime.monotonic() > deadline {
            return Err(RestoreError::Busy);
        }
        runtime.sleep(CLOSE_PAUSE).await;
    }
    Ok(())
}

/// The first and only member of the restored cluster.
pub(super) struct Member {
    pub(super) id: NodeId,
    pub(super) address: String,
    pub(super) lineage: Lineage,
}

impl Member {
    /// Founds the cluster on empty stores, writes every record `next` gives, and makes them durable.
    pub(super) async fn fill(
        &self,
        stores: Stores,
        now: Timestamp,
        mut next: impl FnMut() -> Result<Option<Vec<RecordBytes>>, FileError>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<(), RestoreError> {
        let transport = TonicTransport::new(None, runtime.clone());
        let node = RaftNode::start(self.config(), runtime, stores, transport).await?;
        let mut writing = Writing::begin(&node, now).await?;
        while let Some(records) = next()? {
            writing.write(records.into_iter().map(|record| self.rename(record)).collect()).await?;
        }
        let written = writing.finish().await?;
        let (_, found) = node.image().await?.survey().await?;
        node.snapshot().await?;
        node.shutdown().await;
        if found == written { Ok(()) } else { Err(RestoreError::Incomplete { written, found }) }
    }

    /// The log of so many records is not kept: what is applied is flushed and forgotten.
    fn config(&self) -> Config {
        let timing = Timing { entries_per_snapshot: 256, entries_kept: 0, ..Timing::default() };
        Config {
            id: self.id,
            address: self.address.clone(),
            cluster: self.lineage.to_string(),
            start: Start::Found(BTreeMap::from([(self.id, self.address.clone())])),
            timing,
        }
    }

    /// The one record that is not the same afterwards: the cluster's name.
    fn rename(&self, (key, value): RecordBytes) -> RecordBytes {
        let value = if key == CLUSTER_ID_KEY { self.lineage.to_string().into_bytes() } else { value };
        (key, value)
    }
}

/// Proposes one batch after another.
struct Writing<'n> {
    node: &'n RaftNode,
    term: u64,
    now: Timestamp,
    last: BatchId,
    written: u64,
    in_flight: VecDeque<controlplane_raft::Proposal>,
}

impl<'n> Writing<'n> {
    async fn begin(node: &'n RaftNode, now: Timestamp) -> Result<Self, RestoreError> {
        let mut leadership = node.leadership();
        let leads = |it: &Leadership| matches!(it, Leadership::Leader { .. } | Leadership::Stopped);
        let found = *leadership.wait_for(leads).await.map_err(|_| Stopped)?;
        let Leadership::Leader { term, .. } = found else { return Err(Stopped.into()) };
        Ok(Self { node, term, now, last: BatchId::default(), written: 0, in_flight: VecDeque::new() })
    }

    async fn write(&mut self, records: Vec<RecordBytes>) -> Result<(), RestoreError> {
        self.written += records.len() as u64;
        let change = |(key, value)| Change { key, value: Some(value) };
        let changes = records.into_iter().map(change).collect();
        let batch = Batch { term: self.term, previous: self.last, now: self.now, changes };
        self.last = batch.id();
        self.in_flight.push_back(self.node.propose(batch));
        match self.in_flight.len() > PIPELINE {
            true => self.wait_oldest().await,
            false => Ok(()),
        }
    }

    async fn wait_oldest(&mut self) -> Result<(), RestoreError> {
        if let Some(oldest) = self.in_flight.pop_front() {
            oldest.await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<u64, RestoreError> {
        while !self.in_flight.is_empty() {
            self.wait_oldest().await?;
        }
        Ok(self.written)
    }
}
