//! Queries that are logged by a whole server.

use super::*;
use crate::zone::tests::{delta, set};
use controlplane_proto::dns::QueryLog;

fn log() -> QueryLog {
    QueryLog {
        id: "q1".to_owned(),
        zone_id: "Z1".to_owned(),
        log_group: "/aws/route53/example.com".to_owned(),
    }
}

fn lines(folder: &Path) -> Vec<String> {
    let file = folder.join("aws/route53/example.com/Z1/dns-1.log");
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_a_logged_zone_are_written_and_those_of_others_are_not() {
    let logs = tempfile::tempdir().unwrap();
    let dir = logs.path().to_owned();
    let mut fixture =
        Fixture::start(tempfile::tempdir().unwrap(), |config| config.query_log_dir = Some(dir)).await;
    let hello = fixture.status(|_| true).await;
    assert!(hello.logs_queries);
    fixture.send(zone(1, "192.0.2.1")).await;
    fixture.dig("+short www.example.com A").await;
    let query_logs = vec![log()];
    fixture.send(FeedMessage { query_logs, ..delta(1, 2) }).await;

    let ends = [
        (
            "+short +subnet=203.0.113.0/24 WWW.example.com A",
            "www.example.com A NOERROR UDP dns-1 127.0.0.1 203.0.113.0/24",
        ),
        ("+short +tcp gone.example.com TXT", "gone.example.com TXT NXDOMAIN TCP dns-1 127.0.0.1 -"),
        ("+short example.net A", ""),
        ("+notcp +short example.com ANY", "example.com ANY NOERROR UDP dns-1 127.0.0.1 -"),
    ];
    for (arguments, _) in &ends {
        fixture.dig(arguments).await;
    }
    until("three lines are written", async || lines(logs.path()).len() >= 3).await;
    let mut found = lines(logs.path());
    let mut expected: Vec<&str> = ends.iter().map(|(_, end)| *end).filter(|end| !end.is_empty()).collect();
    for line in &mut found {
        let mut words = line.splitn(4, ' ');
        assert_eq!(words.next(), Some("1.0"));
        assert!(words.next().is_some_and(|time| Timestamp::parse_iso8601(time).is_some()));
        assert_eq!(words.next(), Some("Z1"));
        *line = words.next().unwrap().to_owned();
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);

    // What was told on disk is known to the next life, before anybody tells it anything.
    let Fixture { folder, server, .. } = fixture;
    server.shutdown().await;
    let dir = logs.path().to_owned();
    let mut fixture = Fixture::start(folder, |config| config.query_log_dir = Some(dir)).await;
    fixture.dig("+short +notcp www.example.com A").await;
    until("a fourth line is written", async || lines(logs.path()).len() == 4).await;

    let message = FeedMessage { removed_query_logs: vec!["q1".to_owned()], ..delta(2, 3) };
    fixture.send(message).await;
    fixture.dig("+short www.example.com A").await;
    let record_sets = vec![set("new.example.com.", "A", 1, &["192.0.2.2"])];
    fixture.send(FeedMessage { record_sets, query_logs: vec![log()], ..delta(3, 4) }).await;
    fixture.dig("+short +notcp new.example.com A").await;
    until("a fifth line is written", async || lines(logs.path()).len() == 5).await;
    assert!(lines(logs.path())[4].contains(" new.example.com A "));
    // What waits when the server stops is written.
    fixture.dig("+short +notcp last.example.com A").await;
    fixture.server.shutdown().await;
    assert!(lines(logs.path()).last().unwrap().contains(" last.example.com A NXDOMAIN "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_folder_says_that_it_logs_nothing() {
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), |_| {}).await;
    assert!(!fixture.status(|_| true).await.logs_queries);
    let query_logs = vec![log()];
    fixture.send(FeedMessage { query_logs, ..zone(1, "192.0.2.1") }).await;
    assert_eq!(fixture.dig("+short www.example.com A").await, "192.0.2.1");
}
