//! What surrounds the records: sizes, truncation, EDNS, client subnets, the question's case.

use super::rules::zone;
use super::*;
use crate::answer;
use crate::zone::tests::{geolocation, member, multivalue, set, snapshot};
use controlplane_proto::dns::record_set::Policy as Given;

#[test]
fn the_case_of_the_question_comes_back() {
    let mut world = World::new(&zone(), &[]);
    let reply = world.ask("wWw.ExAmPlE.cOm", "A");
    assert_eq!(reply.question, Some(("wWw.ExAmPlE.cOm.".to_owned(), 1, 1)));
    assert!(reply.answer.iter().all(|record| record.owner == "wWw.ExAmPlE.cOm."));
    assert_eq!(world.ask("NOWHERE.Example.Com", "A").authority[0].owner, "Example.Com.");
}

#[test]
fn rule_8_4_sizes_and_truncation() {
    let values: Vec<String> = (0..200).map(|number| format!("10.0.0.{number}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let mut world = World::new(&snapshot(1, vec![set("many.example.com.", "A", 60, &values)]), &[]);
    let query = Query::new("many.example.com", "A");
    // 200 records of 16 octets, question and header: 3,234 octets, 3,245 with OPT.
    let cases = [
        (None, false),
        (Some(0), false),
        (Some(512), false),
        (Some(3244), false),
        (Some(3245), true),
        (Some(65535), true),
    ];
    for (size, fits) in cases {
        let query = size.map_or(query.clone(), |size| query.clone().edns(size));
        let reply = Reply::read(&world.send(&query.packet(), Transport::Udp));
        assert_eq!((reply.tc, reply.answer.len()), (!fits, if fits { 200 } else { 0 }), "{size:?}");
        assert!(reply.len <= usize::from(size.unwrap_or(0)).clamp(512, 4096));
        let reply = Reply::read(&world.send(&query.packet(), Transport::Tcp));
        assert_eq!((reply.tc, reply.answer.len()), (false, 200), "TCP is never cut");
    }
}

#[test]
fn what_fits_no_message_at_all_is_a_server_failure() {
    let strings = vec![format!("\"{}\"", "a".repeat(255)); 15].join(" ");
    let values: Vec<String> = (0..20).map(|number| format!("\"{number}\" {strings}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let mut world = World::new(&snapshot(1, vec![set("huge.example.com.", "TXT", 60, &values)]), &[]);
    let packet = Query::new("huge.example.com", "TXT").packet();
    assert!(Reply::read(&world.send(&packet, Transport::Udp)).tc);
    let reply = Reply::read(&world.send(&packet, Transport::Tcp));
    assert_eq!((reply.rcode, reply.tc, reply.answer.len()), (Rcode::ServFail as u16, false, 0));
}

#[test]
fn glue_that_does_not_fit_sets_tc_and_a_courtesy_does_not() {
    let servers: Vec<String> = (0..12).map(|number| format!("ns{number}.sub.example.com.")).collect();
    let outside: Vec<String> = (0..12).map(|number| format!("ns{number}.example.com.")).collect();
    for (servers, truncated) in [(servers, true), (outside, false)] {
        let names: Vec<&str> = servers.iter().map(String::as_str).collect();
        let mut sets = vec![set("sub.example.com.", "NS", 60, &names)];
        sets.extend(names.iter().map(|name| set(name, "AAAA", 60, &["2001:db8::1"])));
        let mut world = World::new(&snapshot(1, sets), &[]);
        assert_eq!(world.ask("a.sub.example.com", "A").tc, truncated);
    }
}

#[test]
fn glue_is_what_the_servers_own_groups_choose_each_address_once() {
    let server = |id: &str, policy: Given, values: &[&str]| {
        member(set("ns.sub.example.com.", "A", 60, values), id, policy, "")
    };
    let overlapping = vec![
        server("1", multivalue(), &["192.0.2.1", "192.0.2.2"]),
        server("2", multivalue(), &["192.0.2.2", "192.0.2.3"]),
    ];
    let elsewhere = vec![server("1", geolocation("DE"), &["192.0.2.1"])];
    for (mut sets, expected) in
        [(overlapping, &["192.0.2.1", "192.0.2.2", "192.0.2.3"][..]), (elsewhere, &[])]
    {
        sets.push(set("sub.example.com.", "NS", 60, &["ns.sub.example.com."]));
        let reply = World::new(&snapshot(1, sets), &[]).ask("a.sub.example.com", "A");
        let mut glue: Vec<String> = reply.additional.into_iter().map(|record| record.data).collect();
        glue.sort();
        assert_eq!(reply.authority.len(), 1);
        assert_eq!(glue, expected);
    }
}

#[test]
fn edns_is_answered_with_edns_and_versions_are_refused() {
    let mut world = World::new(&zone(), &[]);
    let query = Query::new("www.example.com", "A");
    assert_eq!(Reply::read(&world.send(&query.packet(), Transport::Udp)).opt, None);
    let reply = Reply::read(
        &world.send(&query.clone().opt(4096, 0x8000, &[0, 99, 0, 2, 1, 2]).packet(), Transport::Udp),
    );
    let opt = reply.opt.unwrap();
    assert_eq!((opt.size, opt.version, opt.dnssec_ok, opt.options.len()), (1232, 0, true, 0));
    let reply = Reply::read(&world.send(&query.clone().opt(4096, 1 << 16, &[1]).packet(), Transport::Udp));
    assert_eq!((reply.rcode, reply.opt.unwrap().version, reply.answer.len()), (Rcode::BadVers as u16, 0, 0));
    for broken in [
        query.clone().edns(512).edns(512),
        query.clone().opt(512, 0, &[0, 8, 0, 9, 1]),
        query.clone().opt(512, 0, &[0, 8, 0, 4, 0, 1, 0, 0, 0, 8, 0, 4, 0, 1, 0, 0]),
        query.clone().opt(512, 0, &[0]),
        query.clone().opt(512, 0, &[0, 99]),
        query.opt(512, 0, &[0, 99, 0]),
    ] {
        assert_eq!(Reply::read(&world.send(&broken.packet(), Transport::Udp)).rcode, Rcode::FormErr as u16);
    }
}

#[test]
fn rule_11_client_subnets_are_checked_and_echoed_with_scope_0() {
    let mut world = World::new(&zone(), &[]);
    let query = |option: &[u8]| Query::new("www.example.com", "A").subnet(option).packet();
    let good: &[&[u8]] = &[
        &[0, 1, 24, 0, 192, 0, 2],
        &[0, 1, 0, 0],
        &[0, 0, 0, 0],
        &[0, 1, 9, 0, 10, 128],
        &[0, 2, 32, 0, 0x20, 1, 0xd, 0xb8],
    ];
    for option in good {
        let reply = Reply::read(&world.send(&query(option), Transport::Udp));
        assert_eq!(reply.rcode, 0, "{option:?}");
        assert_eq!(reply.opt.unwrap().options, [&[0, 8, 0, option.len() as u8], *option].concat());
    }
    let bad: &[&[u8]] = &[
        &[0, 1, 24, 0, 192, 0],
        &[0, 1, 24, 0, 192, 0, 2, 0],
        &[0, 1, 9, 0, 10, 192],
        &[0, 1, 33, 0, 1, 2, 3, 4, 0],
        &[0, 1, 24, 8, 192, 0, 2],
        &[0, 3, 0, 0],
        &[0, 1, 24],
        &[],
    ];
    for option in bad {
        let reply = Reply::read(&world.send(&query(option), Transport::Udp));
        assert_eq!((reply.rcode, reply.answer.len()), (Rcode::FormErr as u16, 0), "{option:?}");
    }
}

#[test]
fn cookies_are_answered_with_one_that_is_this_servers_and_this_clients() {
    let mut world = World::new(&zone(), &[]);
    let cookie = |option: &[u8]| [&[0, 10, 0, option.len() as u8], option].concat();
    let query = |options: &[u8]| Query::new("www.example.com", "A").opt(1232, 0, options).packet();
    let mut ask = |options: &[u8], peer: &str| {
        let reply = Reply::read(&world.send_from(&query(options), Transport::Udp, peer.parse().unwrap()));
        (reply.rcode, reply.opt.unwrap().options)
    };
    let (rcode, first) = ask(&cookie(&[7; 8]), "192.0.2.1");
    let expected: &[u8] = &[0, 10, 0, 24, 7, 7, 7, 7, 7, 7, 7, 7, 1, 0, 0, 0];
    assert_eq!((rcode, first.len(), &first[..16]), (0, 28, expected));
    assert_eq!(ask(&first, "192.0.2.1").1, first, "shown again within the second");
    assert_ne!(ask(&first, "192.0.2.2").1, first, "another client's");
    assert_eq!(ask(&[cookie(&[7; 8]), cookie(&[8; 8])].concat(), "192.0.2.1").1, first, "the first counts");
    for len in [0, 7, 9, 15, 41] {
        assert_eq!(ask(&cookie(&vec![1; len]), "192.0.2.1"), (Rcode::FormErr as u16, vec![]), "{len}");
    }
}

#[test]
fn nsid_is_told_to_who_asks_if_there_is_one() {
    let mut world = World::new(&zone(), &[]);
    let query = Query::new("www.example.com", "A").opt(1232, 0, &[0, 3, 0, 0]).packet();
    let mut options = |nsid: &str| {
        world.identity.nsid = nsid.as_bytes().into();
        Reply::read(&world.send(&query, Transport::Udp)).opt.unwrap().options
    };
    assert_eq!(options(""), b"");
    assert_eq!(options("dns-1"), b"\x00\x03\x00\x05dns-1");
    // Several options stand behind each other, the subnet's scope in its place.
    let all = [&[0, 3, 0, 0, 0, 10, 0, 8][..], &[1; 8], &[0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2]].concat();
    let reply = Reply::read(
        &world.send(&Query::new("www.example.com", "A").opt(1232, 0, &all).packet(), Transport::Udp),
    );
    let options = reply.opt.unwrap().options;
    assert_eq!(&options[..11], &[0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2]);
    assert_eq!((&options[11..15], &options[39..]), (&[0, 10, 0, 24][..], &b"\x00\x03\x00\x05dns-1"[..]));
}

#[test]
fn a_cut_reply_is_its_question_and_a_cookie_of_ours_proves_its_sender() {
    let mut world = World::new(&zone(), &[]);
    let query = Query::new("www.example.com", "A").opt(1232, 0, &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
    let mut reply = world.send(&query.packet(), Transport::Udp);
    let cookie = Reply::read(&reply).opt.unwrap().options;
    let len = answer::cut(&mut reply);
    let short = Reply::read(&reply[..len]);
    assert_eq!((short.tc, short.rcode, short.answer.len(), short.opt), (true, 0, 0, None));
    assert_eq!(short.question, Some(("www.example.com.".to_owned(), 1, 1)));
    let arrival =
        Arrival { transport: Transport::Udp, peer: NOBODY, now: 1559731985, identity: &world.identity };
    assert!(!answer::is_proven(&query.packet(), &arrival));
    let shown = Query::new("www.example.com", "A").opt(1232, 0, &cookie).packet();
    assert!(answer::is_proven(&shown, &arrival));
    assert!(!answer::is_proven(&shown, &Arrival { now: 1559731985 + 4000, ..arrival }));
    for nothing in [vec![], vec![0; 11], vec![0xff; 12]] {
        let mut reply = nothing;
        assert!(answer::cut(&mut reply) <= 12);
    }
}
