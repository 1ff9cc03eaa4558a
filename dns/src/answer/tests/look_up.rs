//! Looking up, against the replies that clients get. Over real sockets: `crate::tests::asking`.

use super::*;
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
