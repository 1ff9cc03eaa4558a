//! "No allocation on the query path" is counted, not believed.

use super::*;
use crate::zone::tests::{failover, member, multivalue, set, snapshot, weighted};
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
    sets.push(member(set("f.example.com.", "A", 60, &["192.0.2.1"]), "p", failover(true), "h"));
    let mut world = World::new(&snapshot(1, sets), &["h"]);
    let names = ["simple", "alias", "x.wild", "x.sub", "m", "w", "f", "nowhere", "a.b.c"];
    let packets = names.map(|name| Query::new(&format!("{name}.example.com"), "A").edns(1232).packet());
    let refused = Query::new("example.net", "A").packet();
    let unreadable = vec![0; 40];
    let mut out = vec![0; MAX_UDP];
    let before = ALLOCATIONS.with(Cell::get);
    for packet in packets.iter().chain([&refused, &unreadable]) {
        let len = answer(&world.snapshot, packet, Transport::Udp, &mut world.random, &mut out);
        assert!(len >= 12);
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
}
