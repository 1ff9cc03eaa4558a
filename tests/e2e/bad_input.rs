//! What is wrong is refused as a whole, with a reason.

use crate::lab::{Lab, PATIENCE, said, until};

const REFUSED: i32 = 4;

/// A manifest and what its refusal has to name.
const WRONG: [(&str, &[&str]); 9] = [
    ("kind: [oops", &["line 1"]),
    ("kind: Castle\nmetadata: {name: x}\nspec: {}", &["Castle"]),
    (
        "kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlock: 10.9.0.0/33}",
        &["vpc/x", "10.9.0.0/33", "cidrBlock"],
    ),
    ("kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlock: 10.0.0.0/8}", &["vpc/x", "10.0.0.0/8"]),
    ("kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlock: [1]}", &["vpc/x", "cidrBlock"]),
    ("kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlok: 10.9.0.0/16}", &["vpc/x", "cidrBlok"]),
    (
        "kind: Instance\nmetadata: {name: x}\nspec: {imageId: ami-00000000deadbeef0, instanceType: t3.nano}",
        &["instance/x", "imageId", "ami-00000000deadbeef0"],
    ),
    (
        "kind: Instance\nmetadata: {name: x}\nspec: {imageId: hearth/web, instanceType: t3.gigantic}",
        &["instance/x", "t3.gigantic"],
    ),
    // The first half is right.
    (
        "kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlock: 10.9.0.0/16}
---
kind: Subnet\nmetadata: {name: one}
spec: {vpcId: x, availabilityZone: us-east-1a, cidrBlock: 10.9.0.0/24}
---
kind: Subnet\nmetadata: {name: two}
spec: {vpcId: x, availabilityZone: us-east-1a, cidrBlock: 10.9.0.128/25}",
        &["subnet/two", "10.9.0.128/25"],
    ),
];

const GIANT: &str = "kind: Instance
metadata: {name: giant}
spec: {imageId: hearth/web, instanceType: m5.24xlarge}";

#[test]
fn wrong_input_changes_nothing_and_names_what_is_wrong() {
    let lab = Lab::start();
    let before = everything(&lab);
    for (manifest, words) in WRONG {
        let output = lab.apply(manifest);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(REFUSED), "{manifest}\n{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?} are not all in: {text}");
        assert_eq!(everything(&lab), before, "{manifest}");
    }
    exit_codes_tell_kinds_apart(&lab);
    what_fits_nowhere_stays_pending_with_a_reason(&lab);
}

/// All records of all kinds that a manifest can make.
fn everything(lab: &Lab) -> String {
    let kinds = ["vpcs", "subnets", "instances", "security_groups", "network_interfaces", "record_sets"];
    kinds.map(|kind| lab.ok(&["get", kind, "-o", "json"])).concat()
}

fn exit_codes_tell_kinds_apart(lab: &Lab) {
    let cases: [(&[&str], i32); 7] = [
        (&["get", "vpc", "nowhere"], 3),
        (&["delete", "vpc", "nowhere"], 3),
        (&["exec", "nobody", "--", "true"], 3),
        (&["get", "castles"], 4),
        (&["apply", "-f", "/nonexistent.yaml"], 1),
        (&["--server", "127.0.0.1:1", "get", "vpcs"], 5),
        (&["wait", "vpc", "nowhere", "--for=create", "--timeout", "1"], 6),
    ];
    for (arguments, code) in cases {
        let output = lab.hearth(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{}", said(&output));
    }
}

fn what_fits_nowhere_stays_pending_with_a_reason(lab: &Lab) {
    lab.applied(GIANT);
    until("the reason is told", PATIENCE, || {
        let text = lab.ok(&["describe", "instance", "giant"]);
        let told = ["state: pending", "vCPUs, 96 are needed", "393216 MiB are needed"];
        if told.iter().all(|word| text.contains(word)) { Ok(()) } else { Err(text) }
    });
    lab.ok(&["delete", "instance", "giant"]);
}
