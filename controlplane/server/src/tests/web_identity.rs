//! The one action that nobody signs, through the door: what it takes, what it gives, and that nothing else gets in by it.

use super::authorization::records;
use super::credentials::{alice, answer, between, gateway_asking, request, send, temporary};
use super::{Cluster, run};
use crate::core::Core;
use crate::gateway::Gateway;
use crate::providers::tests::Shelf;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::policy::{Document, Purpose};
use controlplane_services_iam::role::Role;
use controlplane_wire::model;
use http::header::AUTHORIZATION;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::sync::Arc;

const URL: &str = "issuer.example.com";
const ARN: &str = "arn:aws:iam::123456789012:oidc-provider/issuer.example.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/App";

/// Signs tokens.
struct Issuer(EncodingKey, &'static str);

impl Issuer {
    fn new(key_id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let bytes = pair.to_pkcs8v1().expect("bytes");
        Self(EncodingKey::from_ec_der(bytes.as_ref()), key_id)
    }

    fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.0, Algorithm::ES256).expect("a public key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = self.1.into();
        jwk
    }

    fn input(&self, core: &Core) -> Value {
        let now = core.runtime.now().as_secs();
        let claims = json!({
            "iss": format!("https://{URL}"), "sub": "repo:lab/app", "aud": "hearth", "exp": now + 600, "iat": now,
        });
        let header = Header { kid: Some(self.1.to_owned()), ..Header::new(Algorithm::ES256) };
        let token = encode(&header, &claims, &self.0).expect("a token");
        json!({"RoleArn": ROLE, "RoleSessionName": "build", "WebIdentityToken": token})
    }
}

/// A role that trusts the provider, and the provider by the account's own word.
async fn federate(cluster: &Cluster, core: &Core, door: &Gateway) {
    cluster.role(core, &json!([{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}])).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": ARN}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {format!("{URL}:sub"): "repo:lab/app", format!("{URL}:aud"): "hearth"}},
    }});
    let key = Role::key(&"123456789012".into(), "App");
    let role = core.replica.applied().view.get::<Role>(&key).expect("the role").clone();
    let trust = Document::new(trust.to_string(), Purpose::Trust).expect("a policy");
    cluster.put(core, key, Role { trust, ..role }).await;
    let input = json!({"Url": format!("https://{URL}"), "ClientIDList": ["hearth"]});
    let call = ("iam", "CreateOpenIDConnectProvider", &input);
    let (status, _, text) = send(door, &cluster.root_key(core), core.runtime.now(), call).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(between(&text, "OpenIDConnectProviderArn").as_deref(), Some(ARN));
}

/// Asks without any signature.
async fn assume(door: &Gateway, input: &Value) -> (u16, String, String) {
    let (parts, body) = request(model::by_name("sts").expect("STS"), "AssumeRoleWithWebIdentity", input);
    assert!(!parts.headers.contains_key(AUTHORIZATION));
    answer(door, parts, body).await
}

#[test]
fn a_token_opens_a_role_for_whom_nobody_signs() {
    run(3, |cluster| async move {
        let ((_, leader), (_, follower)) = (cluster.leader().await, cluster.follower().await);
        let issuer = Issuer::new("one");
        let (shelf, unused) = (Shelf::of(URL, &[issuer.jwk()]), Shelf::of(URL, &[]));
        let doors: [Arc<Gateway>; 2] =
            [gateway_asking(leader, shelf.clone()), gateway_asking(follower, unused.clone())];
        doors.iter().for_each(|door| door.take_forwarded());
        federate(&cluster, leader, &doors[0]).await;
        for door in &doors {
            let (status, _, text) = assume(door, &issuer.input(leader)).await;
            assert_eq!(status, 200, "{text}");
            assert_eq!(between(&text, "SubjectFromWebIdentityToken").as_deref(), Some("repo:lab/app"));
            assert_eq!(between(&text, "Audience").as_deref(), Some("hearth"));
            assert_eq!(between(&text, "Provider").as_deref(), Some("https://issuer.example.com"));
            let app = temporary(&text);
            let now = leader.runtime.now();
            let (_, _, text) = send(door, &app, now, ("sts", "GetCallerIdentity", &json!({}))).await;
            let arn = "arn:aws:sts::123456789012:assumed-role/App/build";
            assert_eq!(between(&text, "Arn").as_deref(), Some(arn));
            for (action, code) in [("DescribeVpcs", "OK"), ("DescribeSubnets", "UnauthorizedOperation")] {
                assert_eq!(send(door, &app, now, ("ec2", action, &json!({}))).await.1, code);
            }
        }
        assert_eq!(shelf.asked(), 3, "a certificate, a configuration and keys, once");
        assert_eq!(unused.asked(), 0, "who does not lead does not ask");
        // It is told of in the account of the role, without the token.
        let view = leader.replica.applied().view;
        let events = view.all::<TrailEvent>().filter(|event| event.action == "AssumeRoleWithWebIdentity");
        let events: Vec<_> = events
            .map(|found| (found.key.account().to_string(), found.request.shown().to_string()))
            .collect();
        assert_eq!(events.len(), 2);
        assert!(
            events.iter().all(|(account, told)| account == "123456789012" && !told.contains("eyJ")),
            "{events:?}"
        );
    });
}

