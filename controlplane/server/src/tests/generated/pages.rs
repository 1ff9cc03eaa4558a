//! Tokens of pages, as their owners would never send them: another account's, another action's, changed ones. They show nobody
//! anything he would not be shown without them.

use super::conformance::Asker;
use super::foreign::stranger;
use super::least::written;
use super::table::Case;
use crate::tests::run;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use controlplane_wire::model;
use serde_json::{Value, json};

/// A listing: its action, the members that say how many and from where, and what its answer calls that.
type Listing = (&'static str, &'static str, &'static str, &'static str, &'static str);

const LISTINGS: [Listing; 6] = [
    ("iam", "ListRoles", "MaxItems", "Marker", "Marker"),
    ("iam", "ListUsers", "MaxItems", "Marker", "Marker"),
    ("ec2", "DescribeSecurityGroups", "MaxResults", "NextToken", "nextToken"),
    ("ec2", "DescribeSubnets", "MaxResults", "NextToken", "nextToken"),
    ("route53", "ListHostedZones", "MaxItems", "Marker", "NextMarker"),
    ("autoscaling", "DescribeAutoScalingGroups", "MaxRecords", "NextToken", "NextToken"),
];

async fn ask(asker: &mut Asker, service: &str, action: &str, input: &Value) -> String {
    let service = model::by_name(service).expect("a service");
    let operation = service.operation(action).expect("an action");
    let Some((parts, body)) = written(service, operation, input) else { return String::new() };
    let case = Case { what: input.to_string(), parts, body };
    String::from_utf8_lossy(&asker.ask(service, operation, case).await).into_owned()
}

/// How many shall be on a page; Route 53 takes a text for that.
fn five(service: &str) -> Value {
    if service == "route53" { json!("5") } else { json!(5) }
}

/// Something to list, all of it with this in its name.
const SECRET: &str = "owners-own";

async fn fill(owner: &mut Asker) {
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}});
    let vpc = ask(owner, "ec2", "CreateVpc", &json!({"CidrBlock": "10.9.0.0/16"})).await;
    let vpc = crate::tests::credentials::between(&vpc, "vpcId").expect("a VPC");
    for n in 0..12 {
        let name = format!("{SECRET}-{n}");
        let tags = json!([{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}]);
        for (service, action, input) in [
            ("iam", "CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()})),
            ("iam", "CreateUser", json!({"UserName": name})),
            ("ec2", "CreateSecurityGroup", json!({"GroupName": name, "Description": name, "VpcId": vpc})),
            (
                "ec2",
                "CreateSubnet",
                json!({"VpcId": vpc, "CidrBlock": format!("10.9.{n}.0/24"), "TagSpecifications": tags}),
            ),
            (
                "route53",
                "CreateHostedZone",
                json!({"Name": format!("{name}.test."), "CallerReference": name}),
            ),
        ] {
            let answer = ask(owner, service, action, &input).await;
            assert!(!answer.contains("<Code>"), "{action}: {answer}");
        }
    }
}

/// A token with each of its bytes changed, cut and doubled, inside its coding as well as outside.
fn tampered(token: &str) -> Vec<String> {
    let mut all: Vec<String> =
        ["", "0", "-1", "x", "%00", "../..", "' OR 1=1 --", "\u{1f600}", "A==", "////"]
            .map(str::to_owned)
            .into();
    all.push(token.repeat(2));
    all.push("A".repeat(1_000));
    let with = |bytes: &[u8], place: usize| {
        let mut bytes = bytes.to_vec();
        bytes[place] ^= 1;
        bytes
    };
    for place in 0..token.len() {
        all.extend(String::from_utf8(with(token.as_bytes(), place)));
        all.push(token[..place].to_owned());
    }
    for (coding, decoded) in
        [(&URL_SAFE_NO_PAD, URL_SAFE_NO_PAD.decode(token)), (&STANDARD, STANDARD.decode(token))]
    {
        let Ok(bytes) = decoded else { continue };
        all.extend((0..bytes.len()).map(|place| coding.encode(with(&bytes, place))));
        all.push(coding.encode(""));
        all.push(coding.encode(b"123456789012/global/role/"));
    }
    all
}

#[test]
fn no_token_opens_what_is_another_accounts() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let mut owner = Asker::new(&cluster, core);
        fill(&mut owner).await;
        let mut stranger = stranger(&cluster, core).await;
        let mut tokens = Vec::new();
        for (service, action, most, _, told) in LISTINGS {
            let page = ask(&mut owner, service, action, &json!({most: five(service)})).await;
            tokens.extend(crate::tests::credentials::between(&page, told));
        }
        assert!(tokens.len() >= 5, "{tokens:?}");
        let all: Vec<String> =
            tokens.iter().flat_map(|token| tampered(token)).chain(tokens.clone()).collect();
        let mut asked = 0;
        for (service, action, most, member, _) in LISTINGS {
            for token in &all {
                let text =
                    ask(&mut stranger, service, action, &json!({most: five(service), member: token})).await;
                let told = text.replace(token.as_str(), "");
                assert!(token.is_empty() || !told.contains(SECRET), "{action} {token:?}: {text}");
                asked += 1;
            }
        }
        // Never a 500, and always an answer AWS could give.
        stranger.check();
        assert!(asked > 1_000, "{asked}");
    });
}
