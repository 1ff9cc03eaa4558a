//! route53.md section 12: verdicts of one checker, sums over checkers, and real probes of real sockets.

use super::checker::Streak;
use super::probe::probe;
use super::verdicts::{TableError, Verdicts};
use crate::tests::TestRuntime;
use controlplane_proto::dns::health_check::Kind;
use controlplane_proto::dns::{HealthCheck, HealthObservation, HealthTable};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: Duration = Duration::from_secs(100);

fn observation(healthy: bool) -> HealthObservation {
    HealthObservation { health_check_id: "h".to_owned(), healthy, ..Default::default() }
}

fn verdicts(inverted: bool, disabled: bool) -> Verdicts {
    let mut verdicts = Verdicts::new("me");
    let check = HealthCheck { id: "h".to_owned(), inverted, disabled, ..Default::default() };
    verdicts.set_checks(&BTreeMap::from([("h".to_owned(), check)]));
    verdicts
}

fn table(server: &str, sequence: u64, observations: Vec<HealthObservation>) -> HealthTable {
    HealthTable { server: server.to_owned(), sequence, full: true, observations }
}

#[test]
fn rule_12_17_a_state_flips_after_the_threshold_both_ways() {
    let cases = [
        (1, "-+-", "-+-"),
        (3, "--+---", "+++++-"),
        (3, "---++-+++", "++-----" /* and on */),
        (2, "+-+-+--", "++++++-"),
        (0, "-", "-"),
        (99, "----------", "+++++++++-"),
    ];
    for (threshold, results, states) in cases {
        let mut streak = Streak::new(threshold);
        let seen: String =
            results.chars().map(|result| if streak.take(result == '+') { '+' } else { '-' }).collect();
        assert!(seen.starts_with(states), "{threshold}: {results} gives {seen}");
    }
    let mut streak = Streak::new(3);
    let recovered: Vec<bool> = "---+++".chars().map(|result| streak.take(result == '+')).collect();
    assert_eq!(recovered, [true, true, false, false, false, true]);
}

#[test]
fn rule_12_20_more_than_18_percent_make_it_healthy() {
    for (healthy, total, expected) in
        [(1, 1, true), (0, 1, false), (1, 5, true), (1, 6, false), (18, 100, false), (19, 100, true)]
    {
        let mut verdicts = verdicts(false, false);
        for server in 0..total {
            verdicts
                .receive(table(&server.to_string(), 1, vec![observation(server < healthy)]), NOW)
                .unwrap();
        }
        assert_eq!(verdicts.is_healthy("h"), expected, "{healthy} of {total}");
    }
}

#[test]
fn rules_12_21_and_12_22_without_data_inverted_and_disabled() {
    let cases = [
        // inverted, disabled, vote, status
        (false, false, None, true),
        (true, false, None, false),
        (false, false, Some(false), false),
        (true, false, Some(false), true),
        (true, false, Some(true), false),
        (false, true, Some(false), true),
        (true, true, Some(false), false),
        (true, true, None, false),
    ];
    for (inverted, disabled, vote, expected) in cases {
        let mut verdicts = verdicts(inverted, disabled);
        vote.map(|healthy| verdicts.observe(observation(healthy), NOW));
        assert_eq!(verdicts.is_healthy("h"), expected, "{inverted} {disabled} {vote:?}");
    }
    assert!(verdicts(false, false).is_healthy("gone"), "rule 12.29");
}

#[test]
fn the_last_state_stays_in_force_when_votes_grow_stale() {
    let mut verdicts = verdicts(false, false);
    for server in ["a", "b", "c", "d", "e"] {
        verdicts.receive(table(server, 1, vec![observation(false)]), NOW).unwrap();
    }
    verdicts.decide_all(NOW + Duration::from_secs(3600));
    assert!(!verdicts.is_healthy("h"), "nobody says otherwise");
    verdicts.observe(observation(true), NOW + Duration::from_secs(3600));
    assert!(verdicts.is_healthy("h"), "stale votes do not count against a fresh one");
}

#[test]
fn tables_of_the_past_and_unknown_checks_are_not_taken() {
    let mut verdicts = verdicts(false, false);
    let stranger = HealthObservation { health_check_id: "x".to_owned(), ..Default::default() };
    let touched = verdicts.receive(table("a", 5, vec![stranger, observation(false)]), NOW);
    assert_eq!(touched, Ok(vec!["h".to_owned()]));
    assert_eq!(verdicts.receive(table("a", 5, vec![observation(true)]), NOW), Err(TableError::Old));
    assert!(!verdicts.is_healthy("h"));
    verdicts.set_peers(&BTreeMap::new());
    verdicts.observe(observation(true), NOW);
    assert!(verdicts.is_healthy("h"), "a server that is gone has no vote");
}

