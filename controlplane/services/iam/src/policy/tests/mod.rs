//! Tables: documents that are none, and what documents say of requests.

mod documents;
mod kinds;

use super::*;
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";
const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const INSTANCE: &str = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";

fn read(document: &Value, purpose: Purpose) -> Result<Policy, String> {
    Policy::parse(&document.to_string(), purpose).map_err(|Syntax(message)| message)
}

fn identity(document: Value) -> Policy {
    read(&document, Purpose::Identity).unwrap()
}

/// A policy of one statement.
fn one(statement: Value) -> Policy {
    identity(json!({"Version": "2012-10-17", "Statement": statement}))
}

fn allow(action: &str, resource: &str) -> Policy {
    one(json!({"Effect": "Allow", "Action": action, "Resource": resource}))
}

fn deny(action: &str) -> Policy {
    one(json!({"Effect": "Deny", "Action": action, "Resource": "*"}))
}

fn alice() -> Identity<'static> {
    Identity { account: ACCOUNT, arn: ALICE, ..Identity::default() }
}

fn facts(pairs: &[(&str, &[&str])]) -> Facts {
    let mut facts = Facts::default();
    for (key, values) in pairs {
        facts.set_all(key, values.iter().map(|value| (*value).to_owned()));
    }
    facts
}

fn ask<'a>(policies: &Policies<'a>, action: &str, resource: &str, facts: &Facts) -> Verdict<'a> {
    let (service, action) = action.split_once(':').unwrap();
    decide(policies, &Request { service, action, resource, identity: alice(), facts })
}

fn own(policy: &Policy) -> Policies<'_> {
    Policies { identity: vec![Attached { name: "own", policy }], ..Policies::default() }
}

fn decides(policy: &Policy, action: &str, resource: &str, facts: &Facts) -> Decision {
    ask(&own(policy), action, resource, facts).decision
}

#[test]
fn actions_and_resources_are_matched() {
    let none = Facts::default();
    let run = "ec2:RunInstances";
    for (action, resource, allowed) in [
        ("*", "*", true),
        ("ec2:*", "*", true),
        ("EC2:runinstances", "*", true),
        ("ec2:Run*", "*", true),
        ("ec2:*Instances", "*", true),
        ("ec2:R?nInstance?", "*", true),
        ("ec2:Run", "*", false),
        ("ec2:Run?", "*", false),
        ("ec*:RunInstances", "*", true),
        ("iam:*", "*", false),
        (run, INSTANCE, true),
        (run, "arn:aws:ec2:*:*:instance/*", true),
        (run, "arn:aws:ec2:us-east-1:123456789012:instance/i-?", true),
        (run, "arn:aws:ec2:us-*-1:*:instance/i-1", true),
        (run, "arn:aws:ec2", true),
        (run, "arn:*", true),
        (run, "arn:aws:ec2:eu-*:*:instance/*", false),
        (run, "arn:aws:ec2:*:instance/i-1", false),
        (run, "arn:aws:ec2:us-east-1:123456789012:INSTANCE/i-1", false),
        (run, "arn:aws:ec2:*:*:volume/*", false),
    ] {
        let expected = if allowed { Decision::Allowed } else { Decision::ImplicitDeny };
        assert_eq!(
            decides(&allow(action, resource), run, INSTANCE, &none),
            expected,
            "{action} on {resource}"
        );
    }
    let last = allow("logs:*", "arn:aws:logs:*:*:log-group:*");
    let group = "arn:aws:logs:us-east-1:1:log-group:a:log-stream:b";
    assert_eq!(
        decides(&last, "logs:Get", group, &none),
        Decision::Allowed,
        "the last segment takes the rest"
    );
    assert_eq!(decides(&allow("ec2:*", "arn:aws:ec2:*"), run, "*", &none), Decision::ImplicitDeny);
}

#[test]
fn what_is_not_named_is_meant() {
    let none = Facts::default();
    let but_iam = one(json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}));
    assert_eq!(decides(&but_iam, "ec2:RunInstances", INSTANCE, &none), Decision::Allowed);
    assert_eq!(decides(&but_iam, "iam:CreateUser", "*", &none), Decision::ImplicitDeny);
    let but_this = one(json!({"Effect": "Deny", "Action": "*", "NotResource": INSTANCE}));
    assert_eq!(decides(&but_this, "ec2:StopInstances", INSTANCE, &none), Decision::ImplicitDeny);
    assert_eq!(decides(&but_this, "ec2:StopInstances", "*", &none), Decision::ExplicitDeny);
}

