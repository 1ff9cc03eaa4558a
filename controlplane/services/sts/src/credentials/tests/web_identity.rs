//! Whom a role lets in because a provider vouches for him.

use super::*;
use crate::credentials::assume_role_with_web_identity::{
    AssumeRoleWithWebIdentity as Action, AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput,
};
use crate::web_identity::tests::{Issuer, URL, claims};
use controlplane_services_iam::oidc_provider::OidcProvider;
use controlplane_services_kernel::operation::Need;

const CLIENT: &str = "sts.amazonaws.com";

struct Federation {
    world: World,
    issuer: Issuer,
}

impl Federation {
    /// A provider, and a role that lets in whom it vouches for under a condition.
    fn new(condition: &Value) -> Self {
        let statement = json!({
            "Effect": "Allow", "Principal": {"Federated": provider_arn(OWN)}, "Condition": condition,
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
        });
        let mut own = Self { world: World::new(), issuer: Issuer::with_curve("one") };
        own.world.role_with(OWN, &json!({"Version": "2012-10-17", "Statement": [statement]}).to_string());
        own.register(OWN);
        own
    }

    fn register(&mut self, account: &str) {
        self.world.put(account, provider());
    }

    fn remove(&mut self) {
        let key = OidcProvider::key(&OWN.into(), URL);
        self.world.change(|cx| cx.delete_at(key));
    }

    fn input(&self, claimed: &Value, more: &Value) -> AssumeRoleWithWebIdentityInput {
        let token = self.issuer.sign(&claims(claimed));
        let mut whole = json!({"RoleArn": arn(OWN), "RoleSessionName": "build", "WebIdentityToken": token});
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    /// The way of the gateway: what is needed, what is found, and then the action.
    fn ask(
        &mut self,
        mut input: AssumeRoleWithWebIdentityInput,
        found: &Value,
    ) -> Result<AssumeRoleWithWebIdentityOutput, ServiceError> {
        let reader = self.world.reader(Principal::Unsigned);
        let needs = Action::needs(&input, &reader)?;
        let expected = Need::ProviderKeys {
            url: URL.to_owned(),
            thumbprints: Vec::new(),
            key_id: Some("one".to_owned()),
        };
        assert_eq!(needs, [expected]);
        Action::learn(&mut input, &needs.into_iter().map(|need| (need, found.clone())).collect())?;
        self.world.run::<Action>(Principal::Unsigned, input)
    }

    fn assume(
        &mut self,
        claimed: Value,
        more: Value,
    ) -> Result<AssumeRoleWithWebIdentityOutput, ServiceError> {
        let (input, keys) = (self.input(&claimed, &more), json!({"keys": [self.issuer.jwk()]}));
        self.ask(input, &keys)
    }
}

fn provider() -> OidcProvider {
    OidcProvider {
        url: URL.to_owned(),
        client_ids: vec![CLIENT.to_owned()],
        thumbprints: Vec::new(),
        created_at: NOW,
        tags: Default::default(),
    }
}

fn provider_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:oidc-provider/{URL}")
}

fn equals(key: &str, value: &str) -> Value {
    json!({"StringEquals": {format!("{URL}:{key}"): value}})
}

#[test]
fn whom_a_provider_vouches_for_gets_a_session() {
    let mut federation = Federation::new(&equals("sub", "repo:lab/app"));
    let tags = json!({"https://aws.amazon.com/tags": {
        "principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"],
    }, "https://aws.amazon.com/source_identity": "carol"});
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
    let given =
        federation.assume(tags, json!({"DurationSeconds": 900, "Policy": policy.to_string()})).unwrap();
    assert_eq!(given.provider, format!("https://{URL}"));
    assert_eq!((&*given.audience, &*given.subject_from_web_identity_token), (CLIENT, "repo:lab/app"));
    assert_eq!(given.assumed_role_user.arn, format!("arn:aws:sts::{OWN}:assumed-role/App/build"));
    assert_eq!(given.assumed_role_user.assumed_role_id, "AROA1:build");
    assert!(given.packed_policy_size.is_some_and(|percent| percent > 0));
    assert_eq!(given.source_identity.as_deref(), Some("carol"));
    let opened =
        open(&given.credentials.session_token, &given.credentials.access_key_id, federation.world.view());
    let session = opened.unwrap().session;
    assert_eq!(session.expires_at, Timestamp(NOW.0 + 900_000));
    assert_eq!(session.tags, [("team".to_owned(), "red".to_owned())].into());
    assert_eq!(session.transitive, ["team".to_owned()].into());
    assert_eq!(session.provider, Some(provider_arn(OWN)));
}

#[test]
fn conditions_ask_what_the_provider_says() {
    for (condition, claimed, expected) in [
        (equals("aud", CLIENT), json!({}), "OK"),
        (equals("aud", "other"), json!({}), "AccessDenied"),
        (equals("aud", CLIENT), json!({"aud": "x", "azp": CLIENT}), "OK"),
        (equals("oaud", "x"), json!({"aud": "x", "azp": CLIENT}), "OK"),
        (equals("oaud", CLIENT), json!({}), "AccessDenied"),
        (json!({"StringLike": {format!("{URL}:sub"): "repo:lab/*"}}), json!({}), "OK"),
        (
            json!({"StringLike": {format!("{URL}:sub"): "repo:lab/*"}}),
            json!({"sub": "repo:other/app"}),
            "AccessDenied",
        ),
        (
            json!({"ForAnyValue:StringEquals": {format!("{URL}:amr"): "otp"}}),
            json!({"amr": ["pwd", "otp"]}),
            "OK",
        ),
        (json!({"ForAnyValue:StringEquals": {format!("{URL}:amr"): "otp"}}), json!({}), "AccessDenied"),
        (json!({"StringEquals": {"sts:RoleSessionName": "build"}}), json!({}), "OK"),
        (json!({"StringEquals": {"sts:RoleSessionName": "other"}}), json!({}), "AccessDenied"),
        (json!({"StringEquals": {"aws:FederatedProvider": provider_arn(OWN)}}), json!({}), "OK"),
        (json!({"StringEquals": {"issuer.example.com:sub": "repo:lab/app"}}), json!({}), "AccessDenied"),
        (
            json!({"Null": {"aws:PrincipalArn": "true", "aws:userid": "true", "aws:PrincipalAccount": "true"}}),
            json!({}),
            "OK",
        ),
    ] {
        let found = Federation::new(&condition).assume(claimed.clone(), json!({}));
        assert_eq!(code(found), expected, "{condition} {claimed}");
    }
}

