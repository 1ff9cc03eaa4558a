//! Requests in order, damaged: a few edits by a seeded hand, before they are signed (so that what lies behind the signature
//! gets the damage) or after (so that the signature does).
//!
//! Coverage-guided fuzzing finds more, in hours; this is what fits into every run of the tests, and the same each time.

use super::conformance::Asker;
use super::least::{least, operations, written};
use crate::tests::credentials::alice;
use crate::tests::run;
use bytes::Bytes;
use controlplane_services_kernel::Random;
use controlplane_wire::client::TOKENS;
use controlplane_wire::model::{self, Service};
use controlplane_wire::sigv4::{self, Credentials};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Uri, header};
use serde_json::json;

/// Damaged requests of each kind; `make test` cannot wait for more.
const REQUESTS: u64 = 6_000;
/// Damaged policies.
const POLICIES: u64 = 1_500;

const DOCUMENTS: [&str; 4] = [
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["ec2:Describe*","iam:?et*"],"Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:ec2:*:*:vpc/*"}}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::123456789012:user/${aws:username}","Condition":{"StringLikeIfExists":{"aws:RequestTag/a":["b*","?"]},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"},"Bool":{"aws:SecureTransport":true},"Null":{"aws:TokenIssueTime":"false"}}}]}"#,
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":["*"],"Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"ArnLike":{"aws:PrincipalArn":"arn:*:iam::*:role/*"}}}]}"#,
];

struct Hand(Random);

impl Hand {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap_or_default()
    }

    /// A text with up to `edits` places cut out, doubled or filled with something else.
    fn damage(&mut self, text: &str, edits: usize) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(edits) {
            let start = self.below(bytes.len() + 1);
            let end = (start + self.below(6)).min(bytes.len());
            let instead = match self.below(8) {
                0 => Vec::new(),
                1 => bytes[start..].iter().copied().take(64).collect(),
                2 => vec![self.below(256) as u8],
                _ => TOKENS[self.below(TOKENS.len())].to_vec(),
            };
            bytes.splice(start..end, instead);
        }
        bytes
    }

    fn damaged_text(&mut self, text: &str, edits: usize) -> String {
        String::from_utf8_lossy(&self.damage(text, edits)).into_owned()
    }
}

fn sign(asker: &Asker, parts: &mut Parts, body: &[u8], key: &Credentials, service: &Service) -> bool {
    sigv4::sign(parts, body, key, "us-east-1", service.signing_name(), asker.now()).is_ok()
}

/// Damages a request before it is signed.
fn before(hand: &mut Hand, parts: &mut Parts, body: &mut Bytes) {
    let target = hand.damaged_text(&parts.uri.to_string(), 2);
    if hand.below(3) == 0
        && let Ok(uri) = target.parse::<Uri>()
    {
        parts.uri = uri;
    }
    *body = Bytes::from(hand.damage(&String::from_utf8_lossy(body), 4));
    if hand.below(10) == 0 {
        parts.headers.remove(header::CONTENT_TYPE);
    }
}

/// Damages a request that is signed.
fn after(hand: &mut Hand, parts: &mut Parts) {
    let target = hand.damaged_text(&parts.uri.to_string(), 1);
    if hand.below(4) == 0
        && let Ok(uri) = target.parse::<Uri>()
    {
        parts.uri = uri;
    }
    let name = [AUTHORIZATION.as_str(), "x-amz-date", "host"][hand.below(3)];
    let text = parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if let Ok(value) = HeaderValue::from_bytes(&hand.damage(&text, 3)) {
        match hand.below(6) {
            0 => drop(parts.headers.append(name, value)),
            _ => drop(parts.headers.insert(name, value)),
        }
    }
}

#[test]
fn damaged_requests_are_answered() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let mut asker = Asker::new(&cluster, core);
        let mut hand = Hand(Random::from_seed([7; 32]));
        let actions: Vec<_> = operations().collect();
        let key = asker.key();
        for number in 0..2 * REQUESTS {
            let (service, operation) = actions[hand.below(actions.len())];
            let input = least(service, operation.input);
            let Some((mut parts, mut body)) = written(service, operation, &input) else { continue };
            let is_before = number % 2 == 0;
            if is_before {
                before(&mut hand, &mut parts, &mut body);
            }
            if !sign(&asker, &mut parts, &body, &key, service) {
                continue;
            }
            if !is_before {
                after(&mut hand, &mut parts);
            }
            asker.knock(&operation.name, parts, body).await;
        }
        asker.check();
    });
}

#[test]
fn damaged_policies_are_answered_and_judged() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        cluster.user(core, &json!([])).await;
        let mut asker = Asker::new(&cluster, core);
        let mut hand = Hand(Random::from_seed([9; 32]));
        let (iam, ec2) = ["iam", "ec2"].map(|name| model::by_name(name).expect("a service")).into();
        let put = iam.operation("PutUserPolicy").expect("an action");
        let create = ec2.operation("CreateVpc").expect("an action");
        let vpc = json!({"CidrBlock": "10.0.0.0/16", "DryRun": true});
        let key = asker.key();
        let mut taken = 0;
        for _ in 0..POLICIES {
            let document = DOCUMENTS[hand.below(DOCUMENTS.len())];
            let document = hand.damaged_text(document, 3);
            let input = json!({"UserName": "alice", "PolicyName": "own", "PolicyDocument": document});
            let (mut parts, body) = written(iam, put, &input).expect("a request");
            assert!(sign(&asker, &mut parts, &body, &key, iam));
            if asker.knock(&document, parts, body).await == 200 {
                taken += 1;
                let (mut parts, body) = written(ec2, create, &vpc).expect("a request");
                assert!(sign(&asker, &mut parts, &body, &alice(), ec2));
                asker.knock(&document, parts, body).await;
            }
        }
        asker.check();
        assert!(taken > POLICIES / 20, "{taken} policies were taken: none of the others was judged");
    });
}