#[test]
fn a_token_that_is_not_good_changes_nothing_and_is_told_of() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let issuer = Issuer::new("one");
        let shelf = Shelf::of(URL, &[issuer.jwk()]);
        let door = gateway_asking(core, shelf.clone());
        federate(&cluster, core, &door).await;
        let good = issuer.input(core);
        assert_eq!(assume(&door, &good).await.0, 200);
        let before = records(core).await;
        let with = |member: &str, value: Value| {
            let mut input = good.clone();
            input[member] = value;
            input
        };
        let forged = Issuer::new("one").input(core)["WebIdentityToken"].clone();
        for (what, input, code) in [
            ("another's token", with("WebIdentityToken", forged), "InvalidIdentityToken"),
            ("no token", with("WebIdentityToken", json!("text")), "InvalidIdentityToken"),
            (
                "another account's role",
                with("RoleArn", json!("arn:aws:iam::210987654321:role/App")),
                "InvalidIdentityToken",
            ),
            ("another role", with("RoleArn", json!(format!("{ROLE}2"))), "AccessDenied"),
            (
                "a provider of another kind",
                with("ProviderId", json!("graph.facebook.com")),
                "ValidationError",
            ),
        ] {
            let (status, found, text) = assume(&door, &input).await;
            assert!((400..404).contains(&status), "{what}: {text}");
            if code != "ValidationError" {
                assert_eq!(found, code, "{what}: {text}");
            }
        }
        cluster.sleep(601_000).await;
        assert_eq!(assume(&door, &good).await.1, "ExpiredTokenException");
        cluster.sleep(2_000).await;
        assert_eq!(records(core).await, before, "nothing was done");
        let refused =
            core.replica.applied().view.all::<TrailEvent>().filter(|event| event.refused.is_some()).count();
        assert!(refused >= 6, "{refused} refusals are told of");
    });
}

#[test]
fn a_new_key_is_taken_up_and_an_old_one_forgotten() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let (first, second) = (Issuer::new("one"), Issuer::new("two"));
        let shelf = Shelf::of(URL, &[first.jwk()]);
        let door = gateway_asking(core, shelf.clone());
        federate(&cluster, core, &door).await;
        assert_eq!(assume(&door, &first.input(core)).await.1, "OK");
        assert_eq!(assume(&door, &second.input(core)).await.1, "InvalidIdentityToken");
        shelf.publish(URL, &[second.jwk()]);
        cluster.sleep(31_000).await;
        assert_eq!(assume(&door, &second.input(core)).await.1, "OK");
        assert_eq!(assume(&door, &first.input(core)).await.1, "InvalidIdentityToken");
    });
}

#[test]
fn nothing_else_gets_in_beside_it() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let issuer = Issuer::new("one");
        let door = gateway_asking(core, Shelf::of(URL, &[issuer.jwk()]));
        federate(&cluster, core, &door).await;
        let (_, form) =
            request(model::by_name("sts").expect("STS"), "AssumeRoleWithWebIdentity", &issuer.input(core));
        let form = String::from_utf8(form.to_vec()).expect("text");
        let before = records(core).await;
        let iam = "Action=CreateUser&Version=2010-05-08&UserName=eve";
        for (what, target, body, headers) in [
            ("another action", "/", iam.to_owned(), &[][..]),
            ("two actions", "/", format!("{form}&Action=AssumeRole"), &[]),
            (
                "another action in the query",
                "/?Action=CreateUser&Version=2010-05-08&UserName=eve",
                form.clone(),
                &[],
            ),
            (
                "this in the query, another in the body",
                "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15",
                iam.to_owned(),
                &[],
            ),
            ("a squeezed body", "/", form.clone(), &[("content-encoding", "gzip")]),
            (
                "a signature of nobody",
                "/",
                form.clone(),
                &[("authorization", "AWS4-HMAC-SHA256 Credential=x")],
            ),
            ("an empty signature", "/", form.clone(), &[("authorization", "")]),
            ("a bearer", "/", form.clone(), &[("authorization", "Bearer x")]),
            ("a signature in the query", "/?X-Amz-Signature=00", form.clone(), &[]),
            (
                "a target of another protocol",
                "/",
                form.clone(),
                &[("x-amz-target", "CloudTrail_20131101.LookupEvents")],
            ),
        ] {
            let mut sent = http::Request::post(target).header("host", "localhost:4566");
            sent = sent.header("content-type", "application/x-www-form-urlencoded");
            for (name, value) in headers {
                sent = sent.header(*name, *value);
            }
            let (parts, ()) = sent.body(()).expect("a request").into_parts();
            let (status, code, text) = answer(&door, parts, body.into()).await;
            assert!((400..=404).contains(&status) && code != "OK", "{what}: {status} {text}");
        }
        cluster.sleep(2_000).await;
        assert_eq!(records(core).await, before, "nothing was done");
    });
}

#[test]
fn who_may_not_register_a_provider_makes_nobody_call_anybody() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let shelf = Shelf::of(URL, &[]);
        let door = gateway_asking(core, shelf.clone());
        cluster.user(core, &json!([])).await;
        for url in ["https://issuer.example.com", "https://169.254.169.254", "https://localhost:4567"] {
            let input = json!({"Url": url});
            let call = ("iam", "CreateOpenIDConnectProvider", &input);
            assert_eq!(send(&door, &alice(), core.runtime.now(), call).await.1, "AccessDenied", "{url}");
        }
        assert_eq!(shelf.asked(), 0);
        // Nor does a token whose issuer nobody has registered.
        assert_eq!(assume(&door, &Issuer::new("one").input(core)).await.1, "InvalidIdentityToken");
        assert_eq!(shelf.asked(), 0);
    });
}
