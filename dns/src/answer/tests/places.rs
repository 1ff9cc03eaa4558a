//! route53.md sections 10 (latency, geolocation, geoproximity, IP-based) and 11: who is sent where, and for how wide a
//! network that is said to hold.

use super::*;
use crate::location::geo_db_tests::{Said, geography, said};
use crate::zone::tests::{
    alias, cidr, collection, geolocation, geoproximity, latency, member, set, snapshot, weighted,
};
use controlplane_proto::dns::record_set::Policy as Given;
use controlplane_proto::dns::{self as proto, RecordSet};

const NAME: &str = "g.example.com";

/// Networks of the cases below.
fn earth() -> Geography {
    let at = |north, east, said: Said| Said { at: Some((north, east)), ..said };
    let networks: Vec<(IpNet, Said)> = [
        ("10.1.0.0/16", said("NA", "US", "CA")),
        ("10.2.0.0/16", said("NA", "US", "NY")),
        ("10.3.0.0/16", said("NA", "US", "")),
        ("10.4.0.0/16", said("NA", "CA", "")),
        ("10.5.0.0/16", said("EU", "DE", "")),
        ("10.6.0.0/16", said("EU", "FR", "")),
        ("10.7.0.0/16", said("AS", "CN", "")),
        ("10.8.0.0/16", said("AS", "JP", "")),
        ("10.9.0.0/16", at(0.0, 179.5, said("OC", "KI", ""))),
        ("10.10.0.0/16", said("AS", "TR", "")),
        ("2001:db8::/32", said("EU", "DE", "")),
    ]
    .map(|(network, said)| (network.parse().unwrap(), said))
    .to_vec();
    geography(&networks)
}

/// Members by what their TXT record says.
fn group(members: &[(&str, Given, &str)]) -> Vec<RecordSet> {
    let one = |(text, policy, check): &(&str, Given, &str)| {
        member(set("g.example.com.", "TXT", 60, &[&format!("\"{text}\"")]), text, policy.clone(), check)
    };
    members.iter().map(one).collect()
}

fn world(sets: Vec<RecordSet>, collections: Vec<proto::CidrCollection>, unhealthy: &[&str]) -> World {
    World::placed(&FeedMessage { cidr_collections: collections, ..snapshot(1, sets) }, unhealthy, earth())
}

/// What a client is told, and the scope; nothing is an answer too.
fn told(world: &mut World, network: &str) -> (String, u8) {
    let reply = world.ask_for(NAME, "TXT", network);
    assert_eq!((reply.rcode, reply.aa, reply.tc), (0, true, false));
    assert_eq!(reply.authority.len(), usize::from(reply.answer.is_empty()), "nothing comes with the SOA");
    let scope = reply.scope(Some(network.parse().unwrap())).unwrap().unwrap();
    let text = reply.answer.first().map(|record| record.data.trim_matches('"').to_owned());
    (text.unwrap_or_default(), scope)
}

/// Client network, what it is told, scope.
type Told<'a> = &'a [(&'a str, &'a str, u8)];

fn check(world: &mut World, cases: Told) {
    for (network, text, scope) in cases {
        assert_eq!(told(world, network), ((*text).to_owned(), *scope), "{network}");
    }
}

#[test]
fn rule_10_geolocation_1_and_4_the_smallest_area_answers() {
    let areas = ["US-CA", "US", "NA", "DE", "EU", "*"];
    let members = areas.map(|area| (area, geolocation(area), ""));
    let mut everywhere = world(group(&members), vec![], &[]);
    check(
        &mut everywhere,
        &[
            ("10.1.2.0/24", "US-CA", 16),
            ("10.2.2.0/24", "US", 16),
            ("10.3.2.0/24", "US", 16),
            ("10.4.2.0/24", "NA", 16),
            ("10.5.2.0/24", "DE", 16),
            ("10.6.2.0/24", "EU", 16),
            ("10.7.2.0/24", "*", 15),
            ("10.10.2.0/24", "EU", 16),
            ("2001:db8:7::/48", "DE", 32),
            ("172.16.0.0/24", "*", 1),
        ],
    );
    let mut no_default = world(group(&members[..5]), vec![], &[]);
    check(&mut no_default, &[("10.7.2.0/24", "", 15), ("172.16.0.0/24", "", 1), ("10.5.0.0/16", "DE", 16)]);
}

