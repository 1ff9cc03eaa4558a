//! Zones on disk: answers without a control plane, and a disk that fails.

use super::*;
use crate::zone::tests::{delta, set};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_it_answers_without_any_control_plane() {
    let mut fixture = Fixture::new(zone(5, "192.0.2.5")).await;
    let mut message = delta(5, 6);
    message.record_sets = vec![set("new.example.com.", "A", 60, &["192.0.2.6"])];
    fixture.send(message).await;
    let Fixture { folder, server, .. } = fixture;
    server.shutdown().await;

    let nobody = crate::GrpcFeed::new(vec![], folder.path(), None, Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(nobody)).await.unwrap();
    assert_eq!(server.served_generation(), 6);
    assert_eq!(dig(server.local_addr(), "+short www.example.com A").await, "192.0.2.5");
    assert_eq!(dig(server.local_addr(), "+short new.example.com A").await, "192.0.2.6");
    server.shutdown().await;

    let mut fixture = Fixture::start(folder, |_| {}).await;
    assert_eq!(fixture.status(|_| true).await.generation, 6, "and it says what it holds");
    fixture.send(delta(6, 7)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_failing_disk_zones_are_served_but_not_acknowledged() {
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), |_| {}).await;
    assert_eq!(fixture.status(|_| true).await.generation, 0);
    let in_the_way = fixture.folder.path().join("zones.new");
    std::fs::create_dir(&in_the_way).unwrap();
    fixture.control.messages.send(zone(1, "192.0.2.1")).await.unwrap();
    let served = async || fixture.dig("+short www.example.com A").await == "192.0.2.1";
    until("the zone is served", served).await;
    assert_eq!(fixture.server.served_generation(), 0);
    assert!(fixture.control.statuses.try_recv().is_err(), "nothing is acknowledged");
    std::fs::remove_dir(&in_the_way).unwrap();
    fixture.status(|status| status.generation == 1).await;
    fixture.send(delta(1, 2)).await;
}
