//! What the control plane is told of answers, against what real clients get.

use super::*;
use crate::zone::tests::{alias, cidr, collection, failover, member, multivalue, set, snapshot, weighted};
use controlplane_proto::dns::answer::Said;
use controlplane_proto::dns::question::About;
use controlplane_proto::dns::{DrawZone, LookUp, LookedUp, Question, Zone};

impl Fixture {
    async fn said(&mut self, about: About) -> Said {
        static NUMBERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let number = NUMBERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let question = Some(Question { number, about: Some(about) });
        self.control.messages.send(FeedMessage { question, ..FeedMessage::default() }).await.unwrap();
        let mine = |status: &FeedStatus| status.answer.as_ref().is_some_and(|answer| answer.number == number);
        self.status(mine).await.answer.unwrap().said.unwrap()
    }

    async fn looked_up(&mut self, zone_id: &str, name: &str, kind: &str, subnet: &str) -> LookedUp {
        let look_up = LookUp {
            zone_id: zone_id.to_owned(),
            name: name.to_owned(),
            r#type: kind.to_owned(),
            peer: "127.0.0.1".to_owned(),
            subnet: subnet.to_owned(),
            explain: true,
        };
        match self.said(About::LookUp(look_up)).await {
            Said::LookedUp(found) => found,
            other => panic!("{other:?}"),
        }
    }
}

fn world() -> FeedMessage {
    let address = |name: &str, last: u8| set(name, "A", 60, &[&format!("192.0.2.{last}")]);
    let sets = vec![
        address("www.example.com.", 1),
        set("www.example.com.", "TXT", 60, &["\"a b\" \"c\""]),
        set("mail.example.com.", "MX", 60, &["10 www.example.com.", "20 mx.example.net."]),
        set("chain.example.com.", "CNAME", 60, &["geo.example.com."]),
        member(address("geo.example.com.", 2), "near", cidr("c1", "near"), ""),
        member(alias("geo.example.com.", "A", "pair.example.com.", true), "far", cidr("c1", "*"), ""),
        member(address("pair.example.com.", 3), "main", failover(true), ""),
        member(address("pair.example.com.", 4), "spare", failover(false), ""),
        member(address("many.example.com.", 5), "a", multivalue(), ""),
        member(address("many.example.com.", 6), "b", multivalue(), ""),
        member(address("heavy.example.com.", 7), "all", weighted(9), ""),
        member(address("heavy.example.com.", 8), "none", weighted(0), ""),
        address("\\052.wild.example.com.", 9),
        set("sub.example.com.", "NS", 60, &["ns.example.net."]),
    ];
    let blocks = [("near", ["10.5.0.0/16", "127.0.0.0/8"].as_slice())];
    FeedMessage { cidr_collections: vec![collection("c1", &blocks)], ..snapshot(1, sets) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_up_is_what_clients_get() {
    let mut fixture = Fixture::new(world()).await;
    let names =
        ["www", "mail", "chain", "geo", "pair", "many", "heavy", "x.wild", "wild", "x.sub", "nowhere"];
    for subnet in ["", "10.5.1.0/24", "203.0.113.0/24", "2001:db8::/56"] {
        for (name, kind) in names.iter().flat_map(|name| [(name, "A"), (name, "MX"), (name, "TXT")]) {
            let name = format!("{name}.example.com");
            let said = fixture.looked_up("Z1", &name, kind, subnet).await;
            let option = if subnet.is_empty() { String::new() } else { format!("+subnet={subnet} ") };
            let real = fixture.dig(&format!("+noall +comments +answer {option}{name} {kind}")).await;
            assert!(real.contains(&format!("status: {}", said.rcode)), "{name} {kind} {subnet}: {real}");
            let records = real.lines().filter(|line| !line.is_empty() && !line.starts_with(';'));
            let mut given: Vec<String> =
                records.map(|line| line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ")).collect();
            let mut data = said.data;
            given.sort();
            data.sort();
            assert_eq!(data, given, "{name} {kind} {subnet}");
            assert_eq!(said.transport, "UDP");
        }
    }
    let near = fixture.looked_up("", "chain.example.com", "A", "10.5.1.0/24").await;
    assert_eq!(near.data, ["geo.example.com.", "192.0.2.2"]);
    assert!(near.explanation.contains("-> near near 192.0.2.2"), "{}", near.explanation);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_zone_can_be_asked_as_if_there_were_no_other() {
    let mut message = world();
    // Another zone of the same name, which nobody is answered from, and one below.
    message.zones.push(Zone {
        id: "Z2".to_owned(),
        name: "example.com.".to_owned(),
        signing: None,
        serial: 0,
    });
    message.zones.push(Zone {
        id: "Z3".to_owned(),
        name: "pair.example.com.".to_owned(),
        signing: None,
        serial: 0,
    });
    let mut hidden = set("www.example.com.", "A", 60, &["198.51.100.1"]);
    hidden.key.as_mut().unwrap().zone_id = "Z2".to_owned();
    let mut below = set("pair.example.com.", "A", 60, &["198.51.100.2"]);
    below.key.as_mut().unwrap().zone_id = "Z3".to_owned();
    message.record_sets.extend([hidden, below]);
    let mut fixture = Fixture::new(message).await;
    for (zone, name, expected) in [
        ("", "www", "192.0.2.1"),
        ("Z1", "www", "192.0.2.1"),
        ("", "pair", "198.51.100.2"),
        ("Z1", "pair", "192.0.2.3"),
        ("Z3", "pair", "198.51.100.2"),
    ] {
        let found = fixture.looked_up(zone, &format!("{name}.example.com"), "A", "").await;
        // A zone without an SOA record is not complete: its names are not answered for.
        let rcode = if expected.starts_with("198") { "SERVFAIL" } else { "NOERROR" };
        assert_eq!(found.rcode, rcode, "{zone} {name}");
        assert!(found.explanation.contains(expected), "{zone} {name}: {}", found.explanation);
    }
    assert_eq!(fixture.looked_up("Z3", "www.example.com", "A", "").await.rcode, "REFUSED");

    let drawn = fixture.said(About::DrawZone(DrawZone { zone_id: "Z2".to_owned() })).await;
    assert!(matches!(&drawn, Said::Drawn(tree) if tree.contains("198.51.100.1")), "{drawn:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_up_is_refused() {
    let mut fixture = Fixture::new(world()).await;
    let good = LookUp {
        name: "www.example.com".to_owned(),
        r#type: "A".to_owned(),
        peer: "127.0.0.1".to_owned(),
        ..LookUp::default()
    };
    let broken = [
        ("zone Z9", LookUp { zone_id: "Z9".to_owned(), ..good.clone() }),
        ("name", LookUp { name: "a..b".to_owned(), ..good.clone() }),
        ("type", LookUp { r#type: "OPT".to_owned(), ..good.clone() }),
        ("peer", LookUp { peer: "here".to_owned(), ..good.clone() }),
        ("subnet", LookUp { subnet: "10.0.0.0/33".to_owned(), ..good.clone() }),
    ];
    for (part, wrong) in broken {
        let said = fixture.said(About::LookUp(wrong)).await;
        assert!(matches!(&said, Said::Refused(reason) if reason.starts_with(part)), "{part}: {said:?}");
    }
    let drawn = fixture.said(About::DrawZone(DrawZone { zone_id: "Z9".to_owned() })).await;
    assert_eq!(drawn, Said::Refused("zone Z9 is not here".to_owned()));
    assert!(matches!(fixture.said(About::LookUp(good)).await, Said::LookedUp(_)));
}
