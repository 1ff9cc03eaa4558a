//! Whole servers that other name servers transfer zones from.

use super::*;
use crate::zone::tests::{delta, set, zone as said};
use crate::{KeyFile, TransferConfig};

/// For `dig -y`.
const KEY: &str = "hmac-sha512:peer:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const WRONG_KEY: &str = "hmac-sha512:peer:NDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub(super) fn transfer(folder: &Path, to: &str) -> TransferConfig {
    let path = folder.join("key");
    std::fs::write(&path, "hmac-sha512:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").unwrap();
    let keys = vec![KeyFile { name: "peer".to_owned(), path }];
    TransferConfig { keys, to: vec![to.parse().unwrap()], notify: Vec::new() }
}

async fn serving(to: &str, message: FeedMessage) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let transfer = transfer(folder.path(), to);
    let mut fixture = Fixture::start(folder, |config| config.transfer = transfer).await;
    fixture.send(message).await;
    fixture
}

fn large(count: u32) -> FeedMessage {
    let host = |n: u32| set(&format!("h{n}.example.com."), "A", 60, &[&Ipv4Addr::from_bits(n).to_string()]);
    FeedMessage { zones: vec![said(None, 77)], ..snapshot(1, (0..count).map(host).collect()) }
}

/// Lines with records of a zone, but for the SOA.
fn records(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| !line.starts_with(';') && !line.is_empty());
    let records = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    records.filter(|words| !["SOA", "TSIG"].contains(&words[3])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dig_transfers_a_zone_of_many_messages() {
    let mut fixture = serving("127.0.0.0/8", large(30_000)).await;
    let text = fixture.dig(&format!("-y {KEY} +onesoa example.com AXFR")).await;
    let mut hosts: Vec<u32> = records(&text)
        .iter()
        .filter(|words| words[3] == "A")
        .map(|words| words[4].parse::<Ipv4Addr>().unwrap().to_bits())
        .collect();
    hosts.sort_unstable();
    assert_eq!(hosts, (0..30_000).collect::<Vec<u32>>());
    assert!(text.contains(" 77 7200 900 1209600 86400"), "the serial");
    assert!(!text.contains("Couldn't verify"), "{}", &text[text.len() - 400..]);

    let record_sets = vec![set("new.example.com.", "TXT", 60, &["\"x\""])];
    fixture.send(FeedMessage { zones: vec![said(None, 78)], record_sets, ..delta(1, 2) }).await;
    let current = fixture.dig(&format!("-y {KEY} example.com IXFR=78")).await;
    assert!(records(&current).is_empty() && current.contains(" 78 7200"), "{current}");
    let behind = fixture.dig(&format!("-y {KEY} example.com IXFR=77")).await;
    assert_eq!(records(&behind).len(), 30_003);
    let signed = fixture.dig(&format!("-y {KEY} +short example.com SOA")).await;
    let public = fixture.dig("+short example.com SOA").await;
    assert!(signed.contains(" 78 7200") && public.contains(" 1 7200"), "{signed}\n{public}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_key_or_from_elsewhere_transfers_anything() {
    let fixture = serving("127.0.0.0/8", large(3)).await;
    for arguments in ["example.com AXFR", &format!("-y {WRONG_KEY} example.com AXFR"), "example.com IXFR=1"] {
        let text = fixture.dig(arguments).await;
        assert!(text.contains("Transfer failed") && records(&text).is_empty(), "{text}");
    }
    let wrong = fixture.dig(&format!("-y {WRONG_KEY} www.example.com A")).await;
    assert!(wrong.contains("NOTAUTH") && wrong.contains("BADSIG"), "{wrong}");
    let elsewhere = serving("192.0.2.0/24", large(3)).await;
    let text = elsewhere.dig(&format!("-y {KEY} example.com AXFR")).await;
    assert!(text.contains("Transfer failed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_of_one_version_whatever_changes_meanwhile() {
    let mut fixture = serving("127.0.0.0/8", large(20_000)).await;
    let (address, arguments) = (fixture.address(), format!("-y {KEY} example.com AXFR"));
    let transfers: Vec<_> = (0..3)
        .map(|_| {
            let arguments = arguments.clone();
            tokio::spawn(async move { dig(address, &arguments).await })
        })
        .collect();
    for round in 1..40u32 {
        // Every host of a version has the number of its serial as its TTL, in one set that says so.
        let ttl = 77 + round;
        let record_sets = vec![
            set("first.example.com.", "A", ttl, &["192.0.2.1"]),
            set("last.example.com.", "A", ttl, &["192.0.2.1"]),
        ];
        let zones = vec![said(None, ttl)];
        fixture
            .send(FeedMessage { zones, record_sets, ..delta(u64::from(round), u64::from(round) + 1) })
            .await;
    }
    for transfer in transfers {
        let text = transfer.await.unwrap();
        let serial =
            text.lines().find_map(|line| line.split_once("awsdns-hostmaster.amazon.com. ")).unwrap().1;
        let serial = serial.split(' ').next().unwrap();
        let marked: Vec<_> = records(&text).into_iter().filter(|words| words[4] == "192.0.2.1").collect();
        assert!(marked.iter().all(|words| words[1] == serial), "{serial}: {marked:?}");
        assert!(marked.len() == 2 || serial == "77");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_keeps_the_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.transfer = transfer(folder.path(), "127.0.0.1/32");
    std::fs::write(folder.path().join("key"), "short").unwrap();
    let error = Server::start(config, Arc::new(TestRuntime), feed().0).await.err().unwrap();
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(cause.contains("base64") || cause.contains("16 octets"), "{cause}");
}
