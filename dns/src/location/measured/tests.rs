//! What is kept, told and believed.

use super::*;
use crate::location::{Client, Geography, LatencySource};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn client(number: u32) -> IpAddr {
    std::net::Ipv4Addr::from_bits(10 << 24 | number << 8 | 7).into()
}

fn told(estimates: &Estimates, now: Duration) -> Vec<(String, u32, u32)> {
    let report = estimates.report(now);
    report.into_iter().map(|told| (told.network, told.rtt_us, told.age_seconds)).collect()
}

#[test]
fn clients_are_known_by_the_networks_that_resolvers_name() {
    for (address, network) in [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
    ] {
        assert_eq!(network_of(address.parse().unwrap()).to_string(), network);
    }
}

#[test]
fn news_are_told_and_nothing_else_and_not_too_often() {
    let estimates = Estimates::default();
    assert!(!estimates.is_due(SECOND) && told(&estimates, SECOND).is_empty());
    estimates.note(client(1), 8000, SECOND);
    let network = "10.0.1.0/24".to_owned();
    assert_eq!(told(&estimates, 3 * SECOND), [(network.clone(), 8000, 2)]);
    estimates.note(client(2), 100, 4 * SECOND);
    assert!(!estimates.is_due(12 * SECOND) && told(&estimates, 12 * SECOND).is_empty(), "it is not time");
    assert!(estimates.is_due(13 * SECOND));
    assert_eq!(told(&estimates, 13 * SECOND).len(), 1, "only what is new");
    for now in 14..40 {
        estimates.note(client(1), 8100, now * SECOND);
    }
    assert!(!estimates.is_due(60 * SECOND), "a little more is no news");
    for now in 60..64 {
        estimates.note(client(1), 40_000, now * SECOND);
    }
    let [(_, rtt, age)] = &told(&estimates, 70 * SECOND)[..] else { panic!("much more is") };
    assert!((10_000..40_000).contains(rtt) && *age == 7, "{rtt} {age}");
    estimates.note(client(2), 100, 13 * SECOND + TELL_AGAIN);
    assert_eq!(told(&estimates, 13 * SECOND + TELL_AGAIN).len(), 1, "what stays is told again");
    estimates.begin_again();
    assert_eq!(told(&estimates, 14 * SECOND + TELL_AGAIN).len(), 2, "whoever is new hears everything");
    estimates.begin_again();
    assert!(
        told(&estimates, 14 * SECOND + TELL_AGAIN + LATENCY_LIFE).is_empty(),
        "but nothing that is too old"
    );
}

#[test]
fn of_too_many_networks_the_oldest_are_forgotten() {
    let estimates = Estimates::default();
    let all = MAX_NETWORKS as u32 + 10;
    for number in 0..all {
        estimates.note(client(number), 1000, SECOND * number);
    }
    let mut reported = Vec::new();
    let mut now = SECOND * all;
    while estimates.is_due(now) {
        let report = told(&estimates, now);
        assert!(report.len() <= MAX_REPORTED);
        reported.extend(report.into_iter().map(|(network, ..)| network));
        now += REPORT_EVERY;
    }
    // Those measured more than an hour before are not told, though they are kept.
    assert!(!reported.contains(&network_of(client(9)).to_string()));
    assert!(reported.contains(&network_of(client(all - 1)).to_string()));
    let held = estimates.held();
    assert_eq!((held.networks.len(), held.by_age.len()), (MAX_NETWORKS, MAX_NETWORKS));
    assert!(held.networks.contains_key(&network_of(client(10))) && held.unsent.is_empty());
}

fn row(network: &str, regions: &[(&str, u32, u32)]) -> proto::NetworkLatencies {
    let region = |(region, rtt_us, age): &(&str, u32, u32)| proto::RegionLatency {
        region: (*region).to_owned(),
        rtt_us: *rtt_us,
        age_seconds: *age,
    };
    proto::NetworkLatencies { network: network.to_owned(), regions: regions.iter().map(region).collect() }
}

#[test]
fn a_table_says_what_is_fresh_of_at_least_two_regions() {
    let networks = vec![
        row("10.0.1.0/24", &[("eu-west-1", 12_345, 0), ("us-east-1", 80_000, 3000), ("xx-none-1", 1, 0)]),
        row("10.0.2.0/24", &[("eu-west-1", 5, 0)]),
        row(
            "10.0.3.0/24",
            &[("eu-west-1", 9_000_000, 3600), ("us-east-1", 9_000_000, 3599), ("sa-east-1", 0, 0)],
        ),
        row("nonsense", &[("eu-west-1", 5, 0), ("us-east-1", 5, 0)]),
    ];
    let mut measured = Measured::read(&proto::LatencyTable { networks }, 10 * SECOND);
    let known = |table: &Option<LatencyTable>, number: u32| {
        let client = Geography::default().locate(Client::one(client(number)));
        let costs = table.as_ref().and_then(|table| table.known(&client).costs);
        costs.map(|costs| {
            let cost = |region: &str| costs[geography::region_number(region).unwrap()];
            ["eu-west-1", "us-east-1", "sa-east-1"].map(cost)
        })
    };
    let table = measured.table(10 * SECOND);
    assert_eq!(known(&table, 1), Some([123, 800, UNKNOWN]));
    assert_eq!(known(&table, 2), None, "one region compares with nothing");
    assert_eq!(known(&table, 3), Some([UNKNOWN, UNKNOWN - 1, 0]));
    assert!(!measured.is_due(11 * SECOND), "not each second");
    assert!(measured.is_due(10 * SECOND + LOOK_AGAIN));
    let table = measured.table(10 * SECOND + LOOK_AGAIN);
    assert_eq!((known(&table, 1).is_some(), known(&table, 3)), (true, None), "one of its two got too old");
    assert!(measured.table(10 * SECOND + LATENCY_LIFE).is_none() && !measured.is_due(LATENCY_LIFE * 9));
}

proptest! {
    #[test]
    fn what_is_smoothed_stays_between_what_was_seen(samples in prop::collection::vec(any::<u32>(), 1..50)) {
        let estimates = Estimates::default();
        for (sample, now) in samples.iter().zip(1..) {
            estimates.note(client(1), *sample, SECOND * now);
        }
        let held = estimates.held();
        let smoothed = held.networks.values().next().unwrap().smoothed_us;
        let (least, most) = (*samples.iter().min().unwrap(), *samples.iter().max().unwrap());
        prop_assert!((least..=most).contains(&smoothed));
    }
}
