//! Looking up, against the replies that clients get. Over real sockets: `crate::tests::asking`.

use super::*;
use crate::answer::look_up::data;
use crate::zone::tests::{set, snapshot};

fn looked_up(world: &World, name: &str, kind: &str, subnet: Option<&str>) -> LookedUp {
    let query = LookUp {
        name: &Name::parse(name).unwrap(),
        kind: RecordType::parse(kind).unwrap(),
        peer: NOBODY,
        subnet: subnet.map(|subnet| subnet.parse().unwrap()),
    };
    look_up(&world.snapshot, &query, &world.means.random)
}

#[test]
fn it_says_what_the_reply_says() {
    let names = ["www", "geo", "eu", "x.wild", "wild", "nowhere", "x.sub"];
    for unhealthy in [&[][..], &["h1"], &["h1", "h2"]] {
        let mut world = super::explain::world(unhealthy);
        for (name, kind) in names.iter().flat_map(|name| [(name, "A"), (name, "CNAME"), (name, "TXT")]) {
            let name = format!("{name}.example.com");
            let said = looked_up(&world, &name, kind, Some("10.5.1.9/24"));
            let reply = world.ask_for(&name, kind, "10.5.1.0/24");
            let given: Vec<String> = reply.answer.into_iter().map(|record| record.data).collect();
            let rcode = if reply.rcode == 3 { "NXDOMAIN" } else { "NOERROR" };
            assert_eq!((said.data, said.rcode), (given, rcode), "{name} {kind}");
        }
    }
    let said = looked_up(&super::explain::world(&[]), "www.example.net", "A", None);
    assert_eq!((said.rcode, said.data.len()), ("REFUSED", 0));
}

#[test]
fn names_are_whole_and_every_type_is_text() {
    let sets = [
        ("CNAME", "there.example.com."),
        ("MX", "10 mail.example.com."),
        ("NS", "ns.example.net."),
        ("PTR", "a.b.example.com."),
        ("SRV", "1 2 443 www.example.com."),
        ("TXT", "\"a b\" \"c\""),
        ("SPF", "\"v=spf1 -all\""),
        ("CAA", "0 issue \"ca.example\""),
        ("AAAA", "2001:db8::1"),
    ];
    for (kind, value) in sets {
        // Below a delegation there is none.
        let name = if kind == "NS" { "example.com" } else { "a.example.com" };
        let world = World::new(&snapshot(1, vec![set(&format!("{name}."), kind, 60, &[value])]), &[]);
        assert_eq!(looked_up(&world, name, kind, None).data, [value], "{kind}");
    }
}

#[test]
fn what_no_datagram_holds_comes_over_tcp() {
    let many: Vec<String> =
        (0..400).map(|number| format!("10.0.{}.{}", number / 256, number % 256)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let world = World::new(&snapshot(1, vec![set("many.example.com.", "A", 60, &many)]), &[]);
    let said = looked_up(&world, "many.example.com", "A", None);
    assert_eq!((said.transport, said.data.len()), (Transport::Tcp, 400));
    let said = looked_up(&world, "example.com", "SOA", None);
    assert_eq!((said.transport, said.data.len()), (Transport::Udp, 1));
}

#[test]
fn of_a_damaged_reply_is_said_what_stands_before_the_damage() {
    let values = ["10 a.mail.example.com.", "20 b.mail.example.com."];
    let mut world = World::new(&snapshot(1, vec![set("example.com.", "MX", 60, &values)]), &[]);
    let packet = Query::new("example.com", "MX").packet();
    let reply = world.send(&packet, Transport::Udp);
    let whole = data(&reply, &packet);
    assert_eq!(whole.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(values));
    for len in 0..reply.len() {
        let said = data(&reply[..len], &packet);
        assert!(said.len() < whole.len() && whole.starts_with(&said), "cut at {len}: {said:?}");
    }
    // The last name ends in a pointer; one that points to itself leads nowhere.
    let pointer = reply.len() - 2;
    let circular = [&reply[..pointer], &(0xc000 | pointer as u16).to_be_bytes()].concat();
    assert_eq!(data(&circular, &packet), whole[..1]);
    for place in 0..reply.len() {
        for bit in 0..8 {
            let mut damaged = reply.clone();
            damaged[place] ^= 1 << bit;
            let records = usize::from(u16::from_be_bytes([damaged[6], damaged[7]]));
            assert!(data(&damaged, &packet).len() <= records, "bit {bit} of octet {place}");
        }
    }
}

#[test]
fn addresses_are_those_our_own_zones_give() {
    let world = World::new(&super::rules::zone(), &[]);
    let two = vec![Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];
    let cases = [
        ("www.example.com", Some(two.clone())),
        ("far.example.com", Some(two)),
        ("nowhere.example.com", Some(vec![])),
        ("www.example.net", None),
    ];
    for (name, expected) in cases {
        let mut found = addresses(&world.snapshot, &Name::parse(name).unwrap(), Random::new(7));
        found.iter_mut().for_each(|found| found.sort());
        assert_eq!(found, expected, "{name}");
    }
}
