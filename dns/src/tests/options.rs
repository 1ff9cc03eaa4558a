//! What a server is started with: a geo database, latencies, a name to tell, a limit; asked by a real client.

use super::serving::query;
use super::*;
use crate::location::geo_db_tests::{file, said};
use crate::zone::tests::{geolocation, latency, member, set};
use tokio::net::UdpSocket;

fn sets() -> Vec<controlplane_proto::dns::RecordSet> {
    let text = |name: &str, value: &str| set(name, "TXT", 60, &[&format!("\"{value}\"")]);
    vec![
        member(text("g.example.com.", "de"), "de", geolocation("DE"), ""),
        member(text("g.example.com.", "else"), "else", geolocation("*"), ""),
        member(text("l.example.com.", "us"), "us", latency("us-east-1"), ""),
        member(text("l.example.com.", "eu"), "eu", latency("eu-central-1"), ""),
        set("www.example.com.", "A", 60, &["192.0.2.1"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_located_by_the_operators_files() {
    let folder = tempfile::tempdir().unwrap();
    let (geo_db, table) = (folder.path().join("geo.mmdb"), folder.path().join("latencies"));
    std::fs::write(&geo_db, file(&[("10.5.0.0/16".parse().unwrap(), said("EU", "DE", ""))])).unwrap();
    std::fs::write(&table, "10.5.7.0/24 us-east-1=1 eu-central-1=2\n").unwrap();
    let mut fixture = Fixture::start(folder, |config| {
        config.location.geo_db = Some(geo_db);
        config.location.latency_table = Some(table);
    })
    .await;
    fixture.send(snapshot(1, sets())).await;
    let cases = [
        ("+subnet=10.5.1.0/24 g.example.com TXT", "\"de\"", "CLIENT-SUBNET: 10.5.1.0/24/16"),
        ("+subnet=10.6.1.0/24 g.example.com TXT", "\"else\"", "CLIENT-SUBNET: 10.6.1.0/24/15"),
        ("+subnet=10.5.1.0/24 l.example.com TXT", "\"eu\"", "CLIENT-SUBNET: 10.5.1.0/24/22"),
        ("+subnet=10.5.7.0/24 l.example.com TXT", "\"us\"", "CLIENT-SUBNET: 10.5.7.0/24/24"),
        ("+subnet=10.5.1.0/24 www.example.com A", "192.0.2.1", "CLIENT-SUBNET: 10.5.1.0/24/0"),
        ("+subnet=0.0.0.0/0 g.example.com TXT", "\"else\"", "CLIENT-SUBNET: 0.0.0.0/0/0"),
    ];
    for (question, answer, subnet) in cases {
        let whole = fixture.dig(question).await;
        assert!(whole.contains(answer) && whole.contains(subnet), "{question}: {whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_keeps_the_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("geo.mmdb");
    std::fs::write(&path, "no database").unwrap();
    let mut config = config(folder.path());
    config.location.geo_db = Some(path);
    let (feed, _subscribers) = feed();
    let refused = Server::start(config, Arc::new(TestRuntime), feed).await.err().unwrap();
    assert!(refused.to_string().contains("geo.mmdb"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_client_is_sent_to_tcp_and_one_with_a_cookie_is_not_limited() {
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), |config| {
        (config.workers, config.response_rate, config.nsid) = (1, 1, "dns-1".to_owned());
    })
    .await;
    fixture.send(snapshot(1, sets())).await;
    let first = fixture.dig("+nsid +cookie=0102030405060708 www.example.com A").await;
    assert!(first.contains("192.0.2.1") && first.contains("dns-1") && first.contains("(good)"), "{first}");
    let cookie = first.lines().find_map(|line| line.strip_prefix("; COOKIE: ")).unwrap();
    let cookie = cookie.split(' ').next().unwrap().to_owned();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for number in 0..20 {
        socket.send_to(&query(number, "www.example.com"), fixture.address()).await.unwrap();
    }
    // One or two are answered, of the others every second is cut.
    for _ in 0..8 {
        let mut reply = [0; 512];
        while reply[2] & 0x02 == 0 {
            soon(socket.recv(&mut reply)).await.unwrap();
        }
        assert_eq!(reply[6..12], [0; 6], "nothing but the question");
    }
    for _ in 0..3 {
        let proven = fixture.dig(&format!("+ignore +cookie={cookie} www.example.com A")).await;
        assert!(proven.contains("192.0.2.1"), "{proven}");
    }
    assert_eq!(fixture.dig("+short +tcp www.example.com A").await, "192.0.2.1");
}