#[test]
fn only_new_verdicts_and_texts_are_news() {
    let mut verdicts = verdicts(false, false);
    let at = |healthy, status: &str, time| HealthObservation {
        status: status.to_owned(),
        checked_at_ms: time,
        ..observation(healthy)
    };
    assert!(verdicts.observe(at(true, "ok", 1), NOW));
    assert!(!verdicts.observe(at(true, "ok", 2), NOW));
    assert!(verdicts.observe(at(true, "fine", 3), NOW));
    assert!(verdicts.observe(at(false, "fine", 4), NOW));
    assert_eq!(verdicts.counts().1, 1);
}

/// Serves `response` to every connection and gives what the first one sent.
async fn endpoint(response: &'static [u8]) -> (u32, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let len = stream.read(&mut request).await.unwrap();
        stream.write_all(response).await.unwrap();
        String::from_utf8(request[..len].to_vec()).unwrap()
    });
    (port, served)
}

fn http(port: u32, host: &str, path: &str) -> HealthCheck {
    HealthCheck {
        id: "abc".to_owned(),
        port,
        host: host.to_owned(),
        path: path.to_owned(),
        ..Default::default()
    }
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn rule_12_10_http_by_status() {
    let long: &'static [u8] =
        Box::leak([b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'a'; 17_000]].concat().into_boxed_slice());
    let cases: [(&'static [u8], Result<&str, &str>); 8] = [
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", Ok("HTTP Status Code 200, OK")),
        (b"HTTP/1.0 302 Found\r\n\r\n", Ok("HTTP Status Code 302, Found")),
        (b"HTTP/1.1 399 Odd\r\n\r\n", Ok("HTTP Status Code 399, Odd")),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Err("HTTP Status Code 404, Not Found")),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", Err("HTTP Status Code 503, Service Unavailable")),
        (b"HTTP/1.1 200 OK\r\nbro ken\r\n\r\n", Err("The HTTP response is malformed")),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", Err("The HTTP response ended before its headers did")),
        (long, Err("The HTTP headers are longer than 16384 octets")),
    ];
    for (response, expected) in cases {
        let (port, _served) = endpoint(response).await;
        let outcome = probe(&TestRuntime, &http(port, "", "/"), LOCAL).await;
        match (&outcome, expected) {
            (Ok(text), Ok(expected)) => assert_eq!(text, expected),
            (Err(text), Err(expected)) => assert!(text.starts_with(expected), "{text}"),
            _ => panic!("{outcome:?} instead of {expected:?}"),
        }
    }
}

#[tokio::test]
async fn rules_12_2_12_15_and_12_18_the_request() {
    let cases = [
        ("", "", "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"),
        ("www.example.com", "health", "GET /health HTTP/1.1\r\nHost: www.example.com:PORT\r\n"),
        ("www.example.com.", "/a?b=c", "GET /a?b=c HTTP/1.1\r\nHost: www.example.com:PORT\r\n"),
    ];
    for (host, path, expected) in cases {
        let (port, served) = endpoint(b"HTTP/1.1 200 OK\r\n\r\n").await;
        probe(&TestRuntime, &http(port, host, path), LOCAL).await.unwrap();
        let request = served.await.unwrap();
        assert!(request.starts_with(&expected.replace("PORT", &port.to_string())), "{request}");
        assert!(
            request.contains("User-Agent: Amazon-Route53-Health-Check-Service (ref abc)\r\n"),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\n"));
    }
}

#[tokio::test]
async fn rule_12_12_tcp_and_refused_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let mut check = HealthCheck { port, ..Default::default() };
    check.set_kind(Kind::Tcp);
    assert!(probe(&TestRuntime, &check, LOCAL).await.is_ok());
    drop(listener);
    for kind in [Kind::Tcp, Kind::Http] {
        check.set_kind(kind);
        let refused = probe(&TestRuntime, &check, LOCAL).await.unwrap_err();
        assert!(refused.contains("connection refused"), "{refused}");
    }
    check.port = 70_000;
    assert_eq!(probe(&TestRuntime, &check, LOCAL).await, Err("The port is no port".to_owned()));
}

/// A clock that runs forty times as fast.
struct Hasty;

impl Runtime for Hasty {
    fn now(&self) -> Timestamp {
        TestRuntime.now()
    }

    fn monotonic(&self) -> Duration {
        TestRuntime.monotonic() * 40
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        TestRuntime.sleep(duration / 40)
    }

    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        TestRuntime.spawn(name, task)
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        TestRuntime.fill_random(buffer);
    }
}

#[tokio::test]
async fn rule_12_10_a_silent_server_fails_after_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let started = Hasty.monotonic();
    let outcome = probe(&Hasty, &http(port, "", "/"), LOCAL).await;
    assert_eq!(outcome, Err("No HTTP response within the timeout".to_owned()));
    let waited = Hasty.monotonic() - started;
    assert!(waited >= Duration::from_secs(2) && waited < Duration::from_secs(60), "{waited:?}");
}