#[test]
fn a_token_that_proves_nothing_gets_nothing() {
    for (claimed, more, expected) in [
        (json!({"exp": 1_000}), json!({}), "ExpiredTokenException"),
        (json!({"nbf": 1_301}), json!({}), "IDPRejectedClaim"),
        (json!({"aud": "other"}), json!({}), "InvalidIdentityToken"),
        (json!({"aud": CLIENT, "azp": "other"}), json!({}), "InvalidIdentityToken"),
        (json!({"iss": "https://other.example.com"}), json!({}), "InvalidIdentityToken"),
        (json!({"iss": format!("https://{URL}/")}), json!({}), "InvalidIdentityToken"),
        (json!({"iss": format!("https://{}", URL.to_uppercase())}), json!({}), "InvalidIdentityToken"),
        (json!({"sub": null}), json!({}), "InvalidIdentityToken"),
        (json!({}), json!({"RoleArn": arn(FOREIGN)}), "InvalidIdentityToken"),
        (json!({}), json!({"RoleArn": format!("arn:aws:iam::{OWN}:role/None")}), "AccessDenied"),
        (json!({}), json!({"RoleArn": "App"}), "ValidationError"),
        (json!({}), json!({"DurationSeconds": 7_201}), "ValidationError"),
        (json!({}), json!({"Policy": "{"}), "MalformedPolicyDocument"),
        (
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"aws:x": ["1"]}}}),
            json!({}),
            "ValidationError",
        ),
        (
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": ["x\n"]}}}),
            json!({}),
            "ValidationError",
        ),
    ] {
        let found = Federation::new(&json!({})).assume(claimed.clone(), more.clone());
        assert_eq!(code(found), expected, "{claimed} {more}");
    }
}

#[test]
fn keys_that_are_not_to_be_had_are_told_apart() {
    for (found, expected) in [
        (json!({"error": "unreachable"}), "IDPCommunicationError"),
        (json!({"error": "untrusted"}), "InvalidIdentityToken"),
        (json!({"error": "unusable"}), "InvalidIdentityToken"),
        (json!({"keys": []}), "InvalidIdentityToken"),
        (json!({"keys": [Issuer::with_curve("one").jwk()]}), "InvalidIdentityToken"),
        (Value::Null, "IDPCommunicationError"),
    ] {
        let mut federation = Federation::new(&json!({}));
        let input = federation.input(&json!({}), &json!({}));
        assert_eq!(code(federation.ask(input, &found)), expected, "{found}");
    }
}

/// Between the check of the signature and the writer there is time for an administrator.
#[test]
fn a_provider_that_is_gone_vouches_for_nobody() {
    let mut federation = Federation::new(&json!({}));
    let mut input = federation.input(&json!({}), &json!({}));
    let keys = json!({"keys": [federation.issuer.jwk()]});
    let needs = Action::needs(&input, &federation.world.reader(Principal::Unsigned)).unwrap();
    Action::learn(&mut input, &needs.into_iter().map(|need| (need, keys.clone())).collect()).unwrap();
    federation.remove();
    assert_eq!(code(federation.world.run::<Action>(Principal::Unsigned, input)), "InvalidIdentityToken");
}

#[test]
fn only_the_provider_a_role_names_lets_in() {
    let mut federation = Federation::new(&json!({}));
    for principal in [
        json!({"Federated": provider_arn(FOREIGN)}),
        json!({"Federated": URL}),
        json!({"AWS": provider_arn(OWN)}),
        json!({"AWS": OWN}),
        json!({"Service": "ec2.amazonaws.com"}),
    ] {
        let statement =
            json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"});
        let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        if Document::new(trust.clone(), Purpose::Trust).is_err() {
            continue;
        }
        federation.world.role_with(OWN, &trust);
        assert_eq!(code(federation.assume(json!({}), json!({}))), "AccessDenied", "{principal}");
    }
}

#[test]
fn whoever_signs_nothing_gets_no_other_credentials() {
    let mut world = World::new();
    world.role(OWN, &json!("*"), &json!({}));
    let ask = json!({"RoleArn": arn(OWN), "RoleSessionName": "one"});
    assert_eq!(code(world.assume(Principal::Unsigned, ask)), "AccessDenied");
    let get = GetSessionTokenInput::default();
    assert_eq!(code(world.run::<GetSessionToken>(Principal::Unsigned, get)), "AccessDenied");
    let get = GetFederationTokenInput { name: "one".into(), ..Default::default() };
    assert_eq!(code(world.run::<GetFederationToken>(Principal::Unsigned, get)), "AccessDenied");
    assert!(format!("{:?}", Federation::new(&json!({})).input(&json!({}), &json!({}))).contains("(a token)"));
}
