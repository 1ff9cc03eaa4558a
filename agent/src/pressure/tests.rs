use super::judge::Judge;
use super::*;
use crate::backend::{Margin, Margins};
use controlplane_proto::agent::pressure::Scarce;
use std::time::Duration;

const TOTAL: u64 = 1000 << 20;

fn thresholds(text: &str) -> Result<Thresholds, ThresholdError> {
    Thresholds::default().with_list(text)
}

/// A machine with so many MiB of memory and disk, inodes and process ids left, of a thousand each.
fn left(memory: u64, disk: u64, inodes: u64, pids: u64) -> Margins {
    let bytes = |mebibytes: u64| Margin { available: mebibytes << 20, total: TOTAL };
    let counted = |available| Margin { available, total: 1000 };
    Margins { memory: bytes(memory), disk: bytes(disk), inodes: counted(inodes), pids: counted(pids) }
}

#[test]
fn thresholds_are_read_as_the_kubelet_writes_them() {
    let text = "memory.available<100Mi, nodefs.available<5%,nodefs.inodesFree<10000,pid.available<1k";
    let read = thresholds(text).unwrap();
    let amounts: Vec<Amount> = read.list.iter().map(|threshold| threshold.least).collect();
    let absolute = Amount::Absolute;
    assert_eq!(amounts, [absolute(100 << 20), Amount::Percent(5), absolute(10_000), absolute(1_000)]);
    assert_eq!(read.list[0].to_string(), "memory.available<100Mi");
    assert!(thresholds("").unwrap().list.is_empty());
    for (text, expected) in [
        ("memory.available", "is not SIGNAL<AMOUNT"),
        ("memory.free<1Mi", "unknown signal \"memory.free\"; there are memory.available"),
        ("memory.available<", "invalid amount"),
        ("memory.available<101%", "invalid amount"),
        ("memory.available<-1", "invalid amount"),
        ("memory.available<99999999999Ti", "invalid amount"),
        ("memory.available<1Mi,memory.available<2Mi", "is given twice"),
    ] {
        let error = thresholds(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn each_signal_has_its_condition() {
    let thresholds =
        thresholds("memory.available<10%,nodefs.available<10%,nodefs.inodesFree<10%,pid.available<10%");
    let thresholds = thresholds.unwrap();
    for (margins, expected) in [
        (left(100, 100, 100, 100), vec![]),
        (left(99, 100, 100, 100), vec![Scarce::Memory]),
        (left(100, 99, 100, 100), vec![Scarce::Disk]),
        (left(100, 100, 99, 100), vec![Scarce::Disk]),
        (left(100, 100, 100, 99), vec![Scarce::Pids]),
        (left(0, 0, 0, 0), vec![Scarce::Disk, Scarce::Memory, Scarce::Pids]),
        (Margins { inodes: Margin::default(), ..left(100, 100, 0, 100) }, vec![]),
    ] {
        let mut judge = Judge::default();
        judge.judge(&thresholds, &margins, Duration::ZERO);
        assert_eq!(judge.conditions.keys().copied().collect::<Vec<_>>(), expected, "{margins:?}");
    }
}

#[test]
fn a_condition_does_not_flap() {
    let thresholds = thresholds("memory.available<100Mi").unwrap();
    // Seconds, MiB left, in force, short now. The transition takes a minute and a tenth more than the threshold.
    let measured = [
        (0, 100, false, false),
        (10, 99, true, true),
        (20, 105, true, false),
        (200, 109, true, false),
        (210, 110, true, false),
        (260, 200, true, false),
        (265, 105, true, false),
        (270, 300, true, false),
        (329, 300, true, false),
        (330, 300, false, false),
        (340, 105, false, false),
        (350, 50, true, true),
    ];
    let mut judge = Judge::default();
    for (seconds, memory, in_force, short) in measured {
        judge.judge(&thresholds, &left(memory, 0, 0, 0), Duration::from_secs(seconds));
        let found = (!judge.conditions.is_empty(), !judge.short.is_empty());
        assert_eq!(found, (in_force, short), "{memory} MiB after {seconds} s");
    }
    assert_eq!(
        judge.conditions[&Scarce::Memory].reason,
        "50Mi is left, memory.available<100Mi is too little"
    );
}