/// What is known, by condition key.
type Known<'c> = &'c [(&'c str, &'c [&'c str])];

#[test]
fn conditions_hold_or_not() {
    let several = [("aws:tagkeys", &["team", "cost"][..])];
    let time = [("aws:currenttime", &["2026-11-21T10:00:00Z"][..])];
    let source = [("aws:sourceip", &["10.1.2.3"][..])];
    let name = [("aws:username", &["Alice"][..])];
    let nothing: [(&str, &[&str]); 0] = [];
    let arn = [("aws:sourcearn", &["arn:aws:sns:us-east-1:1:topic"][..])];
    let cases: &[(&str, Value, Known<'_>, bool)] = &[
        ("StringEquals", json!({"aws:username": "Alice"}), &name, true),
        ("stringequals", json!({"AWS:UserName": ["Bob", "Alice"]}), &name, true),
        ("StringEquals", json!({"aws:username": "alice"}), &name, false),
        ("StringEquals", json!({"aws:username": "A*"}), &name, false),
        ("StringEquals", json!({"aws:username": "Alice"}), &nothing, false),
        ("StringEqualsIfExists", json!({"aws:username": "Bob"}), &nothing, true),
        ("StringEqualsIfExists", json!({"aws:username": "Bob"}), &name, false),
        ("StringNotEquals", json!({"aws:username": "Bob"}), &name, true),
        ("StringNotEquals", json!({"aws:username": ["Bob", "Alice"]}), &name, false),
        ("StringNotEquals", json!({"aws:username": "Bob"}), &nothing, true),
        ("StringEqualsIgnoreCase", json!({"aws:username": "aLICE"}), &name, true),
        ("StringNotEqualsIgnoreCase", json!({"aws:username": "aLICE"}), &name, false),
        ("StringLike", json!({"aws:username": "A*e"}), &name, true),
        ("StringLike", json!({"aws:username": "Al??"}), &name, false),
        ("StringNotLike", json!({"aws:username": "B*"}), &name, true),
        ("StringLike", json!({"aws:username": "${aws:username}"}), &name, true),
        ("StringLike", json!({"aws:username": "${aws:nobody, 'Alice'}"}), &name, true),
        ("StringLike", json!({"aws:username": "${aws:nobody}"}), &name, false),
        ("StringLike", json!({"aws:username": "${*}"}), &name, false),
        ("NumericLessThan", json!({"aws:username": 5}), &[("aws:username", &["4.5"])], true),
        ("NumericLessThan", json!({"aws:username": "5"}), &[("aws:username", &["5"])], false),
        ("NumericLessThanEquals", json!({"aws:username": "5"}), &[("aws:username", &["5"])], true),
        ("NumericGreaterThan", json!({"aws:username": "5"}), &[("aws:username", &["6"])], true),
        ("NumericGreaterThanEquals", json!({"aws:username": "5"}), &[("aws:username", &["4"])], false),
        ("NumericEquals", json!({"aws:username": "5.0"}), &[("aws:username", &["5"])], true),
        ("NumericNotEquals", json!({"aws:username": "5"}), &[("aws:username", &["5"])], false),
        ("NumericEquals", json!({"aws:username": "5"}), &name, false),
        ("DateGreaterThan", json!({"aws:CurrentTime": "2026-11-21T09:59:59Z"}), &time, true),
        ("DateLessThan", json!({"aws:CurrentTime": "2026-11-21T09:59:59Z"}), &time, false),
        ("DateLessThanEquals", json!({"aws:CurrentTime": "1795255200"}), &time, true),
        ("DateNotEquals", json!({"aws:CurrentTime": "2026-11-21T10:00:00Z"}), &time, false),
        ("Bool", json!({"aws:SecureTransport": "true"}), &[("aws:securetransport", &["true"])], true),
        ("Bool", json!({"aws:SecureTransport": true}), &[("aws:securetransport", &["false"])], false),
        ("Bool", json!({"aws:SecureTransport": "true"}), &nothing, false),
        ("BinaryEquals", json!({"aws:k": "QUI="}), &[("aws:k", &["QUI="])], true),
        ("IpAddress", json!({"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}), &source, true),
        ("IpAddress", json!({"aws:SourceIp": "10.1.2.3"}), &source, true),
        ("IpAddress", json!({"aws:SourceIp": "2001:db8::/32"}), &source, false),
        ("NotIpAddress", json!({"aws:SourceIp": "10.0.0.0/8"}), &source, false),
        ("NotIpAddress", json!({"aws:SourceIp": "192.0.2.0/24"}), &source, true),
        ("ArnLike", json!({"aws:SourceArn": "arn:aws:sns:*:*:t*"}), &arn, true),
        ("ArnEquals", json!({"aws:SourceArn": "arn:aws:sns:*:2:topic"}), &arn, false),
        ("ArnNotLike", json!({"aws:SourceArn": "arn:aws:sqs:*:*:*"}), &arn, true),
        ("Null", json!({"aws:username": "true"}), &nothing, true),
        ("Null", json!({"aws:username": "true"}), &name, false),
        ("Null", json!({"aws:username": "false"}), &name, true),
        ("ForAllValues:StringEquals", json!({"aws:TagKeys": ["team", "cost", "x"]}), &several, true),
        ("ForAllValues:StringEquals", json!({"aws:TagKeys": ["team"]}), &several, false),
        ("ForAllValues:StringEquals", json!({"aws:TagKeys": ["team"]}), &nothing, true),
        ("ForAnyValue:StringEquals", json!({"aws:TagKeys": ["team"]}), &several, true),
        ("ForAnyValue:StringEquals", json!({"aws:TagKeys": ["x"]}), &several, false),
        ("ForAnyValue:StringEquals", json!({"aws:TagKeys": ["team"]}), &nothing, false),
        ("ForAnyValue:StringNotEquals", json!({"aws:TagKeys": ["team"]}), &several, true),
        ("ForAllValues:StringNotEquals", json!({"aws:TagKeys": ["team"]}), &several, false),
        ("ForAnyValue:StringLikeIfExists", json!({"aws:TagKeys": ["t*"]}), &nothing, true),
    ];
    for (operator, keys, known, holds) in cases {
        let condition = Value::Object([((*operator).to_owned(), keys.clone())].into_iter().collect());
        let policy = one(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}));
        let found = decides(&policy, "ec2:X", "*", &facts(known));
        assert_eq!(found == Decision::Allowed, *holds, "{operator} {keys} with {known:?}");
    }
}

#[test]
fn all_conditions_have_to_hold() {
    let policy = one(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "StringEquals": {"aws:username": "Alice", "aws:RequestedRegion": "us-east-1"},
        "Bool": {"aws:SecureTransport": "true"},
    }}));
    let whole = [
        ("aws:username", &["Alice"][..]),
        ("aws:requestedregion", &["us-east-1"]),
        ("aws:securetransport", &["true"]),
    ];
    assert_eq!(decides(&policy, "ec2:X", "*", &facts(&whole)), Decision::Allowed);
    for missing in 0..whole.len() {
        let rest: Vec<_> =
            whole.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, pair)| *pair).collect();
        assert_eq!(decides(&policy, "ec2:X", "*", &facts(&rest)), Decision::ImplicitDeny, "{rest:?}");
    }
}

