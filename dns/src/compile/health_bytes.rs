//! One byte per health check, read by index on every answer that has a choice.
//!
//! The array outlives snapshots: it is replaced only when a new check needs a longer one. Writers are the health
//! side alone, under the lock of the keeper; readers take relaxed loads, because a status has no order with
//! anything else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The array; clones share it.
#[derive(Clone, Debug, Default)]
pub struct HealthBytes(Arc<[AtomicU8]>);

impl HealthBytes {
    /// Whether the check with this slot is healthy.
    pub fn is_healthy(&self, slot: u32) -> bool {
        self.0.get(slot as usize).is_none_or(|byte| byte.load(Ordering::Relaxed) != 0)
    }

    fn set(&self, slot: u32, healthy: bool) {
        if let Some(byte) = self.0.get(slot as usize) {
            byte.store(u8::from(healthy), Ordering::Relaxed);
        }
    }
}

/// Which check has which byte. Slots are never reused: an old snapshot may still be read by its slot. What that
/// costs is one byte and one id per check ever seen since the start, a few hundred kilobytes after thousands.
#[derive(Debug, Default)]
pub struct Slots {
    by_id: BTreeMap<Arc<str>, u32>,
    bytes: HealthBytes,
}

impl Slots {
    /// The slot of `check`, given out at first sight.
    pub fn slot(&mut self, check: &Arc<str>) -> u32 {
        if let Some(slot) = self.by_id.get(check) {
            return *slot;
        }
        let slot = self.by_id.len() as u32;
        self.by_id.insert(check.clone(), slot);
        slot
    }

    /// The array, long enough for every slot and written anew: slots may have been given out since.
    pub(super) fn bytes(&mut self, is_healthy: impl Fn(&str) -> bool) -> HealthBytes {
        if self.bytes.0.len() < self.by_id.len() {
            let capacity = self.by_id.len().next_power_of_two().max(64);
            self.bytes = HealthBytes((0..capacity).map(|_| AtomicU8::new(1)).collect());
        }
        self.write_all(is_healthy);
        self.bytes.clone()
    }

    /// Writes the byte of one check, if any set names it.
    pub fn write(&self, check: &str, healthy: bool) {
        if let Some(slot) = self.by_id.get(check) {
            self.bytes.set(*slot, healthy);
        }
    }

    /// Writes every byte.
    pub fn write_all(&self, is_healthy: impl Fn(&str) -> bool) {
        for (check, slot) in &self.by_id {
            self.bytes.set(*slot, is_healthy(check));
        }
    }
}
