//! What DNS servers measure reaches all of them that know what it is.

use super::*;
use controlplane_proto::dns::{FeedMessage, FeedStatus, LatencyTable, MeasuredLatency};
use tokio::sync::mpsc;

/// A DNS server's end of the feed, past its snapshot.
async fn join(core: &Core, hello: FeedStatus) -> (mpsc::Sender<FeedStatus>, mpsc::Receiver<FeedMessage>) {
    let (statuses, mut messages) = core.dns_feed.connect();
    statuses.send(hello).await.unwrap();
    let first = messages.recv().await.expect("a snapshot comes");
    assert!(first.latencies.is_none());
    (statuses, messages)
}

fn hello(server: &str, checker_region: &str, takes_latencies: bool) -> FeedStatus {
    FeedStatus {
        server: server.to_owned(),
        checker_region: checker_region.to_owned(),
        takes_latencies,
        ..FeedStatus::default()
    }
}

fn measured(server: &str, rtt_us: u32) -> FeedStatus {
    let latency = MeasuredLatency { network: "192.0.2.0/24".to_owned(), rtt_us, age_seconds: 0 };
    FeedStatus { server: server.to_owned(), latencies: vec![latency], ..FeedStatus::default() }
}

/// The next table, whatever else comes before.
async fn table(messages: &mut mpsc::Receiver<FeedMessage>) -> LatencyTable {
    loop {
        if let Some(table) = messages.recv().await.expect("the session goes on").latencies {
            return table;
        }
    }
}

fn times(table: &LatencyTable) -> Vec<(&str, u32)> {
    let regions = table.networks.iter().flat_map(|network| &network.regions);
    regions.map(|told| (told.region.as_str(), told.rtt_us)).collect()
}

#[test]
fn what_two_servers_measure_is_told_to_all_that_take_it() {
    run(1, async |cluster| {
        let (_, core) = cluster.leader().await;
        let (near, mut at_near) = join(core, hello("near", "eu-west-1", true)).await;
        let (far, _at_far) = join(core, hello("far", "us-east-1", true)).await;
        let (_old, mut at_old) = join(core, hello("old", "", false)).await;
        near.send(measured("near", 9_000)).await.unwrap();
        far.send(measured("far", 80_000)).await.unwrap();
        let told = table(&mut at_near).await;
        assert_eq!(times(&told), [("eu-west-1", 9_000), ("us-east-1", 80_000)]);
        // Many reports are one table, and who comes later gets it at once.
        for rtt_us in 1..50 {
            near.send(measured("near", rtt_us)).await.unwrap();
        }
        let before = cluster.clock.monotonic();
        let (_late, mut at_late) = join(core, hello("late", "", true)).await;
        assert_eq!(times(&table(&mut at_late).await).len(), 2);
        assert!(cluster.clock.monotonic() - before < Duration::from_secs(5));
        assert_eq!(times(&table(&mut at_near).await), [("eu-west-1", 49), ("us-east-1", 80_000)]);
        let mut said = Vec::new();
        while let Ok(message) = at_old.try_recv() {
            said.push(message);
        }
        assert!(said.iter().all(|message| message.generation > 0 && message.latencies.is_none()), "{said:?}");
        let index = core.replica.applied().index;
        cluster.sleep(120_000).await;
        while let Ok(message) = at_near.try_recv() {
            assert_eq!(message.latencies, None, "nothing new, nothing told");
        }
        assert_eq!(core.replica.applied().index, index, "and nothing of it is written down");
    });
}
