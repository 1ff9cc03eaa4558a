//! One scenario for each class of consistency bug that etcd's robustness tests have on record
//! (<https://github.com/etcd-io/etcd/tree/main/tests/robustness>, "Robustness track record"), and for those that other
//! stores are known for.
//!
//! A class is about what a user sees, not about etcd's code: where etcd compacts and defragments, we write snapshots and
//! purge the log; where it has transactions, we have batches and compare-and-swap. Each scenario drives the region to the
//! place where the class lives, again and again at moments drawn from the seed; the rules judge.

mod compaction;
mod crash;
mod reading;
mod retrying;
mod stage;
mod watcher;
mod watching;

use controlplane_raft::Sim;
use controlplane_types::BoxFuture;
use tests::sim::run_each;

/// Seeds per scenario.
const SEEDS: [u64; 3] = [1, 2, 3];

type Scenario = fn(Sim) -> BoxFuture<()>;

/// Makes a test of each line, and the list of them.
macro_rules! scenarios {
    ($($issue:literal $class:literal => $room:ident::$name:ident;)*) => {
        /// Where a class was seen, what it is, and the test that stands for it.
        const CLASSES: &[(&str, &str, &str)] = &[$(($issue, $class, stringify!($name))),*];

        $(#[test]
        fn $name() {
            let scenario: Scenario = |sim| Box::pin($room::$name(sim));
            run_each(stringify!($name), &SEEDS, scenario);
        })*
    };
}

scenarios! {
    "etcd 13766" "inconsistent revision after a crash under high load" => crash::crash_under_high_load;
    "etcd 14370" "a single server loses an acknowledged write on crash" => crash::single_server_crash;
    "etcd 14571" "a change of credentials makes members diverge" => reading::changed_credentials;
    "etcd 14685" "inconsistent revision after a crash in defragmentation" => compaction::crash_while_compacting;
    "etcd 15220" "a watch's progress runs ahead of its events" => watching::progress_ahead_of_events;
    "etcd 15271" "a watch goes back in time after a partition" => watching::watch_after_partition;
    "etcd 17247" "an event of a batch is delivered twice" => watching::doubled_events;
    "etcd 17529" "events are lost when a watcher starves" => watching::starving_watcher;
    "etcd 17780" "the revision goes back after a crash in compaction" => compaction::revision_after_crash;
    "etcd 18055" "two snapshots arrive in quick succession" => compaction::two_snapshots;
    "etcd 18089" "a delete is not watched when it is compacted" => compaction::compacted_delete;
    "etcd 18667" "a conditional write reads what was compacted" => compaction::swaps_across_compaction;
    "etcd 19179" "a watch that begins at a compaction misses the delete" => compaction::watch_begins_at_compaction;
    "etcd 20221" "a watch on a future revision gets notifications" => watching::future_revision_is_waited_for;
    "etcd 20221" "a watch on a future revision gets old events" => watching::no_events_before_a_future_revision;
    "etcd 20271" "damaged pages crash the server" => crash::damage_is_refused;
    "etcd 20418" "a paused leader answers with stale reads" => reading::paused_leader;
    "Hearth" "a deposed leader answers what changes nothing" => reading::deposed_leader;
    "Hearth" "a server that is behind refuses a new secret" => reading::late_credentials;
    "TiDB 47060" "a retried write arrives after a later one" => retrying::late_retry;
    "Jepsen" "a token is replayed across a failover, or with other parameters" => retrying::replayed_token;
    "Jepsen" "leadership is believed after a pause" => retrying::leadership_after_pause;
}

#[test]
fn every_class_is_listed() {
    let readme = std::fs::read_to_string(tests::checkout().join("tests/README.md")).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with('|')).collect();
    for (issue, class, test) in CLASSES {
        let row = format!("| {issue} | {class} | `{test}` |");
        assert!(rows.contains(&row.as_str()), "tests/README.md lacks the row\n{row}");
    }
    let etcd = CLASSES.iter().filter(|(issue, _, _)| issue.starts_with("etcd"));
    assert_eq!(etcd.count(), 17, "etcd's table has 17 classes");
}
