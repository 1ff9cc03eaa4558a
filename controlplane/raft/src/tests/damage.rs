//! Damaged and foreign data on real disks.

use super::cluster::{change, ready};
use crate::runtime::{Sim, TokioRuntime};
use crate::{Batch, Config, RaftNode, SimNetwork, Start, StartError, Stores, Timing};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the fixture of every format holds.
const RECORDS: [(&str, &str); 3] = [("a", "1"), ("b/é", ""), ("c", "third")];

fn config() -> Config {
    let start = Start::Found(BTreeMap::from([(1, "one:1".to_owned())]));
    let (address, cluster) = ("one:1".to_owned(), "fixture".to_owned());
    Config { id: 1, address, cluster, start, timing: Timing::default() }
}

async fn start(folder: &Path) -> Result<RaftNode, StartError> {
    let stores = Stores::open(folder)?;
    // A single member calls nobody.
    let sim = Sim::new(1);
    let transport = SimNetwork::new(&sim).transport(1, sim.machine("nobody"));
    RaftNode::start(config(), TokioRuntime::current(), stores, transport).await
}

/// Runs a server on `folder` in a runtime of its own, so that its stores are closed afterwards.
fn with_server<T>(folder: &Path, work: impl AsyncFnOnce(&RaftNode) -> T) -> Result<T, StartError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = runtime.block_on(async {
        let node = start(folder).await?;
        ready(&node).await;
        let result = work(&node).await;
        node.shutdown().await;
        Ok(result)
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    result
}

async fn write_records(node: &RaftNode) {
    let term = ready(node).await;
    for (key, value) in RECORDS {
        let previous = node.state().await.unwrap().last;
        let changes = vec![change(key, value)];
        node.propose(Batch { term, previous, changes, ..Batch::default() }).await.unwrap();
    }
}

async fn records(node: &RaftNode) -> Vec<(String, String)> {
    let records = node.state().await.unwrap().records;
    records.into_iter().map(|(key, value)| (key, String::from_utf8(value).unwrap())).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}

fn fixtures() -> PathBuf {
    // As of now, not of when this was compiled: the checkout may be another one.
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs tests")).join("fixtures")
}

#[test]
fn stores_of_every_format_open() {
    let formats: Vec<_> = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!formats.is_empty());
    for format in formats {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixtures().join(&format), folder.path());
        let found = with_server(folder.path(), records).unwrap();
        let expected = RECORDS.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found, expected, "{format:?}");
    }
}

/// Writes the fixture of the format this program writes. Run it by hand when the format is raised:
/// `HEARTH_FIXTURE=format-2 cargo test -p controlplane-raft write_a_fixture`.
#[test]
fn write_a_fixture() {
    let Ok(format) = std::env::var("HEARTH_FIXTURE") else {
        return;
    };
    let folder = fixtures().join(format);
    with_server(&folder, async |node| {
        write_records(node).await;
        node.snapshot().await.unwrap();
    })
    .unwrap();
    for name in ["LOG", "LOCK"] {
        files(&folder, name).iter().for_each(|file| fs::remove_file(file).unwrap());
    }
}

#[test]
fn a_damaged_table_refuses_to_start_and_names_the_file_and_the_way_out() {
    let whole = tempfile::tempdir().unwrap();
    with_server(whole.path(), write_records).unwrap();
    // Once more, so that both stores have been flushed to tables.
    with_server(whole.path(), async |_| ()).unwrap();
    let tables = files(whole.path(), ".sst");
    assert!(tables.len() >= 2, "{tables:?}");
    for (number, table) in tables.iter().enumerate() {
        for lost in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            copy(whole.path(), folder.path());
            let table = folder.path().join(table.strip_prefix(whole.path()).unwrap());
            if lost {
                fs::remove_file(&table).unwrap();
            } else {
                let mut bytes = fs::read(&table).unwrap();
                let middle = bytes.len() / 2;
                bytes[..middle].iter_mut().for_each(|byte| *byte ^= 0x55);
                fs::write(&table, bytes).unwrap();
            }
            let result = with_server(folder.path(), async |node| node.state().await);
            let text = match result {
                Err(error) => chain(&error),
                Ok(Err(error)) => chain(&error),
                Ok(Ok(_)) => panic!("table {number} (lost: {lost}) was not missed"),
            };
            assert!(text.contains("hearth server remove"), "{text}");
            let name = table.file_name().unwrap().to_string_lossy().into_owned();
            assert!(text.contains(&name) || text.contains("entry"), "{name}: {text}");
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
