//! The rules can fail: each is fed what it allows and what it forbids.

use Op::{Read, Swap, SwapRefused, Write};
use controlplane_proto::agent::Generation;
use controlplane_raft::Leadership;
use controlplane_raft::runtime::sim::Random;
use controlplane_types::Timestamp;
use tests::sim::invariant::acknowledged::{Acknowledged, Made};
use tests::sim::invariant::addresses::Addresses;
use tests::sim::invariant::generation::Generations;
use tests::sim::invariant::linearizable::{ABSENT, Op, Operation, Verdict, check};
use tests::sim::invariant::one_leader::OneLeader;
use tests::sim::invariant::placement::Placement;
use tests::sim::invariant::revision::Revisions;
use tests::sim::invariant::watch::{Told, WatchHistory};

/// `(called, returned, op)`; returned 0 for an unknown end.
type Line = (u64, u64, Op);

fn history(lines: &[Line]) -> Vec<Operation> {
    let operation = |(index, (called, returned, op)): (usize, &Line)| Operation {
        client: format!("c{index}"),
        called: *called,
        returned: (*returned > 0).then_some(*returned),
        op: *op,
    };
    lines.iter().enumerate().map(operation).collect()
}

fn is_linearizable(lines: &[Line]) -> bool {
    check(&history(lines)).expect("a verdict") == Verdict::Linearizable
}

#[test]
fn histories_with_an_order() {
    let good: &[(&str, &[Line])] = &[
        ("nothing", &[]),
        ("a read of nothing", &[(1, 2, Read(ABSENT))]),
        ("one after the other", &[(1, 2, Write(1)), (3, 4, Read(1)), (5, 6, Write(2)), (7, 8, Read(2))]),
        ("a read beside a write sees the old value", &[(1, 4, Write(1)), (2, 3, Read(ABSENT))]),
        ("or the new one", &[(1, 4, Write(1)), (2, 3, Read(1))]),
        ("two writes at once, either may be last", &[(1, 4, Write(1)), (2, 3, Write(2)), (5, 6, Read(1))]),
        ("a write nobody heard of takes effect", &[(1, 0, Write(1)), (2, 3, Read(ABSENT)), (4, 5, Read(1))]),
        ("or never", &[(1, 0, Write(1)), (2, 3, Write(2)), (4, 5, Read(2))]),
        ("or long after", &[(1, 0, Write(1)), (2, 3, Write(2)), (4, 5, Read(2)), (6, 7, Read(1))]),
        ("a swap that fits", &[(1, 2, Write(1)), (3, 4, Swap(1, 2)), (5, 6, Read(2))]),
        ("a swap that does not", &[(1, 2, Write(1)), (3, 4, SwapRefused(2)), (5, 6, Read(1))]),
        (
            "a refusal explained by a write nobody heard of",
            &[(1, 2, Write(1)), (3, 0, Write(2)), (4, 5, SwapRefused(1))],
        ),
        (
            "removed and back",
            &[
                (1, 2, Write(1)),
                (3, 4, Write(ABSENT)),
                (5, 6, Read(ABSENT)),
                (7, 8, Write(1)),
                (9, 10, Read(1)),
            ],
        ),
    ];
    for (name, lines) in good {
        assert!(is_linearizable(lines), "{name}");
    }
}