#[test]
fn rule_11_4_scopes_are_as_wide_as_the_group_can_tell_clients_apart() {
    let of = |areas: &[&'static str]| {
        let members: Vec<(&str, Given, &str)> =
            areas.iter().map(|area| (*area, geolocation(area), "")).collect();
        world(group(&members), vec![], &[])
    };
    check(&mut of(&["*"]), &[("10.1.2.0/24", "*", 0), ("172.16.0.0/24", "*", 0)]);
    // Nothing in the group divides a continent: 10.2.0.0/15 is all North American.
    check(&mut of(&["NA", "*"]), &[("10.2.2.0/24", "NA", 15), ("10.3.2.0/24", "NA", 15)]);
    // A country in another continent does not matter here.
    check(
        &mut of(&["NA", "DE"]),
        &[("10.2.2.0/24", "NA", 15), ("10.5.2.0/24", "DE", 16), ("10.6.2.0/24", "", 16)],
    );
    // A country divides: 10.2.0.0/15 is all in the United States.
    check(&mut of(&["US", "NA"]), &[("10.2.2.0/24", "US", 15), ("10.4.2.0/24", "NA", 16)]);
    check(&mut of(&["US-NY", "US"]), &[("10.2.2.0/24", "US-NY", 16), ("10.3.2.0/24", "US", 16)]);
}

#[test]
fn rule_10_geolocation_1_and_2_by_state_of_health() {
    let members = [
        ("US-CA", geolocation("US-CA"), "s"),
        ("US", geolocation("US"), "c"),
        ("NA", geolocation("NA"), "n"),
        ("*", geolocation("*"), "d"),
    ];
    let cases: &[(&[&str], &str)] = &[
        (&[], "US-CA"),
        (&["s"], "US"),
        (&["s", "c"], "NA"),
        (&["s", "c", "n"], "*"),
        (&["s", "c", "n", "d"], "US-CA"),
    ];
    for (unhealthy, expected) in cases {
        assert_eq!(
            told(&mut world(group(&members), vec![], unhealthy), "10.1.0.0/24").0,
            *expected,
            "{unhealthy:?}"
        );
    }
    let mut down = world(group(&members), vec![], &["d"]);
    assert_eq!(told(&mut down, "10.5.0.0/24").0, "*", "the only applicable one");
}

#[test]
fn rule_10_latency_1_2_and_4_the_nearest_region_and_china() {
    let members = ["us-east-1", "eu-central-1", "ap-northeast-1", "cn-north-1"]
        .map(|region| (region, latency(region), region));
    let mut up = world(group(&members), vec![], &[]);
    check(
        &mut up,
        &[
            ("10.2.0.0/24", "us-east-1", 16),
            ("10.5.0.0/24", "eu-central-1", 16),
            ("10.8.0.0/24", "ap-northeast-1", 16),
            ("10.7.0.0/24", "cn-north-1", 16),
            ("172.16.0.0/24", "us-east-1", 1),
        ],
    );
    let next =
        |unhealthy: &[&str], network: &str| told(&mut world(group(&members), vec![], unhealthy), network).0;
    assert_eq!(next(&["ap-northeast-1"], "10.8.0.0/24"), "cn-north-1");
    assert_eq!(next(&["ap-northeast-1", "cn-north-1"], "10.8.0.0/24"), "eu-central-1");
    assert_eq!(next(&["cn-north-1"], "10.7.0.0/24"), "ap-northeast-1");
    let all = ["us-east-1", "eu-central-1", "ap-northeast-1", "cn-north-1"];
    assert_eq!(next(&all, "10.7.0.0/24"), "cn-north-1");
    assert_eq!(next(&all, "10.5.0.0/24"), "eu-central-1");
    let mut nowhere = World::new(&snapshot(1, group(&members)), &[]);
    assert_eq!(told(&mut nowhere, "10.8.0.0/24"), ("us-east-1".to_owned(), 0), "nothing is known of anybody");
}

