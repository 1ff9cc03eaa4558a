//! One contract, every store.

use super::*;
use std::ops::ControlFlow;

/// A disk on which stores can be opened, one after another.
trait Disk {
    fn open(&self) -> Arc<dyn Store>;
}

impl Disk for FaultyDisk {
    fn open(&self) -> Arc<dyn Store> {
        FaultyDisk::open(self)
    }
}

struct Folder(tempfile::TempDir, Journal);

impl Disk for Folder {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(RocksStore::open(self.0.path(), self.1).unwrap())
    }
}

type Case = (&'static str, fn(&dyn Disk));

const CASES: &[Case] = &[
    ("reads what was written", reads_what_was_written),
    ("scans in order and within bounds", scans_in_order_and_within_bounds),
    ("a scan stops when told", a_scan_stops_when_told),
    ("later writes of a batch win", later_writes_of_a_batch_win),
    ("a range is deleted without its end", a_range_is_deleted_without_its_end),
    ("synced writes survive reopening", synced_writes_survive_reopening),
    ("only synced writes and flushes count", only_synced_writes_and_flushes_count),
    ("an image does not change", an_image_does_not_change),
    ("an unfinished replacement is nothing", an_unfinished_replacement_is_nothing),
    ("a finished replacement waits for adoption", a_finished_replacement_waits_for_adoption),
    ("a discarded replacement is nothing", a_discarded_replacement_is_nothing),
    ("adoption survives reopening", adoption_survives_reopening),
];

fn run(make: impl Fn() -> Box<dyn Disk>) {
    for (name, case) in CASES {
        println!("{name}");
        case(make().as_ref());
    }
}

#[test]
fn memory() {
    run(|| Box::new(FaultyDisk::new(1)));
}

#[test]
fn rocksdb_with_journal() {
    run(|| Box::new(Folder(tempfile::tempdir().unwrap(), Journal::On)));
}

#[test]
fn rocksdb_without_journal() {
    run(|| Box::new(Folder(tempfile::tempdir().unwrap(), Journal::Off)));
}

fn batch(pairs: &[(&str, &str)]) -> WriteBatch {
    let mut batch = WriteBatch::default();
    for (key, value) in pairs {
        batch.put(*key, *value);
    }
    batch
}

fn keys(store: &dyn Store, from: &str, to: &str) -> String {
    let mut found = Vec::new();
    let mut visit = |key: &[u8], _: &[u8]| {
        found.push(String::from_utf8_lossy(key).into_owned());
        ControlFlow::Continue(())
    };
    store.scan(from.as_bytes(), to.as_bytes(), &mut visit).unwrap();
    found.join(" ")
}

fn reads_what_was_written(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1"), ("b", "")]), Durability::Buffered).unwrap();
    assert_eq!(store.get(b"a").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(store.get(b"b").unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(store.get(b"c").unwrap(), None);
}

fn scans_in_order_and_within_bounds(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("c", ""), ("a", ""), ("b", ""), ("d", "")]), Durability::Buffered).unwrap();
    assert_eq!(keys(&*store, "b", "d"), "b c");
    assert_eq!(keys(&*store, "", "z"), "a b c d");
    assert_eq!(keys(&*store, "d", "b"), "");
}

fn a_scan_stops_when_told(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", ""), ("b", "")]), Durability::Buffered).unwrap();
    let mut seen = 0;
    let mut visit = |_: &[u8], _: &[u8]| {
        seen += 1;
        ControlFlow::Break(())
    };
    store.scan(b"", b"z", &mut visit).unwrap();
    assert_eq!(seen, 1);
}

fn later_writes_of_a_batch_win(disk: &dyn Disk) {
    let store = disk.open();
    let mut batch = batch(&[("a", "1"), ("b", "1")]);
    batch.delete("a");
    batch.put("b", "2");
    store.write(batch, Durability::Buffered).unwrap();
    assert_eq!(store.get(b"a").unwrap(), None);
    assert_eq!(store.get(b"b").unwrap().as_deref(), Some(&b"2"[..]));
}

fn a_range_is_deleted_without_its_end(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", ""), ("b", ""), ("c", "")]), Durability::Buffered).unwrap();
    let mut range = WriteBatch::default();
    range.delete_range("a", "c");
    store.write(range, Durability::Buffered).unwrap();
    assert_eq!(keys(&*store, "", "z"), "c");
}

fn synced_writes_survive_reopening(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1")]), Durability::Buffered).unwrap();
    store.write(batch(&[("b", "1")]), Durability::Synced).unwrap();
    drop(store);
    assert_eq!(keys(&*disk.open(), "", "z"), "a b");
}

fn only_synced_writes_and_flushes_count(disk: &dyn Disk) {
    let store = disk.open();
    let before = store.syncs();
    store.write(batch(&[("a", "1")]), Durability::Buffered).unwrap();
    assert_eq!(store.syncs() - before, 0);
    store.write(batch(&[("b", "1")]), Durability::Synced).unwrap();
    assert_eq!(store.syncs() - before, 1);
    store.flush().unwrap();
    assert_eq!(store.syncs() - before, 2);
}