#[test]
fn variables_stand_for_text() {
    let home = "arn:aws:s3:::home/${aws:username}/*";
    let policy = allow("s3:*", home);
    for (name, resource, allowed) in [
        ("alice", "arn:aws:s3:::home/alice/x", true),
        ("alice", "arn:aws:s3:::home/bob/x", false),
        ("*", "arn:aws:s3:::home/bob/x", false),
        ("*", "arn:aws:s3:::home/*/x", true),
    ] {
        let found = decides(&policy, "s3:Get", resource, &facts(&[("aws:username", &[name])]));
        assert_eq!(found == Decision::Allowed, allowed, "{name} {resource}");
    }
    assert_eq!(decides(&policy, "s3:Get", "arn:aws:s3:::home//x", &Facts::default()), Decision::ImplicitDeny);
    let old = identity(json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": home}}));
    let known = facts(&[("aws:username", &["alice"])]);
    assert_eq!(decides(&old, "s3:Get", "arn:aws:s3:::home/alice/x", &known), Decision::ImplicitDeny);
    assert_eq!(decides(&old, "s3:Get", "arn:aws:s3:::home/${aws:username}/x", &known), Decision::Allowed);
}

#[test]
fn no_pattern_takes_long() {
    let stars = format!("arn:aws:s3:::{}b", "a*".repeat(60));
    let policy = allow("s3:*", &stars);
    let text = format!("arn:aws:s3:::{}", "a".repeat(2_000));
    assert_eq!(decides(&policy, "s3:Get", &text, &Facts::default()), Decision::ImplicitDeny);
}
