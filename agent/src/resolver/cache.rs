//! What forwarders said, for as long as they said it holds. Bounded in number; an answer that is too large is not kept.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{LowerName, RData, Record, RecordType};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers kept at most.
const MOST: usize = 4096;
/// Records of an answer that is kept.
const MOST_RECORDS: usize = 64;
/// Nothing is kept for longer, whatever was said.
const LONGEST_S: u32 = 3600;

/// What is asked: a name and a type.
pub(super) type Key = (LowerName, RecordType);

/// An answer, without what belongs to one message only.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// How it went.
    pub(super) code: ResponseCode,
    /// Answer section.
    pub(super) answers: Vec<Record>,
    /// Authority section.
    pub(super) authorities: Vec<Record>,
    /// Whoever said it has followed every CNAME.
    pub(super) complete: bool,
}

impl Found {
    /// Nothing could be found out.
    pub(super) fn failure() -> Self {
        Self { code: ResponseCode::ServFail, complete: true, ..Self::default() }
    }

    /// Seconds it is kept; `None`: not at all.
    fn holds_s(&self) -> Option<u32> {
        if self.answers.len() + self.authorities.len() > MOST_RECORDS {
            return None;
        }
        self.lifetime_s().map(|seconds| seconds.min(LONGEST_S)).filter(|seconds| *seconds > 0)
    }

    /// Seconds it holds; `None`: nobody says so. A denial holds as long as its SOA says (RFC 2308 section 5).
    pub(super) fn lifetime_s(&self) -> Option<u32> {
        if !matches!(self.code, ResponseCode::NoError | ResponseCode::NXDomain) {
            return None;
        }
        let soa = self.authorities.iter().find_map(|record| match &record.data {
            RData::SOA(soa) => Some(soa.minimum.min(record.ttl)),
            _ => None,
        });
        let positive = self.answers.iter().map(|record| record.ttl).min();
        let denied = self.code == ResponseCode::NXDomain || positive.is_none();
        if denied { soa.map(|soa| positive.map_or(soa, |ttl| ttl.min(soa))) } else { positive }
    }

    /// The same, `seconds` later.
    fn aged(&self, seconds: u32) -> Self {
        let mut aged = self.clone();
        for record in aged.answers.iter_mut().chain(&mut aged.authorities) {
            record.ttl = record.ttl.saturating_sub(seconds);
        }
        aged
    }
}

#[derive(Debug)]
struct Entry {
    found: Found,
    since: Duration,
    until: Duration,
}

/// The cache of one machine: forwarders tell every VPC the same.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<BTreeMap<Key, Entry>>);

impl Cache {
    /// What is known at `now`, on the monotonic clock.
    pub(super) fn get(&self, key: &Key, now: Duration) -> Option<Found> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key).filter(|entry| now < entry.until)?;
        let age = u32::try_from((now.saturating_sub(entry.since)).as_secs()).unwrap_or(u32::MAX);
        Some(entry.found.aged(age))
    }

    /// Keeps an answer. A full cache first loses what is over, then what would be over first.
    pub(super) fn put(&self, key: Key, found: &Found, now: Duration) {
        let Some(holds) = found.holds_s() else { return };
        let until = now + Duration::from_secs(holds.into());
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST && !entries.contains_key(&key) {
            entries.retain(|_, entry| now < entry.until);
            let first = entries.iter().min_by_key(|(_, entry)| entry.until).map(|(key, _)| key.clone());
            if let Some(first) = first.filter(|_| entries.len() >= MOST) {
                entries.remove(&first);
            }
        }
        entries.insert(key, Entry { found: found.clone(), since: now, until });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