#[test]
fn histories_without_one() {
    let bad: &[(&str, &[Line])] = &[
        ("a value from nowhere", &[(1, 2, Read(1))]),
        ("a lost write", &[(1, 2, Write(1)), (3, 4, Read(ABSENT))]),
        ("a stale read", &[(1, 2, Write(1)), (3, 4, Write(2)), (5, 6, Read(1))]),
        ("back in time", &[(1, 9, Write(1)), (2, 3, Read(1)), (4, 5, Read(ABSENT))]),
        (
            "two readers disagree on the order",
            &[(1, 20, Write(1)), (2, 21, Write(2)), (3, 4, Read(1)), (5, 6, Read(2)), (7, 8, Read(1))],
        ),
        ("a write before it was sent", &[(1, 2, Read(1)), (3, 4, Write(1))]),
        ("a write nobody heard of, before it was sent", &[(1, 2, Read(1)), (3, 0, Write(1))]),
        (
            "a write nobody heard of takes effect twice",
            &[(1, 0, Write(1)), (2, 3, Read(1)), (4, 5, Write(2)), (6, 7, Read(1))],
        ),
        ("two swaps from one value", &[(1, 2, Write(1)), (3, 6, Swap(1, 2)), (4, 5, Swap(1, 3))]),
        ("a refusal without a reason", &[(1, 2, Write(1)), (3, 4, SwapRefused(1))]),
        (
            "a retry behind a later write",
            &[(1, 2, Write(1)), (3, 4, Write(2)), (5, 6, Read(2)), (7, 8, Read(1))],
        ),
    ];
    for (name, lines) in bad {
        assert!(!is_linearizable(lines), "{name}");
    }
}

/// A history made by one real register, so an order exists; ends of some operations are not told.
fn made_history(random: &mut Random) -> Vec<Operation> {
    let (mut value, mut moment, mut operations) = (ABSENT, 0_u64, Vec::new());
    for number in 1..=60 {
        moment += 10;
        let op = match random.below(4) {
            0 | 1 => Read(value),
            2 => Write(number),
            _ => Swap(value, number),
        };
        if let Write(next) | Swap(_, next) = op {
            value = next;
        }
        // It took effect at `moment`, somewhere between call and return.
        let (called, returned) = (moment.saturating_sub(random.below(40)), moment + 1 + random.below(40));
        let told = !random.chance(10) || matches!(op, Read(_));
        let client = format!("c{}", number % 5);
        operations.push(Operation { client, called, returned: told.then_some(returned), op });
    }
    operations
}

#[test]
fn mutations_of_good_histories_are_found() {
    let mut random = Random::new(1);
    let mut found = 0;
    for _ in 0..100 {
        let good = made_history(&mut random);
        assert_eq!(check(&good), Ok(Verdict::Linearizable), "{good:?}");
        let reads = good.iter().enumerate().filter(|(_, operation)| matches!(operation.op, Read(_)));
        let reads: Vec<usize> = reads.map(|(index, _)| index).collect();
        let index = reads[random.below(reads.len() as u64) as usize];
        // The read says what was there long before, or what never was.
        let mut bad = good.clone();
        bad[index].op = Read(if random.chance(50) { 1_000 } else { ABSENT });
        found += u32::from(check(&bad) != Ok(Verdict::Linearizable));
    }
    // A read near the beginning may rightly see nothing.
    assert!(found > 80, "{found} of 100 mutations were found");
}

#[test]
fn a_term_with_two_leaders_is_found() {
    let mut rule = OneLeader::default();
    rule.note(1, Leadership::Settling { term: 3 });
    rule.note(1, Leadership::Leader { term: 3, ready_index: 1 });
    rule.note(2, Leadership::Follower { term: 3, leader: Some(1) });
    rule.note(2, Leadership::Leader { term: 4, ready_index: 9 });
    assert!(rule.broken().is_empty() && rule.terms() == 2, "{:?}", rule.broken());
    rule.note(2, Leadership::Settling { term: 3 });
    assert_eq!(rule.broken().len(), 1);
}

#[test]
fn a_revision_or_a_time_that_goes_back_is_found() {
    let mut rule = Revisions::default();
    let before = rule.asked();
    rule.answered("a", before, 7);
    // It asked before the other was answered.
    rule.answered("b", before, 5);
    for (revision, now) in [(5, 100), (7, 110), (6, 105), (7, 110)] {
        rule.decided(revision, Timestamp(now));
    }
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    rule.answered("c", rule.asked(), 6);
    rule.decided(8, Timestamp(109));
    rule.decided(6, Timestamp(104));
    assert_eq!(rule.broken().len(), 3, "{:?}", rule.broken());
}