fn an_image_does_not_change(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1")]), Durability::Buffered).unwrap();
    let image = store.checkpoint().unwrap();
    store.write(batch(&[("a", "2"), ("b", "2")]), Durability::Buffered).unwrap();
    let mut seen = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        seen.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    image.scan(b"", b"z", &mut visit).unwrap();
    assert_eq!(seen, [(b"a".to_vec(), b"1".to_vec())]);
}

fn an_unfinished_replacement_is_nothing(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1")]), Durability::Synced).unwrap();
    let mut replacement = store.replacement().unwrap();
    replacement.write(batch(&[("b", "1")])).unwrap();
    drop(replacement);
    assert!(!store.adopt().unwrap());
    assert_eq!(keys(&*store, "", "z"), "a");
}

fn a_finished_replacement_waits_for_adoption(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1")]), Durability::Synced).unwrap();
    let mut replacement = store.replacement().unwrap();
    replacement.write(batch(&[("b", "1")])).unwrap();
    replacement.finish().unwrap();
    assert_eq!(keys(&*store, "", "z"), "a");
    drop(store);
    let store = disk.open();
    assert_eq!(keys(&*store, "", "z"), "a");
    assert!(store.adopt().unwrap(), "a finished replacement survives a restart");
    assert_eq!(keys(&*store, "", "z"), "b");
    assert!(!store.adopt().unwrap(), "adopting twice is harmless");
}

fn a_discarded_replacement_is_nothing(disk: &dyn Disk) {
    let store = disk.open();
    let mut replacement = store.replacement().unwrap();
    replacement.write(batch(&[("b", "1")])).unwrap();
    replacement.finish().unwrap();
    store.discard_replacement().unwrap();
    store.discard_replacement().unwrap();
    assert!(!store.adopt().unwrap());
}

fn adoption_survives_reopening(disk: &dyn Disk) {
    let store = disk.open();
    store.write(batch(&[("a", "1")]), Durability::Synced).unwrap();
    for round in ["b", "c"] {
        let mut replacement = store.replacement().unwrap();
        replacement.write(batch(&[(round, "1")])).unwrap();
        replacement.finish().unwrap();
        assert!(store.adopt().unwrap());
        store.write(batch(&[("x", "1")]), Durability::Synced).unwrap();
    }
    drop(store);
    assert_eq!(keys(&*disk.open(), "", "z"), "c x");
}

#[test]
fn a_power_cut_keeps_a_prefix_with_everything_synced() {
    for seed in 0..50 {
        let disk = FaultyDisk::new(seed);
        let store = disk.open();
        store.write(batch(&[("a", "1")]), Durability::Synced).unwrap();
        for key in ["b", "c", "d"] {
            store.write(batch(&[(key, "1")]), Durability::Buffered).unwrap();
        }
        disk.power_cut();
        assert!(store.get(b"a").is_err(), "a store from before the cut must not go on");
        let left = keys(&*disk.open(), "", "z");
        assert!("a b c d".starts_with(&left) && left.starts_with('a'), "seed {seed} left {left:?}");
    }
}

#[test]
fn a_full_or_failing_disk_changes_nothing() {
    let disk = FaultyDisk::new(1);
    let store = disk.open();
    disk.set_faults(Faults { capacity_bytes: Some(4), ..Faults::default() });
    store.write(batch(&[("a", "1")]), Durability::Synced).unwrap();
    let refused = store.write(batch(&[("b", "12345")]), Durability::Synced);
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    disk.set_faults(Faults { failing: true, ..Faults::default() });
    assert!(store.write(batch(&[("b", "1")]), Durability::Buffered).is_err());
    assert_eq!(keys(&*store, "", "z"), "a");
}

#[test]
fn two_processes_cannot_open_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = RocksStore::open(folder.path(), Journal::On).unwrap();
    assert!(RocksStore::open(folder.path(), Journal::On).is_err());
}

/// A store whose five synced writes are only in its journal, and that journal.
fn journaled() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = RocksStore::open(folder.path(), Journal::On).unwrap();
    for key in ["a", "b", "c", "d", "e"] {
        store.write(batch(&[(key, &"x".repeat(100))]), Durability::Synced).unwrap();
    }
    drop(store);
    let files = std::fs::read_dir(folder.path().join("1")).unwrap().map(|file| file.unwrap().path());
    let is_journal = |file: &std::path::PathBuf| file.extension().is_some_and(|extension| extension == "log");
    let journal = files.filter(is_journal).max_by_key(|file| file.metadata().unwrap().len()).unwrap();
    (folder, journal)
}

#[test]
fn a_torn_journal_is_cut_at_the_last_whole_write() {
    let (folder, journal) = journaled();
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 10]).unwrap();
    let store = RocksStore::open(folder.path(), Journal::On).unwrap();
    assert_eq!(keys(&store, "", "z"), "a b c d");
}

#[test]
fn a_journal_damaged_in_the_middle_refuses_to_open() {
    let (folder, journal) = journaled();
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&journal, &bytes).unwrap();
    let error = RocksStore::open(folder.path(), Journal::On).err().expect("must refuse");
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}
