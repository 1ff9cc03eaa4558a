//! Requests and their exact answers, as AWS documents them: status and body, letter by letter.
//!
//! One file a service (`ec2.txt`, ...), one region for each file, its requests in order. A case is two lines:
//!
//! ```text
//! CreateVpc {"CidrBlock": "10.0.0.0/8"}
//!   400 InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.
//! ```
//!
//! An error is its code and message; success is the document without what is the same everywhere (namespace, request id). What
//! is drawn or dated has a name instead: `{vpc-1}` is the first VPC id that any answer of the file had, and means that id in
//! later requests; times are `{time}`, secrets `{secret}`. `#` begins a comment, which says where AWS documents an answer that is
//! not on the page of its action.
//!
//! A wrong answer is printed as the file would have it: read it against AWS's page before it goes in.

mod names;

use super::credentials::{gateway, send};
use super::run;
use controlplane_wire::client::{self, RemoteError};
use controlplane_wire::model::{self, Service};
use names::Names;
use serde::de::IgnoredAny;
use serde_json::Value;

const FILES: [(&str, &str); 5] = [
    ("ec2", include_str!("ec2.txt")),
    ("iam", include_str!("iam.txt")),
    ("sts", include_str!("sts.txt")),
    ("autoscaling", include_str!("autoscaling.txt")),
    ("route53", include_str!("route53.txt")),
];

/// How many there have to be at least.
const CASES: usize = 200;

/// A request and its answer, as the file has them.
struct Case {
    request: &'static str,
    answer: &'static str,
}

fn cases(text: &'static str) -> Vec<Case> {
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let pairs = lines.chunks(2).map(|pair| match pair {
        [request, answer] if !request.starts_with(' ') => Case { request, answer: answer.trim_start() },
        _ => panic!("no request and its answer: {pair:?}"),
    });
    pairs.collect()
}

/// One answer as a file has it.
fn shown(service: &'static Service, action: &str, names: &mut Names, (status, text): (u16, &str)) -> String {
    let operation = service.operation(action).expect("an action of the model");
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    let (parts, ()) = response.into_parts();
    match client::response::<IgnoredAny>(service, operation, &parts, text.as_bytes()) {
        Err(RemoteError::Refused(reply)) => {
            format!("{status} {}: {}", reply.code, names.named(&reply.message))
        }
        _ => format!("{status} {}", names.named(text)).trim_end().to_owned(),
    }
}

#[test]
fn answers_are_those_that_aws_documents() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (service, text) in FILES {
        let cases = cases(text);
        count += cases.len();
        wrong.extend(differences(service, cases));
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= CASES, "{count} are not {CASES}");
}

/// What is answered otherwise than the file says, as the file would have it.
fn differences(service: &'static str, cases: Vec<Case>) -> Vec<String> {
    let (sender, found) = std::sync::mpsc::channel();
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let (gateway, key, mut names) = (gateway(core), cluster.root_key(core), Names::new());
        let wire = model::by_name(service).expect("a service");
        for case in cases {
            let (action, input) = case.request.split_once(' ').expect("an action and its input");
            let input: Value = serde_json::from_str(&names.meant(input))
                .unwrap_or_else(|error| panic!("{}: {error}", case.request));
            let (status, _, text) = send(&gateway, &key, core.runtime.now(), (service, action, &input)).await;
            let found = shown(wire, action, &mut names, (status, &text));
            if found != case.answer {
                sender
                    .send(format!("{service}.txt:\n{}\n  {found}\n(not {})", case.request, case.answer))
                    .expect("a reader");
            }
        }
    });
    found.into_iter().collect()
}
