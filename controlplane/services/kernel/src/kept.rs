//! Results kept beside the record they were made of, until it or anything they were made from changes.
//!
//! A list of a thousand instances is asked for again and again while a handful of them change. Making one entry of it
//! walks indexes of several kinds and writes some kilobytes of XML; whether it is still right is known from a few numbers.
//! Rejected: a cache beside the records with a list of what to drop at each commit, which has to be told of every
//! dependency and sooner or later is not. Here the view notes what was read while the result was made ([`Reads`]), so a new
//! dependency cannot be forgotten, and a result goes with its record.
//!
//! Every content a table ever has, and every version of a record, gets a *stamp* that no other gets. A result is right in a
//! view if each table it came from has the stamp it was found right with, which costs a comparison per table; or if every
//! question it asked of that table has the same answer, records compared by their stamps. Stamps and not revisions: a
//! leader that loses its office takes revisions back and gives them out again.
//!
//! All results of a view and its clones have a bounded room. When it is full, what is there stays: clients walk lists from one
//! end to the other, and dropping the oldest would then drop what is asked for next.
//!
//! [`Reads`]: crate::reads::Reads

#[cfg(test)]
mod tests;

use crate::reads::Read;
use crate::tables::{Table, Tables};
use arc_swap::ArcSwapOption;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Bytes of all results together: some twenty thousand instances.
const ROOM: usize = 64 << 20;

/// What a view and its clones share.
#[derive(Default)]
pub(crate) struct Room {
    stamps: AtomicU64,
    taken: AtomicUsize,
}

impl Room {
    /// A number that was never given out before, and is not 0.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamps.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A place for a result, if there is one.
    fn take(self: &Arc<Self>, bytes: usize) -> Option<Taken> {
        let taken = Taken { room: self.clone(), bytes };
        // An attempt that fails gives back what it took.
        (self.taken.fetch_add(bytes, Ordering::Relaxed) + bytes <= ROOM).then_some(taken)
    }
}

struct Taken {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The place of a result beside its record.
#[derive(Default)]
pub(crate) struct Memo(ArcSwapOption<Kept>);

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memo")
    }
}

impl Memo {
    /// The result, if there is one of this type and it is right in a view with these tables, whose newest change
    /// has this stamp.
    pub(crate) fn get<T: Any + Send + Sync>(&self, tables: &Tables, stamp: u64) -> Option<Arc<T>> {
        let kept = self.0.load();
        let kept = kept.as_ref()?;
        kept.is_right(tables, stamp).then(|| kept.value.clone().downcast().ok())?
    }

    pub(crate) fn keep(&self, kept: Option<Kept>) {
        if let Some(kept) = kept {
            self.0.store(Some(Arc::new(kept)));
        }
    }
}

/// A result and what it came from.
pub(crate) struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    /// The stamp of a view it was right in: a list that is asked for again with nothing changed at all is the usual case,
    /// and looking at the sources of a thousand results costs a cache miss or two for each.
    right_in: AtomicU64,
    sources: Vec<Source>,
    _taken: Taken,
}

impl Kept {
    /// `None` when there is no room.
    pub(crate) fn new(
        value: Arc<dyn Any + Send + Sync>,
        bytes: usize,
        reads: BTreeSet<Read>,
        (tables, stamp): (&Tables, u64),
        room: &Arc<Room>,
    ) -> Option<Self> {
        let taken = room.take(bytes)?;
        let mut by_table: BTreeMap<usize, Vec<(Read, Vec<u64>)>> = BTreeMap::new();
        for read in reads {
            for place in places(&read, tables) {
                let Some(table) = tables.at(place) else { continue };
                let answer = Source::answer(table, &read);
                by_table.entry(place).or_default().push((read.clone(), answer));
            }
        }
        let source = |(place, answers)| {
            let stamp = tables.at(place).map_or(0, |table| table.stamp);
            Source { place, right_at: AtomicU64::new(stamp), answers }
        };
        let sources = by_table.into_iter().map(source).collect();
        Some(Self { value, right_in: AtomicU64::new(stamp), sources, _taken: taken })
    }

    fn is_right(&self, tables: &Tables, stamp: u64) -> bool {
        if self.right_in.load(Ordering::Relaxed) == stamp {
            return true;
        }
        let mut sources = self.sources.iter();
        let right = sources.all(|source| tables.at(source.place).is_some_and(|table| source.is_right(table)));
        if right {
            self.right_in.store(stamp, Ordering::Relaxed);
        }
        right
    }
}

/// Where the tables stand that can answer `read`.
fn places(read: &Read, tables: &Tables) -> Vec<usize> {
    match read {
        Read::Record(key) => tables.place(key.kind()).into_iter().collect(),
        Read::Kind(kind) | Read::Found { kind: Some(kind), .. } => tables.place(kind).into_iter().collect(),
        Read::Found { kind: None, .. } => (0..tables.count()).collect(),
    }
}

/// One table, and what it answered.
struct Source {
    place: usize,
    /// A stamp at which the table answered so. Views differ in age, so this goes to and fro; each value of it is true.
    right_at: AtomicU64,
    /// Questions, with the stamps of the records they were answered with.
    answers: Vec<(Read, Vec<u64>)>,
}

impl Source {
    fn answer(table: &Table, read: &Read) -> Vec<u64> {
        match read {
            Read::Record(key) => vec![table.stamp_of(key)],
            Read::Found { index, value, .. } => table.stamps_found(index, value).collect(),
            Read::Kind(_) => vec![table.stamp],
        }
    }

    fn is_right(&self, table: &Table) -> bool {
        if self.right_at.load(Ordering::Relaxed) == table.stamp {
            return true;
        }
        let same = self.answers.iter().all(|(read, answer)| match read {
            Read::Record(key) => answer.first() == Some(&table.stamp_of(key)),
            Read::Found { index, value, .. } => table.stamps_found(index, value).eq(answer.iter().copied()),
            Read::Kind(_) => answer.first() == Some(&table.stamp),
        });
        if same {
            self.right_at.store(table.stamp, Ordering::Relaxed);
        }
        same
    }
}