#[test]
fn rule_10_geoproximity_1_2_and_4_biased_distances() {
    // Berlin is 880 km from Paris, and the middle of Germany nearer to Berlin than to Paris.
    let pair = |berlin: i32, paris: i32| {
        world(
            group(&[
                ("berlin", geoproximity(5252, 1341, berlin), "b"),
                ("paris", geoproximity(4886, 235, paris), "p"),
            ]),
            vec![],
            &[],
        )
    };
    check(&mut pair(0, 0), &[("10.5.0.0/24", "berlin", 16), ("10.6.0.0/24", "paris", 16)]);
    check(&mut pair(-99, 0), &[("10.5.0.0/24", "paris", 16)]);
    check(&mut pair(0, 99), &[("10.5.0.0/24", "paris", 16)]);
    check(&mut pair(10, -10), &[("10.5.0.0/24", "berlin", 16), ("172.16.0.0/24", "berlin", 1)]);
    check(&mut pair(-10, 10), &[("172.16.0.0/24", "paris", 1)]);
    let over_the_line =
        [("fiji", geoproximity(-1745, -17997, 0), ""), ("kenya", geoproximity(0, 3780, 0), "")];
    check(&mut world(group(&over_the_line), vec![], &[]), &[("10.9.0.0/24", "fiji", 16)]);
    let given = |place| Given::Geoproximity(proto::Geoproximity { place: Some(place), bias: 0 });
    let named = [
        ("region", given(proto::geoproximity::Place::Region("eu-central-1".to_owned())), ""),
        ("zone", given(proto::geoproximity::Place::LocalZoneGroup("us-west-2-lax-1".to_owned())), ""),
    ];
    check(
        &mut world(group(&named), vec![], &[]),
        &[("10.5.0.0/24", "region", 16), ("10.1.0.0/24", "zone", 16)],
    );
}

fn blocks() -> Vec<proto::CidrCollection> {
    vec![collection(
        "c1",
        &[
            ("near", &["10.0.0.0/8", "2001:db8::/32"]),
            ("far", &["10.5.0.0/16", "10.6.1.0/24"]),
            ("spare", &["192.0.2.0/24"]),
        ],
    )]
}

#[test]
fn rule_10_ip_based_1_and_2_the_longest_block_that_holds_the_whole_client() {
    let members =
        [("near", cidr("c1", "near"), ""), ("far", cidr("c1", "far"), ""), ("*", cidr("c1", "*"), "")];
    let cases: Told = &[
        ("10.1.2.0/24", "near", 14),
        ("10.5.2.0/24", "far", 16),
        ("10.6.1.0/24", "far", 24),
        ("10.6.1.128/25", "far", 24),
        ("10.6.0.0/24", "near", 24),
        // Shorter than the block: it might hold the client, or not.
        ("10.6.1.0/24", "far", 24),
        ("10.4.0.0/15", "near", 16),
        ("10.5.0.0/15", "near", 16),
        ("8.0.0.0/7", "*", 7),
        ("192.0.2.0/24", "*", 24),
        ("192.0.3.0/24", "*", 24),
        ("2001:db8:1::/48", "near", 32),
        ("2001:db9::/32", "*", 32),
    ];
    let canonical: Vec<(&str, &str, u8)> = cases
        .iter()
        .copied()
        .filter(|(network, ..)| {
            network.parse::<IpNet>().unwrap().addr() == network.parse::<IpNet>().unwrap().network()
        })
        .collect();
    check(&mut world(group(&members), blocks(), &[]), &canonical);
    let mut no_default = world(group(&members[..2]), blocks(), &[]);
    check(&mut no_default, &[("172.16.0.0/24", "", 4), ("192.0.2.0/24", "", 24), ("10.5.2.0/24", "far", 16)]);
    let mut unknown =
        world(group(&[("x", cidr("c9", "near"), ""), ("*", cidr("c9", "*"), "")]), blocks(), &[]);
    check(&mut unknown, &[("10.1.2.0/24", "*", 0)]);
}

#[test]
fn rule_10_ip_based_4_by_state_of_health() {
    let members = [("far", cidr("c1", "far"), "f"), ("*", cidr("c1", "*"), "d")];
    let cases: &[(&[&str], &str)] = &[(&[], "far"), (&["f"], "*"), (&["d"], "far"), (&["f", "d"], "far")];
    for (unhealthy, expected) in cases {
        assert_eq!(
            told(&mut world(group(&members), blocks(), unhealthy), "10.5.0.0/24").0,
            *expected,
            "{unhealthy:?}"
        );
    }
}

