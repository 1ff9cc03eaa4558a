//! What is kept, and for how long.

use super::super::cache::{Cache, Found, Key};
use super::*;
use hickory_proto::rr::rdata::{A, SOA};
use hickory_proto::rr::{LowerName, Record};

fn key(name: &str) -> Key {
    (LowerName::from(Name::from_ascii(name).unwrap()), RecordType::A)
}

fn record(ttl: u32) -> Record {
    Record::from_rdata(Name::from_ascii("x.test.").unwrap(), ttl, RData::A(A::new(192, 0, 2, 1)))
}

fn soa(ttl: u32, minimum: u32) -> Record {
    let name = Name::from_ascii("test.").unwrap();
    Record::from_rdata(name.clone(), ttl, RData::SOA(SOA::new(name.clone(), name, 1, 1, 1, 1, minimum)))
}

#[test]
fn answers_hold_as_long_as_they_say() {
    let positive = Found { answers: vec![record(30), record(10)], ..Found::default() };
    let denied = Found { code: ResponseCode::NXDomain, authorities: vec![soa(900, 20)], ..Found::default() };
    let empty = Found { authorities: vec![soa(5, 20)], ..Found::default() };
    let unbounded = Found { answers: vec![record(u32::MAX)], ..Found::default() };
    for (found, holds) in [(positive, 10), (denied, 20), (empty, 5), (unbounded, 3600)] {
        let cache = Cache::default();
        let at = |seconds: u64| Duration::from_secs(100 + seconds);
        cache.put(key("x.test."), &found, at(0));
        assert!(cache.get(&key("X.TEST."), at(holds - 1)).is_some(), "{found:?}");
        assert!(cache.get(&key("x.test."), at(holds)).is_none(), "{found:?}");
        let ages = |records: &[Record]| records.iter().map(|record| record.ttl).collect::<Vec<_>>();
        let aged = cache.get(&key("x.test."), at(2)).unwrap();
        let expected: Vec<u32> = ages(&found.answers).into_iter().map(|ttl| ttl - 2).collect();
        assert_eq!(ages(&aged.answers), expected);
    }
}

#[test]
fn what_says_nothing_for_long_is_not_kept() {
    for found in [
        Found::failure(),
        Found { code: ResponseCode::Refused, answers: vec![record(10)], ..Found::default() },
        Found { answers: vec![record(0)], ..Found::default() },
        Found { code: ResponseCode::NXDomain, ..Found::default() },
        Found { answers: vec![record(10); 100], ..Found::default() },
    ] {
        let cache = Cache::default();
        cache.put(key("x.test."), &found, Duration::ZERO);
        assert_eq!(cache.len(), 0, "{found:?}");
    }
}

#[test]
fn the_cache_is_bounded() {
    let cache = Cache::default();
    for number in 0..5000_u32 {
        let found = Found { answers: vec![record(100 + number % 7)], ..Found::default() };
        cache.put(key(&format!("n{number}.test.")), &found, Duration::from_secs(1));
    }
    assert_eq!(cache.len(), 4096);
    assert!(cache.get(&key("n4999.test."), Duration::from_secs(2)).is_some(), "the newest is there");
}