fn told(before: u64, revision: u64, content: u64) -> Told {
    Told { before, revision, content, invented: Vec::new() }
}

#[test]
fn a_wrong_stream_of_changes_is_found() {
    let mut rule = WatchHistory::default();
    let (mut first, mut second) = (rule.begin(1, 0), rule.begin(2, 1));
    for change in [told(0, 1, 11), told(1, 2, 12), told(2, 3, 13)] {
        rule.tell(&mut first, &change);
        // What it holds already is passed over.
        rule.tell(&mut second, &change);
    }
    rule.resync(&mut first, 9);
    rule.tell(&mut first, &told(9, 10, 20));
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    let broken: &[(&str, Told)] = &[
        ("one is left out", told(4, 5, 15)),
        ("another content", told(5, 6, 16)),
        ("invented", Told { invented: vec!["key".into()], ..told(6, 7, 17) }),
    ];
    let mut other = rule.begin(3, 5);
    rule.tell(&mut other, &told(5, 6, 99));
    for (index, (name, change)) in broken.iter().enumerate() {
        rule.tell(&mut second, change);
        assert_eq!(rule.broken().len(), index + 1, "{name}: {:?}", rule.broken());
    }
    rule.resync(&mut second, 2);
    assert_eq!(rule.broken().len(), 4, "back in time");
}

#[test]
fn an_older_desired_set_is_found() {
    let generation = |index| Some(Generation { cluster_id: "c".into(), incarnation: 1, index });
    let mut rule = Generations::default();
    for index in [3, 3, 4] {
        rule.in_force(generation(index));
    }
    rule.in_force(None);
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    rule.in_force(generation(3));
    assert_eq!(rule.broken().len(), 1);
}

#[test]
fn an_address_given_twice_is_found() {
    let held = |network: &str, address: &str, interface: &str| {
        ((network.to_owned(), address.to_owned()), interface.to_owned())
    };
    let mut rule = Addresses::default();
    rule.take([
        held("a", "10.0.0.1", "eni-1"),
        held("b", "10.0.0.1", "eni-2"),
        held("a", "10.0.0.2", "eni-3"),
    ]);
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    rule.take([held("a", "10.0.0.1", "eni-1"), held("a", "10.0.0.1", "eni-2")]);
    assert_eq!(rule.broken().len(), 1);
}

#[test]
fn an_instance_on_two_nodes_is_found() {
    let machines = |one: &[&str], other: &[&str]| {
        let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        [("m1".to_owned(), list(one)), ("m2".to_owned(), list(other))].into()
    };
    let mut rule = Placement::default();
    for (instance, node) in [("i-1", "m1"), ("i-2", "m2"), ("i-1", "m1")] {
        rule.recorded(instance, node);
    }
    rule.running(&machines(&["i-1"], &["i-2"]));
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    rule.recorded("i-1", "m2");
    rule.running(&machines(&["i-1"], &["i-1"]));
    assert_eq!(rule.broken().len(), 2);
}

#[test]
fn a_lost_or_doubled_acknowledgement_is_found() {
    let made = |id: &str| Made { id: id.to_owned(), detail: String::new() };
    let mut rule = Acknowledged::default();
    rule.note("a", made("1"));
    rule.note("a", made("1"));
    let recorded = |list: &[(&str, &str)]| -> Vec<(String, Made)> {
        list.iter().map(|(token, id)| ((*token).to_owned(), made(id))).collect()
    };
    rule.compare("s", recorded(&[("a", "1"), ("never told", "2")]));
    assert!(rule.broken().is_empty(), "{:?}", rule.broken());
    for (name, list) in
        [("lost", &[("b", "2")][..]), ("another", &[("a", "3")]), ("twice", &[("a", "1"), ("a", "2")])]
    {
        let before = rule.broken().len();
        rule.compare("s", recorded(list));
        assert_eq!(rule.broken().len(), before + 1, "{name}: {:?}", rule.broken());
    }
    rule.note("a", made("9"));
    assert_eq!(rule.broken().len(), 4);
}