#[test]
fn rule_10_ip_based_2_a_changed_collection_moves_clients() {
    let members = [("near", cidr("c1", "near"), ""), ("*", cidr("c1", "*"), "")];
    let mut world = world(group(&members), vec![], &[]);
    let step = |generation: u64, change: fn(&mut FeedMessage)| {
        let mut message = crate::zone::tests::delta(generation, generation + 1);
        change(&mut message);
        message
    };
    check(&mut world, &[("10.1.2.0/24", "*", 0)]);
    world.apply(&step(1, |message| message.cidr_collections = blocks()));
    check(&mut world, &[("10.1.2.0/24", "near", 14)]);
    world.apply(&step(2, |message| {
        message.cidr_collections = vec![collection("c1", &[("near", &["10.1.0.0/16"])])]
    }));
    check(&mut world, &[("10.1.2.0/24", "near", 16), ("10.2.2.0/24", "*", 15)]);
    world.apply(&step(3, |message| message.removed_cidr_collections = vec!["c1".to_owned()]));
    check(&mut world, &[("10.1.2.0/24", "*", 0)]);
}

#[test]
fn rules_11_1_and_11_3_whose_location_counts() {
    let members = [("DE", geolocation("DE"), ""), ("*", geolocation("*"), "")];
    let mut world = world(group(&members), vec![], &[]);
    let mut ask = |query: Query, peer: &str| {
        let arrival = Arrival { transport: Transport::Udp, peer: peer.parse().unwrap() };
        let reply = Reply::read(&world.send_from(&query.packet(), arrival));
        (reply.answer[0].data.clone(), reply.opt.map(|opt| opt.options))
    };
    let query = || Query::new(NAME, "TXT");
    let (de, other) = ("\"DE\"".to_owned(), "\"*\"".to_owned());
    assert_eq!(ask(query(), "10.5.0.1"), (de.clone(), None));
    assert_eq!(ask(query(), "10.6.0.1"), (other.clone(), None));
    assert_eq!(ask(query().edns(1232), "2001:db8::1"), (de.clone(), Some(vec![])));
    let option = |bytes: &[u8]| Some([&[0, 8, 0, bytes.len() as u8], bytes].concat());
    assert_eq!(
        ask(query().subnet(&[0, 1, 24, 0, 10, 5, 7]), "10.6.0.1"),
        (de.clone(), option(&[0, 1, 24, 16, 10, 5, 7]))
    );
    assert_eq!(
        ask(query().subnet(&[0, 1, 0, 0]), "10.5.0.1"),
        (de.clone(), option(&[0, 1, 0, 0])),
        "not to be located"
    );
    assert_eq!(ask(query().subnet(&[0, 0, 0, 0]), "10.5.0.1"), (de, option(&[0, 0, 0, 0])));
    // Rule 11.4: the client said too little; the scope says how much more is needed.
    assert_eq!(ask(query().subnet(&[0, 1, 8, 0, 10]), "10.5.0.1"), (other, option(&[0, 1, 8, 13, 10])));
}

#[test]
fn rule_6_7_an_alias_to_a_group_is_decided_by_the_same_client() {
    let mut sets = group(&[("DE", geolocation("DE"), ""), ("NA", geolocation("NA"), "")]);
    sets.push(alias("a.example.com.", "TXT", "g.example.com.", true));
    sets.push(member(alias("w.example.com.", "TXT", "g.example.com.", true), "1", weighted(1), ""));
    let mut world = world(sets, vec![], &[]);
    for name in ["a.example.com", "w.example.com"] {
        for (network, text, scope) in [
            ("10.5.0.0/24", Some("\"DE\""), 16),
            ("10.2.0.0/24", Some("\"NA\""), 15),
            ("10.7.0.0/24", None, 16),
        ] {
            let reply = world.ask_for(name, "TXT", network);
            assert_eq!(reply.answer.first().map(|record| record.data.as_str()), text, "{name} {network}");
            assert_eq!(reply.scope(Some(network.parse().unwrap())), Ok(Some(scope)), "{name} {network}");
        }
    }
}

#[test]
fn rule_11_4_answers_that_do_not_depend_on_the_client_are_for_everybody() {
    let sets = vec![
        set("s.example.com.", "TXT", 60, &["\"s\""]),
        member(set("w.example.com.", "TXT", 60, &["\"w\""]), "1", weighted(1), ""),
    ];
    let mut world = world([sets, group(&[("DE", geolocation("DE"), "")])].concat(), vec![], &[]);
    for name in ["s", "w", "nowhere", "x.w"] {
        let reply = world.ask_for(&format!("{name}.example.com"), "TXT", "10.5.0.0/24");
        assert_eq!(reply.scope(Some("10.5.0.0/24".parse().unwrap())), Ok(Some(0)), "{name}");
    }
}
