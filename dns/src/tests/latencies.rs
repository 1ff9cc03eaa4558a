//! Latencies: measured on real connections, told, and decided by.

use super::*;
use crate::zone::tests::{latency, member, set};
use controlplane_proto::dns::{LatencyTable, NetworkLatencies, RegionLatency};

/// `near` leads to `192.0.2.1` in us-east-1 and to `192.0.2.2` in sa-east-1.
fn two_regions() -> FeedMessage {
    let sets = [("us-east-1", "192.0.2.1"), ("sa-east-1", "192.0.2.2")].map(|(region, address)| {
        member(set("near.example.com.", "A", 60, &[address]), region, latency(region), "")
    });
    snapshot(1, sets.to_vec())
}

fn table(rows: &[(&str, u32)]) -> FeedMessage {
    let region = |(region, rtt_us): &(&str, u32)| RegionLatency {
        region: (*region).to_owned(),
        rtt_us: *rtt_us,
        age_seconds: 0,
    };
    let regions = rows.iter().map(region).collect();
    let networks = vec![NetworkLatencies { network: "127.0.0.0/24".to_owned(), regions }];
    FeedMessage { latencies: Some(LatencyTable { networks }), ..FeedMessage::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_for_a_region_tells_how_far_those_are_who_ask_by_tcp() {
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), |config| {
        config.checker_region = "eu-west-1".to_owned();
    })
    .await;
    let hello = fixture.status(|_| true).await;
    assert!(hello.takes_latencies && hello.latencies.is_empty());
    fixture.send(zone(1, "192.0.2.1")).await;
    fixture.dig("+short www.example.com A").await;
    assert_eq!(fixture.dig("+tcp +short www.example.com A").await, "192.0.2.1");
    let status = fixture.status(|status| !status.latencies.is_empty()).await;
    let [told] = &status.latencies[..] else { panic!("{status:?}") };
    assert_eq!((told.network.as_str(), status.generation), ("127.0.0.0/24", 1));
    assert!((1..10_000_000).contains(&told.rtt_us), "{told:?}");

    fixture.lose_link().await;
    let hello = fixture.status(|_| true).await;
    assert_eq!(hello.latencies.len(), 1, "whoever listens now hears it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_follow_what_was_measured_and_zones_stay_as_they_are() {
    let fixture = Fixture::new(two_regions()).await;
    let answer = "+short near.example.com A";
    assert_eq!(fixture.dig(answer).await, "192.0.2.1", "the first region, where nothing is known");
    for (rows, expected) in [
        (&[("us-east-1", 90_000), ("sa-east-1", 20_000)][..], "192.0.2.2"),
        (&[("us-east-1", 20_000), ("sa-east-1", 90_000)], "192.0.2.1"),
        (&[("sa-east-1", 20_000), ("us-east-1", 90_000)], "192.0.2.2"),
        (&[("sa-east-1", 20_000), ("eu-west-1", 20_000)], "192.0.2.1"),
    ] {
        fixture.control.messages.send(table(rows)).await.unwrap();
        until("the answer follows", || async { fixture.dig(answer).await == expected }).await;
        assert_eq!(fixture.server.served_generation(), 1);
    }
}
