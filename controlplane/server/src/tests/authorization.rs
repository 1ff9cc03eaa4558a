//! Nothing at the AWS door is done for who has not signed, or may not: asked of every action in the registry.

use super::credentials::{ALICE, alice, answer, between, gateway, key, request, send, temporary};
use super::run;
use crate::core::Core;
use crate::gateway::{Gateway, Peer};
use crate::registry::SERVICES;
use controlplane_types::Timestamp;
use controlplane_wire::model::{self, Kind, Protocol, Service, ShapeId};
use controlplane_wire::sigv4::{self, Credentials};
use serde_json::{Value, json};
use std::sync::Arc;

/// Actions that need no permission.
const FREE: [&str; 2] = ["GetCallerIdentity", "GetSessionToken"];

/// Every action served, with the least request the model takes.
fn actions() -> impl Iterator<Item = (&'static Service, &'static str, Value)> {
    let modelled = SERVICES.iter().filter_map(|service| Some((model::by_name(service.name)?, service)));
    modelled.flat_map(|(wire, service)| {
        service.operations.iter().map(move |entry| {
            let operation = wire.operation(entry.name).expect("an action of the model");
            (wire, entry.name, least(wire, operation.input))
        })
    })
}

/// The members a shape requires, each with the first text or number that the model takes.
pub(super) fn least(service: &Service, shape: ShapeId) -> Value {
    const TEXTS: [&str; 7] = [
        "10.0.0.0/16",
        "arn:aws:iam::123456789012:role/App",
        "AKIAAAAAAAAAAAAAAAAA",
        "text",
        "1",
        "v1",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ];
    match &service.shape(shape).kind {
        Kind::Structure(structure) => {
            // An image is named besides: a form cannot hold a structure without any member.
            let is_needed = |name: &str, required: bool| required || name == "ImageId";
            let required =
                structure.members().iter().filter(|member| is_needed(&member.name, member.required));
            required.map(|member| (member.name.to_string(), least(service, member.shape))).collect()
        }
        Kind::List(list) => json!([item(service, list.member)]),
        Kind::Text(rule) => {
            let length = |text: &str| {
                rule.length.min.is_none_or(|min| text.len() >= min)
                    && rule.length.max.is_none_or(|max| text.len() <= max)
            };
            let fits = |text: &&str| length(text) && rule.matches(text);
            let free = || TEXTS.into_iter().find(fits).unwrap_or("text");
            json!(rule.values().first().map(AsRef::as_ref).unwrap_or_else(free))
        }
        Kind::Blob(_) => json!([116, 101, 120, 116]),
        Kind::Boolean => json!(true),
        Kind::Integer(range) | Kind::Long(range) => json!(range.min.unwrap_or(1.0) as i64),
        Kind::Double(range) => json!(range.min.unwrap_or(1.0)),
        Kind::Timestamp(_) => json!(0),
    }
}

/// The least item of a list: a structure has one member at least, since a form cannot hold one without any.
fn item(service: &Service, shape: ShapeId) -> Value {
    let whole = least(service, shape);
    match &service.shape(shape).kind {
        Kind::Structure(structure) if whole == json!({}) => {
            let first = structure.members().iter().take(1);
            first.map(|member| (member.name.to_string(), least(service, member.shape))).collect()
        }
        _ => whole,
    }
}

/// How a service answers: EC2 has words of its own.
fn expected(service: &Service, ec2: (u16, &'static str), others: (u16, &'static str)) -> (u16, &'static str) {
    if service.protocol() == Protocol::Ec2Query { ec2 } else { others }
}

