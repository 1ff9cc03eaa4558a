//! Who asks more often than the server was told to allow is refused in his service's words, and nobody else is.

use super::credentials::{alice, answer, between, gateway_with, key, request, send};
use super::run;
use crate::gateway::Limits;
use controlplane_wire::model;
use controlplane_wire::sigv4;
use serde_json::json;

fn limits(text: &str) -> Option<Limits> {
    Some(text.parse().expect("limits"))
}

#[test]
fn limits_hold_per_account_and_action() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway_with(core, limits("DescribeVpcs=2:0.5,CreateUser=1:1"));
        let root = cluster.root_key(core);
        let ask = async |service: &'static str, action: &str, input: serde_json::Value| {
            let now = core.runtime.now();
            let (status, code, _) = send(&gateway, &root, now, (service, action, &input)).await;
            (status, code)
        };
        let ok = || (200, "OK".to_owned());
        // Whoever signs wrongly is nobody, and takes nothing of the account's.
        for _ in 0..3 {
            let stranger = key(&root.access_key_id, "another");
            let refused =
                send(&gateway, &stranger, core.runtime.now(), ("ec2", "DescribeVpcs", &json!({}))).await;
            assert_eq!(refused.1, "AuthFailure");
        }
        let limited = (503, "RequestLimitExceeded".to_owned());
        let expected = [ok(), ok(), limited.clone()];
        for expected in expected {
            assert_eq!(ask("ec2", "DescribeVpcs", json!({})).await, expected);
        }
        assert_eq!(ask("ec2", "DescribeSubnets", json!({})).await, ok(), "another action");
        assert_eq!(ask("iam", "CreateUser", json!({"UserName": "one"})).await, ok());
        let slower = (400, "Throttling".to_owned());
        assert_eq!(ask("iam", "CreateUser", json!({"UserName": "two"})).await, slower);
        cluster.sleep(2_000).await;
        assert_eq!(ask("ec2", "DescribeVpcs", json!({})).await, ok());
        assert_eq!(ask("ec2", "DescribeVpcs", json!({})).await, limited);
        assert_eq!(
            ask("iam", "CreateUser", json!({"UserName": "two"})).await,
            ok(),
            "the refused one changed nothing"
        );
    });
}

#[test]
fn a_refusal_says_when_to_come_again() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway_with(core, limits("non-mutating=1:0.25"));
        let root = cluster.root_key(core);
        let ask = async || {
            let service = model::by_name("ec2").expect("a service");
            let (mut parts, body) = request(service, "DescribeVpcs", &json!({}));
            let now = core.runtime.now();
            sigv4::sign(&mut parts, &body, &root, "us-east-1", "ec2", now).expect("signed");
            gateway.answer(parts, body).await
        };
        assert_eq!(ask().await.status(), 200);
        let refused = ask().await;
        assert_eq!(refused.headers()["retry-after"], "4");
        let text = String::from_utf8_lossy(refused.body()).into_owned();
        assert_eq!(between(&text, "Message").as_deref(), Some("Request limit exceeded."));
    });
}

/// A bucket is its account's; what policies refuse has cost a token, as at AWS.
#[test]
fn users_share_the_bucket_of_their_account() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        cluster.user(core, &json!([])).await;
        let gateway = gateway_with(core, limits("DescribeVpcs=1:0.01"));
        let now = core.runtime.now();
        let call = ("ec2", "DescribeVpcs", &json!({}));
        let (status, code, _) = send(&gateway, &alice(), now, call).await;
        assert_eq!((status, &*code), (403, "UnauthorizedOperation"));
        let (status, code, _) = send(&gateway, &cluster.root_key(core), now, call).await;
        assert_eq!((status, &*code), (503, "RequestLimitExceeded"));
        let service = model::by_name("ec2").expect("a service");
        let (parts, body) = request(service, "DescribeVpcs", &json!({}));
        assert_eq!(answer(&gateway, parts, body).await.1, "MissingAuthenticationToken");
    });
}
