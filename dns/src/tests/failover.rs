//! Health checks from a real endpoint to a real answer, alone and among peers.

use super::*;
use crate::HealthConfig;
use crate::zone::tests::{failover, member, set};
use controlplane_proto::dns::health_check::Kind;
use controlplane_proto::dns::health_exchange_client::HealthExchangeClient;
use controlplane_proto::dns::health_exchange_server::{HealthExchange, HealthExchangeServer};
use controlplane_proto::dns::{
    HealthAck, HealthCheck, HealthObservation, HealthTable, NodeVotes, NodeVotesTable, Peer,
};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{StreamExt, once};
use tonic::{Request, Response, Status, Streaming};

/// A web server that can be told to fail.
async fn web() -> (u32, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let works = Arc::new(AtomicBool::new(true));
    let state = works.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let works = state.load(Ordering::Relaxed);
            let status = if works { "200 OK" } else { "503 Service Unavailable" };
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await;
        }
    });
    (port, works)
}

fn pair(generation: u64, check: HealthCheck) -> FeedMessage {
    let primary = member(set("f.example.com.", "A", 1, &["127.0.0.1"]), "p", failover(true), &check.id);
    let secondary = member(set("f.example.com.", "A", 1, &["192.0.2.2"]), "s", failover(false), "");
    let target = set("target.example.com.", "A", 60, &["127.0.0.1"]);
    let mut message = snapshot(generation, vec![primary, secondary, target]);
    message.health_checks = vec![check];
    message
}

fn check(port: u32) -> HealthCheck {
    HealthCheck {
        id: "h".to_owned(),
        address: "127.0.0.1".to_owned(),
        port,
        interval_seconds: 1,
        failure_threshold: 1,
        ..Default::default()
    }
}

