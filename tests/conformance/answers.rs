//! What the DNS servers answer, asked through the API and on the command line.

use crate::{REGION, passes_in_with};
use tests::dev::Region;

#[test]
fn boto3_is_told_what_dig_gets_and_queries_are_logged() {
    let logs = tempfile::tempdir().unwrap();
    let flag = format!("--query-log-dir={}", logs.path().display());
    let arguments = [&REGION[..], &[flag.as_str()]].concat();
    passes_in_with(&arguments, "answers_boto3.py", ("HEARTH_QUERY_LOGS", logs.path()));
}

const ZONE: &str = "
kind: HostedZone
metadata: {name: site}
spec: {name: example.com}
---
kind: RecordSet
metadata: {name: first}
spec:
  hostedZoneId: site
  name: pair.example.com
  type: A
  ttl: 60
  setIdentifier: first
  failover: PRIMARY
  resourceRecords: [192.0.2.1]
---
kind: RecordSet
metadata: {name: www}
spec:
  hostedZoneId: site
  name: www.example.com
  type: A
  aliasTarget: {hostedZoneId: site, dnsName: pair.example.com, evaluateTargetHealth: true}
";

#[test]
fn the_command_line_says_why_and_draws_the_whole() {
    let region = Region::start(&REGION);
    let ok = |arguments: &[&str]| {
        let output = region.hearth().args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        said
    };
    let refused = |arguments: &[&str], reason: &str| {
        let output = region.hearth().args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(reason), "{arguments:?}: {said}");
    };
    let file = region.data_dir().join("zone.yaml");
    std::fs::write(&file, ZONE).unwrap();
    ok(&["apply", "-f", file.to_str().unwrap()]);
    let wait = ["wait", "hosted_zone", "example.com", "--for=status.resourceRecordSetCount=4"];
    ok(&wait);
    tests::wait::until("the DNS server has the zone", std::time::Duration::from_secs(30), || {
        let said = ok(&["dns", "explain", "www.example.com", "A"]);
        if said.contains("192.0.2.1") { Ok(()) } else { Err(said) }
    });

    let said = ok(&[
        "dns",
        "explain",
        "WWW.example.com",
        "a",
        "--client",
        "198.51.100.0/24",
        "--zone",
        "example.com",
    ]);
    for part in [
        "zone example.com. (Z",
        "client in no known place",
        "  www.example.com.\n    A simple\n",
        "pair.example.com. A failover",
        "-> first first 192.0.2.1",
        "NOERROR over UDP from dev:\n  192.0.2.1\n",
    ] {
        assert!(said.contains(part), "{part:?} is missing in\n{said}");
    }
    let drawn = ok(&["get", "records", "example.com", "-o", "tree"]);
    let tree = "www.example.com. A simple [target healthy]\n   └─ pair.example.com. A failover\n      └─ first first 192.0.2.1 ttl 60\n";
    assert!(drawn.starts_with("example.com. (Z") && drawn.ends_with(tree), "{drawn}");

    refused(&["dns", "explain", "www.example.com", "OPT"], "type: not known");
    refused(&["dns", "explain", "www.example.com", "--client", "there"], "neither an address");
    refused(&["dns", "explain", "www.example.com", "--zone", "gone.test"], "gone.test");
    refused(&["get", "vpc", "main", "-o", "tree"], "there is no tree of vpc records");
    refused(&["get", "records", "-o", "tree"], "hearth get records ZONE -o tree");
}
