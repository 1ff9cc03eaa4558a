//! From a store full of records to a view, in one pass and without a second copy.
//!
//! At a start the view begins empty. Later, when a snapshot was installed or this member fell behind, it begins with
//! the view that is in force: records that are the same stay where they are, in memory both views share, so reading
//! everything again costs what has changed and not all of it once more.

use crate::replica::{Kinds, REVISION_KEY, revision};
use controlplane_services_kernel::{StoredRecord, View};
use controlplane_types::{Key, Revision};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A view in the making. Records come in key order.
pub(crate) struct Loading {
    kinds: Kinds,
    before: View,
    view: View,
    revision: Revision,
    /// The newest key of each kind.
    reached: BTreeMap<&'static str, Key>,
}

impl Loading {
    /// Begins with `before`.
    pub(crate) fn new(kinds: Kinds, before: View) -> Self {
        Self { kinds, view: before.clone(), before, revision: 0, reached: BTreeMap::new() }
    }

    /// Takes the next record.
    pub(crate) fn take(&mut self, key: &str, value: &[u8]) {
        if key == REVISION_KEY {
            self.revision = revision(value);
        }
        let Some(key) = Key::parse(key) else { return };
        let Some(kind) = self.kinds.entry(&key) else { return };
        let held = self.pass(kind.name, Some(&key));
        if held.is_some_and(|held| held.encode() == value) {
            return;
        }
        match self.kinds.read(key.as_str(), Some(value)) {
            Some((_, Some(record))) => self.view.put(self.revision, &key, record),
            _ => self.view.delete(self.revision, &key),
        }
    }

    /// All records were taken.
    pub(crate) fn finish(mut self) -> View {
        for kind in self.kinds.names() {
            self.pass(kind, None);
        }
        self.view.settle(self.revision);
        self.view
    }

    /// What the view held at `key`. What it held between the key before and this one is gone; without a key, everything
    /// behind.
    fn pass(&mut self, kind: &'static str, key: Option<&Key>) -> Option<StoredRecord> {
        let last = self.reached.get(kind).cloned().unwrap_or_else(|| Key::position(""));
        let (mut found, mut gone) = (None, Vec::new());
        for (held, record) in self.before.untyped_after(kind, &last) {
            match key.map_or(Ordering::Less, |key| held.cmp(key)) {
                Ordering::Less => gone.push(held.clone()),
                Ordering::Equal => found = Some(record.clone()),
                Ordering::Greater => {}
            }
            if key.is_some_and(|key| held >= key) {
                break;
            }
        }
        gone.iter().for_each(|key| self.view.delete(self.revision, key));
        if let Some(key) = key {
            self.reached.insert(kind, key.clone());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::SERVICES;
    use crate::replica::{record_bytes, revision_bytes};
    use controlplane_services_native::AccessKey;

    type Keys<'k> = &'k [(&'k str, &'k str)];

    fn load(before: View, revision: Revision, records: Keys<'_>) -> View {
        let mut loading = Loading::new(Kinds::of(SERVICES), before);
        for (id, secret) in records {
            let record = AccessKey::of_root("1".into(), (*secret).to_owned());
            loading.take(AccessKey::key(id).as_str(), &record_bytes(&StoredRecord::new(record)));
        }
        loading.take(REVISION_KEY, &revision_bytes(revision));
        loading.take("of/no/known/kind", b"");
        loading.finish()
    }

    fn held(view: &View) -> Vec<(&str, &str)> {
        view.all::<AccessKey>().map(|stored| (stored.key.id(), stored.record.secret.as_str())).collect()
    }

    #[test]
    fn a_reload_is_what_the_store_holds_whatever_was_there_before() {
        let cases: [(Keys<'_>, Keys<'_>); 6] = [
            (&[], &[("a", "1"), ("b", "1")]),
            (&[("a", "1"), ("b", "1")], &[]),
            (&[("a", "1"), ("c", "1")], &[("a", "1"), ("b", "1"), ("c", "2")]),
            (&[("b", "1"), ("c", "1"), ("d", "1")], &[("c", "1")]),
            (&[("a", "1"), ("b", "1")], &[("c", "1"), ("d", "1")]),
            (&[("c", "1"), ("d", "1")], &[("a", "1"), ("b", "1")]),
        ];
        for (before, now) in cases {
            let empty = View::new(SERVICES.iter().flat_map(|service| service.kinds));
            let old = load(empty, 4, before);
            let new = load(old.clone(), 9, now);
            assert_eq!((held(&old).as_slice(), held(&new).as_slice()), (before, now));
            assert_eq!((old.revision(), new.revision()), (4, 9));
            assert!(now.iter().all(|(id, _)| new.revision_of(&AccessKey::key(id)) == Some(9)));
        }
    }

    #[test]
    fn what_has_not_changed_is_held_once() {
        let empty = View::new(SERVICES.iter().flat_map(|service| service.kinds));
        let old = load(empty, 1, &[("a", "1"), ("b", "1")]);
        let new = load(old.clone(), 2, &[("a", "1"), ("b", "2")]);
        let same = |id: &str| {
            let key = AccessKey::key(id);
            std::ptr::eq(old.get::<AccessKey>(&key).unwrap(), new.get::<AccessKey>(&key).unwrap())
        };
        assert_eq!((same("a"), same("b")), (true, false));
    }
}
