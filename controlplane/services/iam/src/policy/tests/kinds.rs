//! Policies of several kinds, and what they say together.

use super::*;

#[test]
fn every_kind_of_policy_has_its_say() {
    let none = Facts::default();
    let (all, ec2, iam, no) = (allow("*", "*"), allow("ec2:*", "*"), allow("iam:*", "*"), deny("ec2:Run*"));
    let named = |name, policy| Attached { name, policy };
    let with = |boundary: Option<&'static str>, session: Option<&'static str>, identity: &[&'static str]| {
        let policy = |name: &'static str| match name {
            "all" => named("all", &all),
            "ec2" => named("ec2", &ec2),
            "iam" => named("iam", &iam),
            _ => named("no", &no),
        };
        Policies {
            identity: identity.iter().map(|name| policy(name)).collect(),
            boundary: boundary.map(policy),
            session: session.map(policy).into_iter().collect(),
            resource: None,
        }
    };
    for (policies, decision, because_of) in [
        (with(None, None, &[]), Decision::ImplicitDeny, vec![]),
        (with(None, None, &["all"]), Decision::Allowed, vec!["all"]),
        (with(None, None, &["iam", "ec2", "all"]), Decision::Allowed, vec!["ec2", "all"]),
        (with(None, None, &["all", "no"]), Decision::ExplicitDeny, vec!["no"]),
        (with(Some("ec2"), None, &["all"]), Decision::Allowed, vec!["all"]),
        (with(Some("iam"), None, &["all"]), Decision::ImplicitDeny, vec!["all"]),
        (with(Some("no"), None, &["all"]), Decision::ExplicitDeny, vec!["no"]),
        (with(Some("all"), None, &[]), Decision::ImplicitDeny, vec![]),
        (with(None, Some("iam"), &["all"]), Decision::ImplicitDeny, vec!["all"]),
        (with(None, Some("ec2"), &["all"]), Decision::Allowed, vec!["all"]),
        (with(None, Some("no"), &["all"]), Decision::ExplicitDeny, vec!["no"]),
    ] {
        let verdict = ask(&policies, "ec2:RunInstances", INSTANCE, &none);
        assert_eq!(
            (verdict.decision, verdict.policies().collect::<Vec<_>>()),
            (decision, because_of),
            "{policies:?}"
        );
    }
}

#[test]
fn a_trust_policy_names_who_may() {
    let trusts = |principal: Value| {
        read(
            &json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
            ]}),
            Purpose::Trust,
        )
    };
    let role = "arn:aws:iam::123456789012:role/app";
    let session = "arn:aws:sts::123456789012:assumed-role/app/one";
    let of_role = Identity { account: ACCOUNT, arn: session, role_arn: Some(role), ..Identity::default() };
    let ec2 = Identity { service: Some("ec2.amazonaws.com"), ..Identity::default() };
    let google = Identity { federated: Some("accounts.google.com"), ..Identity::default() };
    let root = Identity { account: ACCOUNT, arn: "arn:aws:iam::123456789012:root", ..Identity::default() };
    for (principal, who, alone, with_own) in [
        (json!("*"), alice(), true, true),
        (json!({"AWS": "*"}), of_role, true, true),
        (json!({"AWS": ALICE}), alice(), true, true),
        (json!({"AWS": ACCOUNT}), alice(), false, true),
        (json!({"AWS": ["arn:aws:iam::123456789012:root"]}), alice(), false, true),
        (json!({"AWS": ACCOUNT}), root, true, true),
        (json!({"AWS": "210987654321"}), alice(), false, false),
        (json!({"AWS": role}), of_role, true, true),
        (json!({"AWS": session}), of_role, true, true),
        (json!({"AWS": role}), alice(), false, false),
        (json!({"Service": "ec2.amazonaws.com"}), ec2, true, true),
        (json!({"Service": "ecs.amazonaws.com"}), ec2, false, false),
        (json!({"Service": "ec2.amazonaws.com"}), alice(), false, false),
        (json!({"Federated": "accounts.google.com"}), google, true, true),
    ] {
        let trust = trusts(principal.clone()).unwrap();
        let own = allow("sts:*", role);
        let facts = Facts::default();
        let request =
            Request { service: "sts", action: "AssumeRole", resource: role, identity: who, facts: &facts };
        let resource = Some(Attached { name: "trust", policy: &trust });
        let found = decide(&Policies { resource, ..Policies::default() }, &request).decision;
        assert_eq!(found == Decision::Allowed, alone, "{principal} {who:?}");
        // What the account lets him do counts where the role trusts the account.
        let identity = vec![Attached { name: "own", policy: &own }];
        let found = decide(&Policies { resource, identity, ..Policies::default() }, &request);
        let both = found.decision == Decision::Allowed && found.policies().any(|name| name == "trust");
        assert_eq!(both, with_own, "{principal} {who:?}");
    }
    for bad in [
        json!({"AWS": "alice"}),
        json!({"AWS": "arn:aws:iam::1:user/x"}),
        json!({"Canonical": "x"}),
        json!({}),
    ] {
        assert!(trusts(bad.clone()).is_err(), "{bad}");
    }
    for (statement, message) in [
        (json!({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (
            json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}),
            "prohibited field Resource",
        ),
        (json!({"Effect": "Allow", "NotPrincipal": "*", "Action": "*"}), "prohibited field NotPrincipal"),
    ] {
        let found = read(&json!({"Statement": statement}), Purpose::Trust).unwrap_err();
        assert!(found.contains(message), "{found}");
    }
}

/// A resource's policy that names who asks suffices; one that names the role of a session leaves its bounds in force.
#[test]
fn a_resources_policy_names_who_may() {
    let role = "arn:aws:iam::123456789012:role/web";
    let session = "arn:aws:sts::123456789012:assumed-role/web/now";
    let of_resource = |arn: &str| {
        let statement =
            json!({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:*", "Resource": "*"});
        read(&json!({"Version": "2012-10-17", "Statement": statement}), Purpose::Resource).unwrap()
    };
    let (narrow, wide) = (allow("ec2:*", "*"), allow("*", "*"));
    let who = Identity { account: ACCOUNT, arn: session, role_arn: Some(role), ..Identity::default() };
    let facts = Facts::default();
    for (named, own, bound, decision) in [
        (session, None, Some(&narrow), Decision::Allowed),
        (role, None, None, Decision::Allowed),
        (role, None, Some(&wide), Decision::Allowed),
        (role, None, Some(&narrow), Decision::ImplicitDeny),
        (ACCOUNT, None, None, Decision::ImplicitDeny),
        (ACCOUNT, Some(&wide), None, Decision::Allowed),
        (ACCOUNT, Some(&wide), Some(&narrow), Decision::ImplicitDeny),
        ("arn:aws:iam::123456789012:role/other", Some(&narrow), None, Decision::ImplicitDeny),
    ] {
        let resource = of_resource(named);
        let attached = |policy| Attached { name: "it", policy };
        let request = Request {
            service: "s3",
            action: "GetObject",
            resource: "arn:aws:s3:::b/o",
            identity: who,
            facts: &facts,
        };
        for bounds in ["boundary", "session"] {
            let bound = bound.map(attached);
            let policies = Policies {
                identity: own.map(attached).into_iter().collect(),
                boundary: bound.filter(|_| bounds == "boundary"),
                session: bound.filter(|_| bounds == "session").into_iter().collect(),
                resource: Some(attached(&resource)),
            };
            assert_eq!(decide(&policies, &request).decision, decision, "{named} within {bounds}");
        }
    }
}
