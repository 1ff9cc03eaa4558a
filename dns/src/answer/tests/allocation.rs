//! "No allocation on the query path" is counted, not believed.

use super::*;
use crate::location::LatencyTable;
use crate::location::geo_db_tests::{geography, said};
use crate::zone::tests::*;
use controlplane_proto::dns::QueryLog;
use controlplane_types::Timestamp;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, with a counter per thread.
struct Counting;

// SAFETY: every call is handed on unchanged to the system's allocator, which keeps the contract; the counter is a
// plain thread-local cell without a destructor and allocates nothing itself.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn no_answer_allocates() {
    assert_no_allocation(None);
}

/// Made once, signatures and proofs are found again without a look at the keys.
#[test]
fn no_answer_with_signatures_made_before_allocates() {
    assert_no_allocation(Some(Keys::new().signing()));
}

fn assert_no_allocation(signing: Option<controlplane_proto::dns::Signing>) {
    let is_signed = signing.is_some();
    let mut sets = vec![
        set("simple.example.com.", "A", 60, &["192.0.2.1", "192.0.2.2"]),
        set("alias.example.com.", "CNAME", 60, &["simple.example.com."]),
        set("\\052.wild.example.com.", "A", 60, &["192.0.2.3"]),
        set("sub.example.com.", "NS", 60, &["ns.sub.example.com."]),
        set("ns.sub.example.com.", "A", 60, &["192.0.2.4"]),
    ];
    for number in 0..12 {
        let id = number.to_string();
        let value = format!("192.0.2.{number}");
        sets.push(member(set("m.example.com.", "A", 60, &[&value]), &id, multivalue(), "h"));
        sets.push(member(set("w.example.com.", "A", 60, &[&value]), &id, weighted(number), "h"));
    }
    let policies = [
        ("f", failover(true)),
        ("l", latency("eu-west-1")),
        ("geo", geolocation("DE")),
        ("none", geolocation("US")),
        ("p", geoproximity(5252, 1341, -7)),
        ("c", cidr("c1", "near")),
    ];
    for (name, policy) in policies {
        let set = set(&format!("{name}.example.com."), "A", 60, &["192.0.2.1"]);
        sets.push(member(set, "1", policy.clone(), "h"));
        let target = alias(&format!("to-{name}.example.com."), "A", &format!("{name}.example.com."), true);
        sets.push(member(target, "1", policy, "h"));
    }
    let other = set("l.example.com.", "A", 60, &["192.0.2.2"]);
    sets.push(member(other, "2", latency("us-east-1"), "h"));
    let networks = [("10.5.0.0/16".parse().unwrap(), said("EU", "DE", ""))];
    let collections = vec![collection("c1", &[("near", &["10.0.0.0/8"])])];
    let log = QueryLog { id: "q".to_owned(), zone_id: "Z1".to_owned(), log_group: "g".to_owned() };
    let mut message =
        FeedMessage { cidr_collections: collections, query_logs: vec![log], ..snapshot(1, sets) };
    message.zones[0].signing = signing;
    let measured =
        LatencyTable::parse("10.5.1.0/24 eu-west-1=9 us-east-1=3\n10.6.0.0/24 eu-west-1=9").unwrap();
    let geography = geography(&networks).measured(Some(measured));
    let mut world = World::placed(&message, &["h"], geography);
    let names = [
        "simple", "alias", "x.wild", "x.sub", "m", "w", "f", "l", "geo", "none", "p", "c", "to-f", "to-l",
        "to-geo", "to-none", "to-p", "to-c", "nowhere", "a.b.c",
    ];
    let query = |name: &str| Query::new(&format!("{name}.example.com"), "A");
    let dnssec_ok = if is_signed { 0x8000 } else { 0 };
    let plain = names.map(|name| query(name).opt(1232, dnssec_ok, &[]).packet());
    let located = names.map(|name| query(name).network("10.5.1.0/24".parse().unwrap()).packet());
    let cookie = query("w").opt(1232, 0, &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]).packet();
    let refused = Query::new("example.net", "A").packet();
    let unreadable = vec![0; 40];
    let mut out = vec![0; MAX_UDP];
    let (recorder, ring) = crate::query_log::ring();
    let peer = "10.6.0.1".parse().unwrap();
    let arrival = Arrival { transport: Transport::Udp, peer, now: 0, identity: &world.identity };
    // Which members are picked is chance, and each choice has a signature of its own: all of them are made before.
    for _ in 0..if is_signed { 3000 } else { 0 } {
        plain.iter().for_each(|packet| {
            answer(&world.snapshot, packet, arrival, &mut world.means, &mut out);
        });
    }
    let before = ALLOCATIONS.with(Cell::get);
    for packet in plain.iter().chain(&located).chain([&cookie, &refused, &unreadable]) {
        let len = answer(&world.snapshot, packet, arrival, &mut world.means, &mut out);
        assert!(len >= 12);
        recorder.note(&world.snapshot, packet, &out[..len], &arrival, Timestamp::default());
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
    assert_eq!(ring.len(), plain.len() + located.len() + 1, "what lies in the zone is logged");
}