async fn answers(fixture: &Fixture, address: &str) {
    until(&format!("the answer is {address}"), async || {
        fixture.dig("+short f.example.com A").await == address
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_primary_is_out_of_dns_within_three_seconds_and_comes_back() {
    let (port, works) = web().await;
    let mut fixture = Fixture::new(pair(1, check(port))).await;
    let first = fixture.status(|status| !status.observations.is_empty()).await;
    assert_eq!(first.observations[0].status, "Success: HTTP Status Code 200, OK");
    answers(&fixture, "127.0.0.1").await;

    works.store(false, Ordering::Relaxed);
    let failed = Instant::now();
    answers(&fixture, "192.0.2.2").await;
    assert!(failed.elapsed() < Duration::from_secs(3), "{:?}", failed.elapsed());
    let told = fixture.status(|status| status.observations.iter().any(|seen| !seen.healthy)).await;
    let observation = &told.observations[0];
    assert_eq!((observation.healthy, told.generation), (false, 1));
    assert_eq!(observation.status, "Failure: HTTP Status Code 503, Service Unavailable");

    works.store(true, Ordering::Relaxed);
    answers(&fixture, "127.0.0.1").await;
    fixture.lose_link().await;
    let hello = fixture.status(|_| true).await;
    assert!(
        hello.observations.len() == 1 && hello.observations[0].healthy,
        "the first status holds all of them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_and_removed_checks_are_followed() {
    let (port, works) = web().await;
    works.store(false, Ordering::Relaxed);
    let mut fixture = Fixture::new(pair(1, check(port))).await;
    answers(&fixture, "192.0.2.2").await;
    fixture.send(pair(2, HealthCheck { inverted: true, ..check(port) })).await;
    answers(&fixture, "127.0.0.1").await;
    fixture.send(pair(3, HealthCheck { inverted: true, disabled: true, ..check(port) })).await;
    answers(&fixture, "192.0.2.2").await;
    let mut gone = crate::zone::tests::delta(3, 4);
    gone.removed_health_checks = vec!["h".to_owned()];
    fixture.send(gone).await;
    answers(&fixture, "127.0.0.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_a_vpc_fails_over_by_the_votes_of_nodes() {
    let (port, works) = web().await;
    // Its own checker would say otherwise, and has no say.
    works.store(false, Ordering::Relaxed);
    let fixture = Fixture::new(pair(1, HealthCheck { vpc_id: "vpc-1".to_owned(), ..check(port) })).await;
    for (healthy, total, address) in
        [(1, 1, "127.0.0.1"), (0, 2, "192.0.2.2"), (1, 2, "127.0.0.1"), (0, 1, "192.0.2.2")]
    {
        let votes = vec![NodeVotes { health_check_id: "h".to_owned(), healthy, total }];
        let node_votes = Some(NodeVotesTable { votes });
        let message = FeedMessage { node_votes, ..FeedMessage::default() };
        fixture.control.messages.send(message).await.unwrap();
        answers(&fixture, address).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checker_with_other_settings_goes_on_from_what_it_knew() {
    let (port, works) = web().await;
    works.store(false, Ordering::Relaxed);
    let mut fixture = Fixture::new(pair(1, check(port))).await;
    answers(&fixture, "192.0.2.2").await;
    // Ten failures are ten seconds away; without its knowledge the checker had nothing to say till then.
    fixture.send(pair(2, HealthCheck { failure_threshold: 10, ..check(port) })).await;
    let seen = fixture.status(|status| !status.observations.is_empty() && status.generation == 2).await;
    assert!(!seen.observations[0].healthy && !seen.observations[0].undecided);
    assert_eq!(fixture.dig("+short f.example.com A").await, "192.0.2.2");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_23_a_calculated_check_fails_over_with_its_child() {
    let (port, works) = web().await;
    let mut sum = HealthCheck {
        id: "sum".to_owned(),
        children: vec!["h".to_owned()],
        health_threshold: 1,
        ..HealthCheck::default()
    };
    sum.set_kind(Kind::Calculated);
    let mut message = pair(1, sum);
    message.health_checks.push(check(port));
    let mut fixture = Fixture::new(message).await;
    let seen = fixture.status(|status| !status.observations.is_empty()).await;
    assert_eq!(seen.observations.len(), 1, "nobody observes a calculated check");
    answers(&fixture, "127.0.0.1").await;
    works.store(false, Ordering::Relaxed);
    answers(&fixture, "192.0.2.2").await;
    works.store(true, Ordering::Relaxed);
    answers(&fixture, "127.0.0.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_6_a_server_probes_what_its_region_has_a_part_in() {
    let (port, _works) = web().await;
    let in_america = |config: &mut Config| config.checker_region = "us-east-1".to_owned();
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), in_america).await;
    let with = |generation, regions: [&str; 3]| {
        let regions = regions.map(str::to_owned).to_vec();
        let mut message = pair(generation, HealthCheck { regions, ..check(port) });
        message.peers = vec![Peer {
            server: "peer".to_owned(),
            checker_region: "eu-west-1".to_owned(),
            ..Peer::default()
        }];
        message
    };
    fixture.send(with(1, ["us-east-1", "us-west-1", "us-west-2"])).await;
    let seen = fixture.status(|status| !status.observations.is_empty()).await;
    assert_eq!(seen.checker_region, "us-east-1");
    fixture.send(with(2, ["eu-west-1", "us-west-1", "us-west-2"])).await;
    fixture.lose_link().await;
    let hello = fixture.status(|_| true).await;
    assert_eq!(hello.observations, [], "the peer alone stands for one of them");
    fixture.send(with(3, ["sa-east-1", "us-west-1", "us-west-2"])).await;
    fixture.status(|status| !status.observations.is_empty()).await;
    fixture.send(with(4, ["eu-west-1", "us-west-1", "us-west-2"])).await;
    // Told with the generation or before it, as the feed likes.
    fixture.lose_link().await;
    assert_eq!(fixture.status(|_| true).await.observations, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_19_the_interval_counts_from_the_response() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let slow = Duration::from_millis(600);
    let served = tokio::spawn(async move {
        let mut asked = Vec::new();
        while asked.len() < 3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            asked.push(Instant::now());
            tokio::time::sleep(slow).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        }
        asked
    });
    let _fixture = Fixture::new(pair(1, check(port))).await;
    let asked = soon(served).await.unwrap();
    let least = slow + Duration::from_secs(1);
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= least), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_31_the_control_plane_hears_of_each_look_and_of_no_check_that_is_gone() {
    let (port, works) = web().await;
    works.store(false, Ordering::Relaxed);
    let mut fixture = Fixture::new(pair(1, check(port))).await;
    let first = fixture.status(|status| !status.observations.is_empty()).await.observations.remove(0);
    assert_eq!(
        (first.last_failure.as_str(), first.failed_at_ms),
        (first.status.as_str(), first.checked_at_ms)
    );
    let later = |status: &FeedStatus| {
        status.observations.iter().any(|seen| seen.checked_at_ms > first.checked_at_ms + 900)
    };
    fixture.status(later).await;
    works.store(true, Ordering::Relaxed);
    let healed = |status: &FeedStatus| status.observations.iter().any(|seen| seen.healthy);
    let healed = fixture.status(healed).await.observations.remove(0);
    assert_eq!(healed.last_failure, first.last_failure);
    let mut gone = crate::zone::tests::delta(1, 2);
    gone.removed_health_checks = vec!["h".to_owned()];
    fixture.control.messages.send(gone).await.unwrap();
    fixture.status(|status| status.removed_observations == ["h"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_16_a_name_is_resolved_in_our_own_zones_and_without_address_the_check_fails() {
    let (port, _works) = web().await;
    let by_name = |host: &str| HealthCheck { address: String::new(), host: host.to_owned(), ..check(port) };
    let mut fixture = Fixture::new(pair(1, by_name("target.example.com"))).await;
    let status = fixture.status(|status| !status.observations.is_empty()).await;
    assert_eq!(status.observations[0].status, "Success: HTTP Status Code 200, OK");
    fixture.send(pair(2, by_name("nowhere.example.com"))).await;
    answers(&fixture, "192.0.2.2").await;
    let failed = "Failure: DNS resolution failed";
    fixture.status(|status| status.observations.iter().any(|seen| seen.status == failed)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_checks_run_without_a_control_plane() {
    let (port, works) = web().await;
    let Fixture { folder, server, .. } = Fixture::new(pair(1, check(port))).await;
    server.shutdown().await;
    works.store(false, Ordering::Relaxed);
    let nobody = crate::GrpcFeed::new(vec![], folder.path(), None, Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(nobody)).await.unwrap();
    let address = server.local_addr();
    until("failover", async || dig(address, "+short f.example.com A").await == "192.0.2.2").await;
}

fn peers(mut message: FeedMessage, others: &[(String, String)]) -> FeedMessage {
    let peer = |(server, health_address): &(String, String)| Peer {
        server: server.clone(),
        health_address: health_address.clone(),
        ..Peer::default()
    };
    message.peers = others.iter().map(peer).collect();
    message
}

fn with_exchange(config: &mut Config) {
    let addr = "127.0.0.1:0".parse().unwrap();
    config.health = Some(HealthConfig { addr, advertised: None, tls: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn five_peers_that_see_it_fail_outvote_one_that_does_not_until_they_fall_silent() {
    let (port, _works) = web().await;
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), with_exchange).await;
    let names: Vec<(String, String)> =
        (0..5).map(|number| (format!("peer-{number}"), String::new())).collect();
    fixture.send(peers(pair(1, check(port)), &names)).await;
    fixture.status(|status| !status.observations.is_empty()).await;

    let address = fixture.server.health_addr().unwrap();
    let mut client = HealthExchangeClient::connect(format!("http://{address}")).await.unwrap();
    let table = |server: &str| HealthTable {
        server: server.to_owned(),
        sequence: 1,
        full: true,
        observations: vec![HealthObservation { health_check_id: "h".to_owned(), ..Default::default() }],
    };
    let refused = client.publish(once(table("stranger"))).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    for (name, _) in &names[..4] {
        client.publish(once(table(name))).await.unwrap();
    }
    assert_eq!(fixture.dig("+short f.example.com A").await, "127.0.0.1", "one of five is 20 %");
    client.publish(once(table(&names[4].0))).await.unwrap();
    assert_eq!(fixture.dig("+short f.example.com A").await, "192.0.2.2", "one of six is 16.7 %");
    answers(&fixture, "127.0.0.1").await;
}

/// A peer that hands on what it is told.
struct Listener(mpsc::Sender<HealthTable>);

#[tonic::async_trait]
impl HealthExchange for Listener {
    async fn publish(&self, request: Request<Streaming<HealthTable>>) -> Result<Response<HealthAck>, Status> {
        let mut tables = request.into_inner();
        while let Some(table) = tables.next().await {
            if self.0.send(table?).await.is_err() {
                break;
            }
        }
        Ok(Response::new(HealthAck {}))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_is_told_changes_at_once_and_everything_each_second() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, tables) = mpsc::channel(64);
    let service =
        tonic::transport::Server::builder().add_service(HealthExchangeServer::new(Listener(sender)));
    tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));

    let (port, works) = web().await;
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), with_exchange).await;
    fixture.send(peers(pair(1, check(port)), &[("peer".to_owned(), address)])).await;
    let mut tables = ReceiverStream::new(tables).filter(|table| !table.observations.is_empty());
    let mut last = 0;
    let mut next = async |wanted: &dyn Fn(&HealthTable) -> bool| loop {
        let table = soon(tables.next()).await.unwrap();
        assert!(table.server == "dns-1" && table.sequence > last);
        last = table.sequence;
        if wanted(&table) {
            return;
        }
    };
    next(&|table| table.full && table.observations[0].healthy).await;
    works.store(false, Ordering::Relaxed);
    next(&|table| !table.full && !table.observations[0].healthy).await;
    next(&|table| table.full && !table.observations[0].healthy).await;
}
