//! A store in memory that fails like a disk does, from a seed.

use super::{Durability, Image, Replacement, Store, StoreError, Visitor, Write, WriteBatch};
use crate::runtime::sim::Random;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type Content = BTreeMap<Vec<u8>, Vec<u8>>;

/// What goes wrong. Nothing does by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The content may not grow beyond this many bytes.
    pub capacity_bytes: Option<usize>,
    /// Every write fails.
    pub failing: bool,
    /// Each write waits for a duration drawn from this range.
    pub delay: Option<Range<Duration>>,
}

/// Cuts the power of several disks at once, before one of the steps that would have changed any of them: whoever tries
/// every step has seen every crash point.
#[derive(Clone)]
pub struct Fuse(Arc<FuseState>);

struct FuseState {
    /// Steps to come, the one that does not happen included.
    left: AtomicU64,
    disks: Vec<FaultyDisk>,
}

impl Fuse {
    /// Lets `steps` steps of `disks` happen and cuts the power before the next one.
    pub fn new(disks: &[&FaultyDisk], steps: u64) -> Self {
        let state = FuseState {
            left: AtomicU64::new(steps.saturating_add(1)),
            disks: disks.iter().map(|disk| (*disk).clone()).collect(),
        };
        let fuse = Self(Arc::new(state));
        fuse.0.disks.iter().for_each(|disk| disk.lock().fuse = Some(fuse.clone()));
        fuse
    }

    /// Whether the power was cut.
    pub fn is_blown(&self) -> bool {
        self.0.left.load(Ordering::Relaxed) == 0
    }

    /// Takes the fuse out: what happens from now on happens.
    pub fn remove(&self) {
        self.0.disks.iter().for_each(|disk| disk.lock().fuse = None);
    }

    fn burn(&self) {
        let burn = |left: u64| left.checked_sub(1);
        if self.0.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, burn) == Ok(1) {
            self.0.disks.iter().for_each(FaultyDisk::power_cut);
        }
    }
}

/// The disk itself. It outlives the [`FaultyStore`]s opened on it, as a disk outlives processes.
#[derive(Clone)]
pub struct FaultyDisk {
    platter: Arc<Mutex<Platter>>,
}

struct Platter {
    /// What a reader sees.
    content: Content,
    /// What a power cut leaves at least.
    durable: Content,
    /// The difference between the two, oldest first.
    unsynced: Vec<WriteBatch>,
    /// A finished replacement.
    next: Option<Content>,
    faults: Faults,
    random: Random,
    syncs: u64,
    /// Raised by a power cut; stores opened before it are cut off.
    boot: u64,
    fuse: Option<Fuse>,
}

impl FaultyDisk {
    /// An empty disk. What it loses and how slow it is comes from `seed`.
    pub fn new(seed: u64) -> Self {
        let platter = Platter {
            content: Content::new(),
            durable: Content::new(),
            unsynced: Vec::new(),
            next: None,
            faults: Faults::default(),
            random: Random::new(seed),
            syncs: 0,
            boot: 0,
            fuse: None,
        };
        Self { platter: Arc::new(Mutex::new(platter)) }
    }

    fn lock(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_since(&self, boot: u64) -> Result<MutexGuard<'_, Platter>, StoreError> {
        let platter = self.lock();
        match platter.boot == boot {
            true => Ok(platter),
            false => Err(StoreError::Unavailable("the power was cut (injected)".to_owned())),
        }
    }

    /// Before every step that changes something.
    fn burn_fuse(&self) {
        let fuse = self.lock().fuse.clone();
        if let Some(fuse) = fuse {
            fuse.burn();
        }
    }

    /// Opens the store on this disk.
    pub fn open(&self) -> Arc<FaultyStore> {
        Arc::new(FaultyStore { disk: self.clone(), boot: self.lock().boot })
    }

    /// Changes what goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Cuts the power: synced writes stay, of the others the seed keeps a prefix. Stores opened earlier fail
    /// from now on; [`open`](Self::open) the disk again.
    pub fn power_cut(&self) {
        let mut platter = self.lock();
        platter.boot += 1;
        let unsynced = std::mem::take(&mut platter.unsynced);
        let kept = platter.random.below(unsynced.len() as u64 + 1) as usize;
        for batch in &unsynced[..kept] {
            carry_out(&mut platter.durable, batch);
        }
        platter.content = platter.durable.clone();
    }

    /// Whether `key` would survive a power cut now.
    pub fn is_durable(&self, key: &[u8]) -> bool {
        self.lock().durable.contains_key(key)
    }

