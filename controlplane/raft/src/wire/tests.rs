//! Round trips, and bytes that must be refused.

use super::record::MembershipRecord;
use super::*;
use crate::batch::{Batch, Change};
use crate::types::{Entry, Membership, Payload, Vote};
use openraft::impls::BasicNode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn membership() -> Membership {
    let nodes = BTreeMap::from([(1, BasicNode::new("a:1")), (2, BasicNode::new("b:2"))]);
    Membership::new(vec![BTreeSet::from([1, 2])], nodes).unwrap()
}

/// In the middle of a change: server 2 leaves, 3 comes, 4 learns.
fn joint() -> Membership {
    let nodes = (1..=4).map(|id| (id, BasicNode::new(format!("{id}:1")))).collect::<BTreeMap<_, _>>();
    Membership::new(vec![BTreeSet::from([1, 2]), BTreeSet::from([1, 3])], nodes).unwrap()
}

fn entries() -> Vec<Entry> {
    let change = Change { key: "k".to_owned(), value: Some(vec![0, 1, 255]) };
    let batch = Batch { term: 2, changes: vec![change], ..Batch::default() };
    let payloads = [
        Payload::Blank,
        Payload::Normal(Arc::new(batch)),
        Payload::Membership(membership()),
        Payload::Membership(joint()),
    ];
    payloads
        .into_iter()
        .enumerate()
        .map(|(index, payload)| Entry {
            log_id: LogIdRecord { term: 2, index: index as u64 }.into(),
            payload,
        })
        .collect()
}

#[test]
fn entries_read_back_as_written() {
    for entry in entries() {
        let bytes = encode(&EntryRecord::from(&entry));
        let record: EntryRecord = decode("entry", &bytes).unwrap();
        assert_eq!(Entry::try_from(record).unwrap(), entry);
    }
}

#[test]
fn votes_read_back_as_written() {
    let vote: Vote = VoteRecord { term: 7, node: 3, committed: true }.into();
    let record: VoteRecord = decode("vote", &encode(&VoteRecord::from(vote))).unwrap();
    assert_eq!(Vote::from(record), vote);
}

#[test]
fn bytes_left_over_and_bytes_missing_are_refused() {
    let mut bytes = encode(&LogIdRecord { term: 1, index: 2 });
    bytes.push(0);
    assert!(decode::<LogIdRecord>("id", &bytes).is_err());
    for length in 0..bytes.len() - 1 {
        assert!(decode::<LogIdRecord>("id", &bytes[..length]).is_err());
    }
}

#[test]
fn an_entry_with_two_contents_is_refused() {
    let record = EntryRecord {
        id: LogIdRecord { term: 1, index: 1 },
        batch: Some(Arc::default()),
        membership: Some(MembershipRecord::from(&membership())),
    };
    assert!(Entry::try_from(record).is_err());
}

#[test]
fn the_sender_is_read_without_the_rest() {
    let envelope = Envelope { cluster: "prod".to_owned(), from: 7, to: 3, body: vec![0; 100] };
    let bytes = encode(&envelope);
    assert_eq!(sender(&bytes).unwrap(), 7);
    assert_eq!(sender(&bytes[..bytes.len() - 50]).unwrap(), 7);
    for bytes in [&bytes[..3], b"", b"\xff\xff\xff\xff"] {
        assert!(sender(bytes).is_err());
    }
}
