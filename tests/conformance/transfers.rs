//! Zones that go to other name servers: an edit through the region's door rises in their serial number and is transferred.

use crate::REGION;
use std::process::Command;
use std::time::Duration;
use tests::dev::Region;
use tests::wait::until;

const KEY: &str = "hmac-sha256:peer.example:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const PATIENCE: Duration = Duration::from_secs(30);

/// What no copy can be told.
const WEIGHTED: &str = "
kind: RecordSet
metadata: {name: heavy}
spec: {hostedZoneId: site, name: heavy.example.com, type: A, ttl: 60, setIdentifier: one, weight: 1, resourceRecords: [192.0.2.3]}
";

fn zone(address: &str) -> String {
    format!(
        "
kind: HostedZone
metadata: {{name: site}}
spec: {{name: example.com}}
---
kind: RecordSet
metadata: {{name: www}}
spec: {{hostedZoneId: site, name: www.example.com, type: A, ttl: 60, resourceRecords: [{address}]}}
"
    )
}

struct Peer<'r>(&'r Region);

impl Peer<'_> {
    fn apply(&self, manifests: &str) {
        let file = self.0.data_dir().join("zone.yaml");
        std::fs::write(&file, manifests).unwrap();
        let output = self.0.hearth().arg("apply").arg("-f").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn dig(&self, words: &[&str]) -> String {
        let (server, port) = (format!("@{}", self.0.dns.ip()), self.0.dns.port().to_string());
        let output =
            Command::new("dig").args([&server, "-p", &port, "+tries=1"]).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The serial a peer with the key is told.
    fn serial(&self) -> u32 {
        let said = self.dig(&["-y", KEY, "+short", "example.com", "SOA"]);
        said.split(' ').nth(2).and_then(|serial| serial.parse().ok()).unwrap_or_default()
    }

    fn transfer(&self, kind: &str) -> String {
        self.dig(&["-y", KEY, "example.com", kind])
    }
}

#[test]
fn a_secondary_with_the_key_follows_the_zone_and_nobody_else_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, KEY.rsplit(':').next().unwrap()).unwrap();
    let key = format!("--transfer-key=peer.example={}", file.display());
    let region = Region::start(&[&REGION[..], &[&key, "--transfer-to=127.0.0.1"]].concat());
    let peer = Peer(&region);
    let holds = |kind: &str, address: &str| {
        let said = peer.transfer(kind);
        if said.contains(address) { Ok(()) } else { Err(said) }
    };

    peer.apply(&zone("192.0.2.1"));
    until("the zone is transferred", PATIENCE, || holds("AXFR", "192.0.2.1"));
    let first = peer.serial();
    assert!(!peer.transfer(&format!("IXFR={first}")).contains("192.0.2.1"), "there is nothing new");
    assert!(peer.dig(&["example.com", "AXFR"]).contains("Transfer failed"), "without the key");
    assert!(
        peer.dig(&["+short", "example.com", "SOA"]).contains(" 1 7200 900 1209600 86400"),
        "the user's own"
    );

    peer.apply(&zone("192.0.2.2"));
    until("the change is transferred", PATIENCE, || holds(&format!("IXFR={first}"), "192.0.2.2"));
    assert!(peer.serial() > first);

    peer.apply(&[zone("192.0.2.2"), WEIGHTED.to_owned()].join("---"));
    until("no transfer can tell of weights", PATIENCE, || {
        let said = peer.dig(&["-y", KEY, "+edns=0", "example.com", "AXFR"]);
        if said.contains("Transfer failed") { Ok(()) } else { Err(said) }
    });
}