    /// How often the disk was synced since it was made.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// Overwrites the value under `key` behind the store's back; `false` when it is not there.
    pub fn corrupt(&self, key: &[u8], damage: impl Fn(&mut Vec<u8>)) -> bool {
        let mut guard = self.lock();
        let platter = &mut *guard;
        let found = platter.content.get_mut(key).map(&damage).is_some();
        platter.durable.get_mut(key).map(damage);
        found
    }
}

impl Platter {
    fn sync(&mut self) {
        self.syncs += 1;
        for batch in std::mem::take(&mut self.unsynced) {
            carry_out(&mut self.durable, &batch);
        }
    }

    fn check_write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        if self.faults.failing {
            return Err(StoreError::Unavailable("the disk fails every write (injected)".to_owned()));
        }
        let Some(capacity) = self.faults.capacity_bytes else {
            return Ok(());
        };
        let used: usize = self.content.iter().map(|(key, value)| key.len() + value.len()).sum();
        match used + batch.bytes() > capacity {
            true => Err(StoreError::Full(format!("{used} of {capacity} bytes are used (injected)"))),
            false => Ok(()),
        }
    }
}

fn carry_out(content: &mut Content, batch: &WriteBatch) {
    for write in batch.writes() {
        match write {
            Write::Put { key, value } => {
                content.insert(key.clone(), value.clone());
            }
            Write::Delete { key } => {
                content.remove(key);
            }
            Write::DeleteRange { from, to } => {
                content.retain(|key, _| key < from || key >= to);
            }
        }
    }
}

fn scan_content(content: &Content, from: &[u8], to: &[u8], visit: Visitor<'_>) {
    if from >= to {
        return;
    }
    for (key, value) in
        content.range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Excluded(to)))
    {
        if visit(key, value).is_break() {
            return;
        }
    }
}

/// A store opened on a [`FaultyDisk`].
pub struct FaultyStore {
    disk: FaultyDisk,
    boot: u64,
}

impl FaultyStore {
    fn lock(&self) -> Result<MutexGuard<'_, Platter>, StoreError> {
        self.disk.lock_since(self.boot)
    }

    fn lock_to_change(&self) -> Result<MutexGuard<'_, Platter>, StoreError> {
        self.disk.burn_fuse();
        self.lock()
    }
}

impl Store for FaultyStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock()?.content.get(key).cloned())
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        scan_content(&self.lock()?.content, from, to, visit);
        Ok(())
    }

    fn write(&self, batch: WriteBatch, durability: Durability) -> Result<(), StoreError> {
        let mut platter = self.lock_to_change()?;
        platter.check_write(&batch)?;
        carry_out(&mut platter.content, &batch);
        platter.unsynced.push(batch);
        if durability == Durability::Synced {
            platter.sync();
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        let mut platter = self.lock_to_change()?;
        platter.check_write(&WriteBatch::default())?;
        platter.sync();
        Ok(())
    }

    fn checkpoint(&self) -> Result<Arc<dyn Image>, StoreError> {
        self.flush()?;
        Ok(Arc::new(MemoryImage(self.lock()?.content.clone())))
    }

    fn replacement(&self) -> Result<Box<dyn Replacement>, StoreError> {
        self.lock_to_change()?.next = None;
        Ok(Box::new(MemoryReplacement { disk: self.disk.clone(), boot: self.boot, content: Content::new() }))
    }

    fn adopt(&self) -> Result<bool, StoreError> {
        let mut platter = self.lock_to_change()?;
        let Some(next) = platter.next.take() else {
            return Ok(false);
        };
        platter.unsynced.clear();
        platter.durable = next.clone();
        platter.content = next;
        platter.syncs += 1;
        Ok(true)
    }

    fn discard_replacement(&self) -> Result<(), StoreError> {
        self.lock_to_change()?.next = None;
        Ok(())
    }

    fn syncs(&self) -> u64 {
        self.disk.lock().syncs
    }

    fn blocks(&self) -> bool {
        false
    }

    fn delay(&self) -> Duration {
        let mut platter = self.disk.lock();
        match platter.faults.delay.clone() {
            Some(range) => platter.random.duration(&range),
            None => Duration::ZERO,
        }
    }
}

struct MemoryImage(Content);

impl Image for MemoryImage {
    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        scan_content(&self.0, from, to, visit);
        Ok(())
    }
}

struct MemoryReplacement {
    disk: FaultyDisk,
    boot: u64,
    content: Content,
}

impl Replacement for MemoryReplacement {
    fn write(&mut self, batch: WriteBatch) -> Result<(), StoreError> {
        self.disk.burn_fuse();
        self.disk.lock_since(self.boot)?.check_write(&batch)?;
        carry_out(&mut self.content, &batch);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.disk.burn_fuse();
        let mut platter = self.disk.lock_since(self.boot)?;
        platter.syncs += 1;
        platter.next = Some(self.content);
        Ok(())
    }
}
