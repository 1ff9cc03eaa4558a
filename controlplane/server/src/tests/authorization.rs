//! Nothing at the AWS door is done for who has not signed, or may not: asked of every action in the registry.

use super::credentials::{ALICE, alice, answer, between, gateway, key, request, send, temporary};
use super::generated::actions;
use super::run;
use crate::core::Core;
use crate::gateway::{Gateway, Peer};
use crate::registry::SERVICES;
use bytes::Bytes;
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_iam::last_use::LastUse;
use controlplane_services_kernel::Record;
use controlplane_types::{Key, Timestamp};
use controlplane_wire::model::{self, Protocol, Service};
use controlplane_wire::sigv4::{self, Credentials};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::json;
use std::sync::Arc;

/// Actions that need no permission.
const FREE: [&str; 5] =
    ["GetCallerIdentity", "GetSessionToken", "GetCheckerIpRanges", "GetGeoLocation", "ListGeoLocations"];
/// The actions whose proof is among their parameters, so that nobody signs them. Here by name: there shall not be another one
/// that nobody has thought about.
const UNSIGNED: [&str; 1] = ["AssumeRoleWithWebIdentity"];

/// How a service answers: EC2 has words of its own, and so have those that came after XML.
fn expected(service: &Service, ec2: (u16, &'static str), others: (u16, &'static str)) -> (u16, &'static str) {
    let modern = match others.1 {
        "AccessDenied" => "AccessDeniedException",
        "ExpiredToken" => "ExpiredTokenException",
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        _ => "InvalidSignatureException",
    };
    match service.protocol() {
        Protocol::Ec2Query => ec2,
        Protocol::RestJson => (403, modern),
        protocol if protocol.is_modern() => (400, modern),
        _ => others,
    }
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

/// Every record but the trail's, with the revision that wrote it: what must be the same where nothing was done.
pub(super) async fn records(core: &Core) -> Vec<(Key, u64)> {
    let view = core.reads.applied().await.expect("a leader").view;
    let kinds = SERVICES.iter().flat_map(|service| service.kinds).map(|kind| kind.name);
    // These tell of requests, whatever became of them.
    let told = [TrailEvent::KIND, LastUse::KIND];
    let all = kinds.filter(|kind| !told.contains(kind)).flat_map(|kind| view.untyped(kind));
    all.map(|(key, _)| (key.clone(), view.revision_of(key).unwrap_or_default())).collect()
}

async fn session(gateway: &Gateway, core: &Core, who: &Credentials) -> Credentials {
    let input = json!({"DurationSeconds": 900});
    let call = ("sts", "GetSessionToken", &input);
    let (status, _, text) = send(gateway, who, core.runtime.now(), call).await;
    assert_eq!(status, 200, "{text}");
    temporary(&text)
}

#[test]
fn what_nobody_signs_is_known_by_name() {
    let entries = SERVICES.iter().flat_map(|service| service.operations);
    let unsigned: Vec<_> = entries.filter(|entry| entry.unsigned).map(|entry| entry.name).collect();
    assert_eq!(unsigned, UNSIGNED);
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
        let before = records(core).await;
        for (service, action, input) in actions() {
            let (parts, body) = request(service, action, &input);
            let (status, code, _) = answer(&gateway, parts, body).await;
            let missing = match UNSIGNED.contains(&action) {
                true => (400, "InvalidIdentityToken"),
                false => (403, "MissingAuthenticationToken"),
            };
            assert_eq!((status, &*code), expected(service, missing, missing), "{action}");
            for (what, credentials, at, ec2, others) in strangers(core.runtime.now(), &over, &good) {
                let call = (service.name(), action, &input);
                let (status, code, text) = send(&gateway, &credentials, at, call).await;
                assert_eq!((status, &*code), expected(service, ec2, others), "{action}: {what}: {text}");
            }
        }
        cluster.sleep(2_000).await;
        assert_eq!(records(core).await, before, "nothing was done");
        assert!(core.replica.applied().view.all::<TrailEvent>().count() > 100, "and it was recorded");
    });
}

/// A change to a signed request that must make it fail, whichever route it is for.
type Tamper = fn(&mut Parts);