/// Whoever may not: his credentials, when he signs, and what EC2 and the others answer.
type Stranger = (&'static str, Credentials, Timestamp, (u16, &'static str), (u16, &'static str));

fn strangers(now: Timestamp, over: &Credentials, good: &Credentials) -> Vec<Stranger> {
    const UNKNOWN: ((u16, &str), (u16, &str)) = ((401, "AuthFailure"), (403, "InvalidClientTokenId"));
    let with_token = |credentials: Credentials, token: &Credentials| Credentials {
        session_token: token.session_token.clone(),
        ..credentials
    };
    let damaged = good.session_token.as_ref().map(|token| format!("B{}", &token[1..]));
    let mismatch = (403, "SignatureDoesNotMatch");
    vec![
        ("a wrong secret", key("AKIAALICE", "another"), now, (401, "AuthFailure"), mismatch),
        ("an old date", alice(), Timestamp(now.0 - 360_000), (400, "RequestExpired"), mismatch),
        ("an unknown key", key("AKIANOBODY", "secret"), now, UNKNOWN.0, UNKNOWN.1),
        ("an inactive key", key("AKIAOFF", "secret"), now, UNKNOWN.0, UNKNOWN.1),
        ("a key and a token", with_token(alice(), good), now, UNKNOWN.0, UNKNOWN.1),
        ("no token", Credentials { session_token: None, ..good.clone() }, now, UNKNOWN.0, UNKNOWN.1),
        ("another's token", with_token(good.clone(), over), now, UNKNOWN.0, UNKNOWN.1),
        (
            "a damaged token",
            Credentials { session_token: damaged, ..good.clone() },
            now,
            UNKNOWN.0,
            UNKNOWN.1,
        ),
        (
            "a wrong secret and a good token",
            Credentials { secret_access_key: "another".to_owned(), ..good.clone() },
            now,
            (401, "AuthFailure"),
            mismatch,
        ),
        ("a session that is over", over.clone(), now, (400, "RequestExpired"), (403, "ExpiredToken")),
    ]
}

fn revision(core: &Core) -> u64 {
    core.replica.applied().view.revision()
}

async fn session(gateway: &Gateway, core: &Core, who: &Credentials) -> Credentials {
    let input = json!({"DurationSeconds": 900});
    let call = ("sts", "GetSessionToken", &input);
    let (status, _, text) = send(gateway, who, core.runtime.now(), call).await;
    assert_eq!(status, 200, "{text}");
    temporary(&text)
}

#[test]
fn no_action_is_done_for_strangers() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        cluster.user(core, &json!([])).await;
        cluster.access_key(core, &key("AKIAOFF", "secret"), true).await;
        let over = session(&gateway, core, &cluster.root_key(core)).await;
        cluster.sleep(901_000).await;
        let good = session(&gateway, core, &alice()).await;
        let before = revision(core);
        for (service, action, input) in actions() {
            let (parts, body) = request(service, action, &input);
            let (status, code, _) = answer(&gateway, parts, body).await;
            assert_eq!((status, &*code), (403, "MissingAuthenticationToken"), "{action}");
            for (what, credentials, at, ec2, others) in strangers(core.runtime.now(), &over, &good) {
                let call = (service.name(), action, &input);
                let (status, code, text) = send(&gateway, &credentials, at, call).await;
                assert_eq!((status, &*code), expected(service, ec2, others), "{action}: {what}: {text}");
            }
        }
        assert_eq!(revision(core), before, "nothing was done");
    });
}

#[test]
fn no_action_is_done_for_who_may_not() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let denied = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        for (statements, why) in
            [(json!([]), "because no identity-based policy allows the"), (denied, "explicit deny")]
        {
            cluster.user(core, &statements).await;
            // Sealed with the cluster's first key: from here on nothing is written.
            session(&gateway, core, &alice()).await;
            let before = revision(core);
            for (service, action, input) in actions() {
                let call = (service.name(), action, &input);
                let (status, code, text) = send(&gateway, &alice(), core.runtime.now(), call).await;
                if FREE.contains(&action) {
                    assert_eq!(status, 200, "{action}: {text}");
                    continue;
                }
                let wanted = expected(service, (403, "UnauthorizedOperation"), (403, "AccessDenied"));
                assert_eq!((status, &*code), wanted, "{action}: {text}");
                let who = format!("User: {ALICE} is not authorized to perform: {}:{action}", service.name());
                assert!(text.contains(&who), "{action}: {text}");
                // A role that is not there is not told from one that is closed.
                assert!(text.contains(why) || action == "AssumeRole", "{action}: {text}");
            }
            assert_eq!(revision(core), before, "nothing was done");
        }
    });
}

