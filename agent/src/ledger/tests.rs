use super::*;
use crate::desired::Held;
use crate::testing::block_on_tokio;
use controlplane_proto::agent::{Generation, Object, Vpc, object};
use controlplane_proto::desired::DesiredSet;
use std::fs;
use std::path::Path;

fn held(index: u64) -> Held {
    let vpc = Object {
        object: Some(object::Object::Vpc(Vpc { id: format!("vpc-{index}"), ..Default::default() })),
    };
    Held {
        generation: Some(Generation { cluster_id: "c".into(), incarnation: 1, index }),
        set: DesiredSet::from_objects([vpc]).unwrap(),
    }
}

fn store_with(folder: &Path, held: &[Held]) -> FileStore {
    let store = FileStore::open(folder).unwrap();
    for held in held {
        block_on_tokio(store.save(desired::NAME, desired::encode(held))).unwrap();
    }
    store
}

#[test]
fn a_new_machine_has_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(desired::load(&store).unwrap(), Held::default());
    assert!(runs::load(&store).unwrap().is_empty());
}

#[test]
fn the_newest_record_comes_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    drop(store_with(folder.path(), &[held(1), held(2), held(3)]));
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(desired::load(&store).unwrap(), held(3));
}

#[test]
fn runs_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    let exit = Some(runs::Exit { code: 137, signal: 9 });
    let memory = runs::RunMemory { run: 7, boot_id: "b".into(), restarts: 2, exit };
    let runs = runs::Runs::from([("i-1".to_owned(), memory), ("i-2".to_owned(), runs::RunMemory::default())]);
    block_on_tokio(store.save(runs::NAME, runs::encode(&runs))).unwrap();
    assert_eq!(runs::load(&store).unwrap(), runs);
}

#[test]
fn every_torn_or_damaged_record_falls_back_to_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &[held(1), held(2)]);
    let file = folder.path().join(desired::NAME);
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert_eq!(desired::load(&store).unwrap(), held(1), "cut at {length}");
    }
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 1;
        fs::write(&file, &damaged).unwrap();
        assert_eq!(desired::load(&store).unwrap(), held(1), "damaged at {position}");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(desired::load(&store).unwrap(), held(1), "removed");
}

#[test]
fn a_write_that_never_finished_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &[held(1), held(2)]);
    fs::write(folder.path().join("desired.new"), b"half a rec").unwrap();
    assert_eq!(desired::load(&store).unwrap(), held(2));
    block_on_tokio(store.save(desired::NAME, desired::encode(&held(3)))).unwrap();
    assert_eq!(desired::load(&store).unwrap(), held(3));
}

#[test]
fn two_damaged_copies_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &[held(1), held(2)]);
    for name in ["desired", "desired.previous"] {
        fs::write(folder.path().join(name), b"x").unwrap();
    }
    let error = desired::load(&store).unwrap_err();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
}

#[test]
fn a_whole_record_of_another_shape_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    block_on_tokio(store.save(desired::NAME, vec![0xff; 7])).unwrap();
    block_on_tokio(store.save(runs::NAME, vec![0xff; 7])).unwrap();
    assert!(matches!(desired::load(&store), Err(LedgerError::Unreadable { .. })));
    assert!(matches!(runs::load(&store), Err(LedgerError::Unreadable { .. })));
}

#[test]
fn one_agent_per_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert!(matches!(FileStore::open(folder.path()), Err(LedgerError::InUse { .. })));
    drop(store);
    FileStore::open(folder.path()).unwrap();
}

#[test]
fn a_full_or_missing_disk_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &[held(1)]);
    fs::create_dir(folder.path().join("desired.new")).unwrap();
    let error = block_on_tokio(store.save(desired::NAME, desired::encode(&held(2)))).unwrap_err();
    assert!(error.to_string().contains("desired.new"), "{error}");
    assert_eq!(desired::load(&store).unwrap(), held(1));
}