const TAMPERS: &[(&str, Tamper)] = &[
    ("another region", |parts| edit(parts, "/us-east-1/", "/eu-west-1/")),
    ("another service", |parts| edit(parts, "/aws4_request", "x/aws4_request")),
    ("another date in the scope", |parts| edit(parts, "AKIAALICE/", "AKIAALICE/1")),
    ("another terminator", |parts| edit(parts, "aws4_request", "aws3_request")),
    ("another algorithm", |parts| edit(parts, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
    ("cut short", |parts| {
        let text = header(parts);
        parts.headers.insert(AUTHORIZATION, text[..text.len() - 2].parse().expect("a header"));
    }),
    ("two signatures", |parts| {
        let text = parts.headers[AUTHORIZATION].clone();
        parts.headers.append(AUTHORIZATION, text);
    }),
    ("a signature in the query too", |parts| {
        let and = if parts.uri.query().is_some() { '&' } else { '?' };
        parts.uri = format!("{}{and}X-Amz-Signature=00", parts.uri).parse().expect("a target");
    }),
    ("a header that was not signed", |parts| {
        parts.headers.insert("x-amz-target", HeaderValue::from_static("x"));
    }),
    ("a hash that is none", |parts| {
        parts.headers.insert("x-amz-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    }),
    ("another host", |parts| drop(parts.headers.insert("host", HeaderValue::from_static("localhost:80")))),
    ("no host", |parts| drop(parts.headers.remove("host"))),
    ("no date", |parts| drop(parts.headers.remove("x-amz-date"))),
];

fn header(parts: &Parts) -> String {
    parts.headers[AUTHORIZATION].to_str().expect("text").to_owned()
}

fn edit(parts: &mut Parts, from: &str, to: &str) {
    let text = header(parts);
    assert!(text.contains(from), "{text}");
    parts.headers.insert(AUTHORIZATION, text.replacen(from, to, 1).parse().expect("a header"));
}

#[test]
fn no_action_is_done_for_a_request_that_was_changed() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        cluster.user(core, &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
        let before = records(core).await;
        for (service, action, input) in actions() {
            for (what, tamper) in TAMPERS {
                let (mut parts, body) = request(service, action, &input);
                let (name, now) = (service.signing_name(), core.runtime.now());
                sigv4::sign(&mut parts, &body, &alice(), "us-east-1", name, now).expect("signed");
                tamper(&mut parts);
                let (status, code, text) = answer(&gateway, parts, body).await;
                assert!((400..=404).contains(&status) && code != "OK", "{action}: {what}: {status} {text}");
            }
            for minutes in [-6, 6, 60 * 24] {
                let at = core.runtime.now().0.saturating_add_signed(minutes * 60_000);
                let (status, code, text) =
                    send(&gateway, &alice(), Timestamp(at), (service.name(), action, &input)).await;
                let wanted = expected(service, (400, "RequestExpired"), (403, "SignatureDoesNotMatch"));
                assert_eq!((status, &*code), wanted, "{action}: {minutes} minutes: {text}");
            }
        }
        assert_eq!(records(core).await, before, "nothing was done");
    });
}

/// Paths of our own ask nobody who he is: what they do for everybody is this, and nothing else.
#[test]
fn own_paths_do_nothing_for_strangers() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let before = records(core).await;
        for (method, path, status) in [
            ("GET", "/metrics", 200),
            ("GET", "/_hearth/health", 200),
            ("POST", "/_hearth/health", 404),
            ("POST", "/_hearth/reset", 403),
            ("GET", "/_hearth/reset", 404),
            ("POST", "/_hearth/bench/put?key=a", 404),
            ("GET", "/_hearth/bench/get?key=a", 404),
            ("GET", "/_hearth/bench/watch?key=a", 404),
            ("GET", "/_hearth/", 404),
            ("GET", "/_hearth/health/../reset", 404),
            ("POST", "/_hearth/health%2f..%2freset", 404),
            ("POST", "/_hearth//reset", 404),
            ("POST", "/_HEARTH/reset", 404),
        ] {
            let (parts, ()) =
                http::Request::builder().method(method).uri(path).body(()).expect("a request").into_parts();
            assert_eq!(gateway.answer(parts, Bytes::new()).await.status(), status, "{method} {path}");
        }
        // Signed, a path of ours is a path AWS does not have.
        let (parts, _) = http::Request::post("/_hearth/reset")
            .header("authorization", "x")
            .body(())
            .expect("a request")
            .into_parts();
        assert_eq!(gateway.answer(parts, Bytes::new()).await.status(), 404);
        assert_eq!(records(core).await, before, "nothing was done");
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
            let before = records(core).await;
            for (service, action, input) in actions() {
                let call = (service.name(), action, &input);
                let (status, code, text) = send(&gateway, &alice(), core.runtime.now(), call).await;
                if FREE.contains(&action) {
                    // The least request may be too little for an answer, but nobody is sent away.
                    assert_ne!(status, 403, "{action}: {text}");
                    continue;
                }
                if UNSIGNED.contains(&action) {
                    assert_eq!(status, 400, "{action}: {text}");
                    continue;
                }
                let wanted = expected(service, (403, "UnauthorizedOperation"), (403, "AccessDenied"));
                assert_eq!((status, &*code), wanted, "{action}: {text}");
                let who = format!("User: {ALICE} is not authorized to perform: {}:{action}", service.name());
                assert!(text.contains(&who), "{action}: {text}");
                // A role that is not there is not told from one that is closed.
                assert!(text.contains(why) || action == "AssumeRole", "{action}: {text}");
            }
            cluster.sleep(2_000).await;
            assert_eq!(records(core).await, before, "nothing was done");
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