#[test]
fn what_is_allowed_is_done_and_no_more() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        cluster.user(core, &json!([])).await;
        let may = json!([{"Effect": "Allow", "Action": "ec2:*Vpc*", "Resource": "*"}]);
        cluster.role(core, &may).await;
        let role = json!({"RoleArn": "arn:aws:iam::123456789012:role/App", "RoleSessionName": "one"});
        let now = || core.runtime.now();
        let (_, _, text) = send(&gateway, &alice(), now(), ("sts", "AssumeRole", &role)).await;
        let app = temporary(&text);
        let vpc = json!({"CidrBlock": "10.9.0.0/16"});
        let dry = json!({"CidrBlock": "10.9.0.0/16", "DryRun": true});
        for (who, action, input, code) in [
            (&app, "CreateVpc", &dry, "DryRunOperation"),
            (&app, "CreateVpc", &vpc, "OK"),
            (&app, "DescribeVpcs", &json!({}), "OK"),
            (&app, "DescribeSubnets", &json!({}), "UnauthorizedOperation"),
            (&alice(), "CreateVpc", &dry, "UnauthorizedOperation"),
            (&alice(), "DescribeVpcs", &json!({}), "UnauthorizedOperation"),
        ] {
            let (_, found, text) = send(&gateway, who, now(), ("ec2", action, input)).await;
            assert_eq!(found, code, "{action} {input}: {text}");
        }
        let (_, _, text) = send(&gateway, &app, now(), ("sts", "GetCallerIdentity", &json!({}))).await;
        assert_eq!(between(&text, "UserId").as_deref(), Some("AROA1:one"));
        let arn = "arn:aws:sts::123456789012:assumed-role/App/one";
        assert_eq!(between(&text, "Arn").as_deref(), Some(arn));
    });
}

/// The answer that is remembered was for who was allowed to then.
#[test]
fn a_retry_is_asked_again() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let service = model::by_name("ec2").expect("EC2");
        let create = || async {
            let (mut parts, body) = request(service, "CreateVpc", &json!({"CidrBlock": "10.9.0.0/16"}));
            parts.headers.insert("amz-sdk-invocation-id", "one".parse().expect("a header"));
            sigv4::sign(&mut parts, &body, &alice(), "us-east-1", "ec2", core.runtime.now()).expect("signed");
            answer(&gateway, parts, body).await
        };
        cluster.user(core, &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
        let first = between(&create().await.2, "vpcId").expect("a VPC");
        assert_eq!(between(&create().await.2, "vpcId"), Some(first), "the same again");
        cluster.user(core, &json!([])).await;
        assert_eq!(create().await.1, "UnauthorizedOperation");
    });
}

#[test]
fn the_leader_knows_where_a_request_came_from() {
    run(3, |cluster| async move {
        let ((_, leader), (_, follower)) = (cluster.leader().await, cluster.follower().await);
        let doors: Vec<Arc<Gateway>> = [leader, follower].map(gateway).into();
        doors.iter().for_each(|door| door.take_forwarded());
        let here = json!([{
            "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool": {"aws:SecureTransport": "true"}},
        }]);
        cluster.user(leader, &here).await;
        let service = model::by_name("ec2").expect("EC2");
        for (address, is_tls, code) in [
            ([192, 0, 2, 1], true, "DryRunOperation"),
            ([192, 0, 2, 1], false, "UnauthorizedOperation"),
            ([198, 51, 100, 1], true, "UnauthorizedOperation"),
        ] {
            for door in &doors {
                let input = json!({"CidrBlock": "10.9.0.0/16", "DryRun": true});
                let (mut parts, body) = request(service, "CreateVpc", &input);
                parts.extensions.insert(Peer { address: address.into(), is_tls });
                let now = leader.runtime.now();
                sigv4::sign(&mut parts, &body, &alice(), "us-east-1", "ec2", now).expect("signed");
                assert_eq!(answer(door, parts, body).await.1, code, "{address:?} {is_tls}");
            }
        }
    });
}
