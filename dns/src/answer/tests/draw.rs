//! Drawings of zones.

use super::*;
use crate::zone::tests::{alias, failover, member, set, snapshot, weighted};

fn drawn(world: &World) -> Option<String> {
    let checks = world.checks();
    let zone = world.snapshot.only().expect("one zone");
    super::draw(&world.snapshot, zone, &|slot| checks.get(&slot).cloned())
}

#[test]
fn a_zone_is_drawn_with_what_its_aliases_lead_to() {
    let text = drawn(&super::explain::world(&["h1"])).unwrap();
    let shown: Vec<&str> = text.lines().filter(|line| !line.contains("awsdns")).collect();
    let expected = "\
example.com. (Z1)
├─ geo.example.com. A geolocation
│  ├─ else * 192.0.2.1 ttl 60
│  └─ europe EU [target healthy]
│     └─ eu.example.com. A failover
│        ├─ main first [check h1 unhealthy] 192.0.2.2 ttl 60
│        └─ spare second [target healthy]
│           └─ spare.example.com. A weighted
│              └─ only weight 5 [check h2 healthy] 192.0.2.3 ttl 60
├─ sub.example.com. NS simple ns.example.net. ttl 60
├─ \\052.wild.example.com. A simple 192.0.2.4 ttl 60
└─ www.example.com. CNAME simple geo.example.com. ttl 60";
    assert_eq!(shown, expected.lines().collect::<Vec<_>>());
}

#[test]
fn what_several_aliases_lead_to_is_drawn_once() {
    let address = |name: &str| set(name, "A", 60, &["192.0.2.1"]);
    let sets = vec![
        member(alias("top.example.com.", "A", "low.example.com.", true), "one", weighted(1), ""),
        member(alias("top.example.com.", "A", "low.example.com.", false), "two", weighted(2), ""),
        member(alias("top.example.com.", "A", "gone.example.com.", true), "three", weighted(3), ""),
        member(address("low.example.com."), "main", failover(true), ""),
        alias("self.example.com.", "A", "self.example.com.", false),
    ];
    let text = drawn(&World::new(&snapshot(1, sets), &[])).unwrap();
    let shown: Vec<&str> = text.lines().filter(|line| !line.contains("awsdns")).skip(1).collect();
    let expected = "\
├─ self.example.com. A simple alias that leads back to itself
└─ top.example.com. A weighted
   ├─ one weight 1 [target healthy]
   │  └─ low.example.com. A failover
   │     └─ main first 192.0.2.1 ttl 60
   ├─ three weight 3 [target unhealthy] alias of nothing
   └─ two weight 2
      └─ low.example.com., drawn above";
    assert_eq!(shown, expected.lines().collect::<Vec<_>>());
}

#[test]
fn a_tree_that_fits_no_message_is_refused() {
    let value = format!("\"{}\"", "x".repeat(250));
    let values: Vec<&str> = vec![&value; 8];
    let text = |number: usize| set(&format!("n{number}.example.com."), "TXT", 60, &values);
    let sets = |count: usize| World::new(&snapshot(1, (0..count).map(text).collect()), &[]);
    assert!(drawn(&sets(100)).is_some_and(|text| text.len() < crate::answer::draw::MAX_DRAWN));
    assert_eq!(drawn(&sets(2000)), None);
}
