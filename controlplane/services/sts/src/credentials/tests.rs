//! Who gets credentials, and what they say.

mod web_identity;

use super::assume_role::{AssumeRole, AssumeRoleOutput};
use super::get_access_key_info::{GetAccessKeyInfo, GetAccessKeyInfoInput};
use super::get_federation_token::{GetFederationToken, GetFederationTokenInput};
use super::get_session_token::{GetSessionToken, GetSessionTokenInput};
use crate::session_token::{Opened, open};
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::permissions::Permissions;
use controlplane_services_iam::policy::{Document, Purpose};
use controlplane_services_iam::role::Role;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Origin, Principal, Session, SessionOf};
use controlplane_services_kernel::{
    Caller, Changes, Client, Context, Operation, Query, Reader, ServiceError, View,
};
use controlplane_services_native::AccessKey;
use controlplane_types::{AccountId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000_000);
pub(crate) const OWN: &str = "123456789012";
const FOREIGN: &str = "210987654321";
const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

/// Alice, and a role in her account and in another one.
pub(crate) struct World(View);

impl World {
    pub(crate) fn new() -> Self {
        let kinds = controlplane_services_iam::SERVICE.kinds.iter();
        let kinds = kinds.chain(crate::SERVICE.kinds).chain(controlplane_services_native::SERVICE.kinds);
        let mut world = Self(View::new(kinds));
        world.user(&[]);
        world
    }

    fn put<E: Entity>(&mut self, account: &str, entity: E) {
        let mut changes = Changes::default();
        changes.put(E::key(&account.into(), entity.name()), entity);
        self.0.apply(self.0.revision() + 1, &changes);
    }

    /// The account's root has this key.
    pub(crate) fn root_key(&mut self, id: &str, secret: &str) {
        let mut changes = Changes::default();
        changes.put(AccessKey::key(id), AccessKey::of_root(OWN.into(), secret.to_owned()));
        self.0.apply(self.0.revision() + 1, &changes);
    }

    /// Alice may do `actions`.
    fn user(&mut self, actions: &[&str]) {
        let user = User {
            name: "alice".into(),
            path: "/".into(),
            user_id: "AIDA1".into(),
            created_at: NOW,
            permissions: permissions(actions),
            groups: Default::default(),
            tags: [("team".to_owned(), "red".to_owned())].into(),
        };
        self.put(OWN, user);
    }

    pub(crate) fn role(&mut self, account: &str, principal: &Value, condition: &Value) {
        let statement = json!({
            "Effect": "Allow", "Principal": principal, "Condition": condition,
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        });
        let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        self.role_with(account, &trust);
    }

    fn role_with(&mut self, account: &str, trust: &str) {
        let role = Role {
            name: "App".into(),
            path: "/".into(),
            role_id: "AROA1".into(),
            created_at: NOW,
            trust: Document::new(trust.to_owned(), Purpose::Trust).unwrap(),
            description: None,
            max_session_secs: 7_200,
            permissions: permissions(&["sts:*"]),
            tags: Default::default(),
        };
        self.put(account, role);
    }

    pub(crate) fn reader(&self, principal: Principal) -> Reader {
        Reader::new(self.0.clone(), caller(principal), NOW)
    }

    pub(crate) fn view(&self) -> &View {
        &self.0
    }

    /// The region's own hand.
    pub(crate) fn change<T>(&mut self, act: impl FnOnce(&mut Context) -> T) -> T {
        let mut cx = Context::new(self.0.clone(), Caller::system("us-east-1".into()), NOW, [7; 32]);
        let result = act(&mut cx);
        self.0.apply(self.0.revision() + 1, &cx.into_changes());
        result
    }

    fn run<O: Operation>(&mut self, who: Principal, input: O::Input) -> Result<O::Output, ServiceError> {
        let mut cx = Context::new(self.0.clone(), caller(who), NOW, [7; 32]);
        let output = O::run(&input, &mut cx)?;
        self.0.apply(self.0.revision() + 1, &cx.into_changes());
        Ok(output)
    }

    fn assume(&mut self, who: Principal, input: Value) -> Result<AssumeRoleOutput, ServiceError> {
        let mut whole = json!({"RoleArn": arn(OWN), "RoleSessionName": "one"});
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.run::<AssumeRole>(who, serde_json::from_value(whole).unwrap())
    }

    fn opened(&self, output: &AssumeRoleOutput) -> Opened {
        let given = &output.credentials;
        open(&given.session_token, &given.access_key_id, &self.0).unwrap()
    }
}

fn permissions(actions: &[&str]) -> Permissions {
    if actions.is_empty() {
        return Permissions::default();
    }
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let document = Document::new(text, Purpose::Identity).unwrap();
    Permissions { inline: [("own".to_owned(), document)].into(), ..Permissions::default() }
}

fn arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/App")
}

fn caller(principal: Principal) -> Caller {
    let account: AccountId = OWN.into();
    let arn = match &principal {
        Principal::Root => format!("arn:aws:iam::{account}:root"),
        Principal::User(name) => format!("arn:aws:iam::{account}:user/{name}"),
        Principal::Session(session) => session.arn(&account, |_| ALICE.to_owned()),
        Principal::Unsigned => String::new(),
    };
    Caller {
        account,
        region: "us-east-1".into(),
        principal: arn,
        access_key_id: "AK".into(),
        request_id: "r-1".into(),
        client: Some(Arc::new(Client { principal, origin: Origin::default() })),
    }
}

pub(crate) fn alice() -> Principal {
    Principal::User("alice".to_owned())
}

fn session(of: SessionOf) -> Session {
    Session {
        of,
        issued_at: NOW,
        expires_at: Timestamp(NOW.0 + 3_600_000),
        policy: None,
        policy_arns: Vec::new(),
        tags: [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())].into(),
        transitive: ["a".to_owned()].into(),
        source_identity: Some("carol".to_owned()),
        provider: None,
    }
}

pub(crate) fn of_role(name: &str, role_id: &str) -> Principal {
    let (name, role_id) = (name.to_owned(), role_id.to_owned());
    Principal::Session(session(SessionOf::Role { name, role_id, session: "one".to_owned() }))
}

fn code<T>(result: Result<T, ServiceError>) -> String {
    result.map_or_else(|error| error.code.into_owned(), |_| "OK".to_owned())
}

#[test]
fn a_role_lets_in_whom_it_and_his_account_trust() {
    let own = || arn(OWN);
    for (account, principal, actions, expected) in [
        (OWN, json!({"AWS": ALICE}), &[][..], "OK"),
        (OWN, json!({"AWS": OWN}), &[], "AccessDenied"),
        (OWN, json!({"AWS": OWN}), &["sts:AssumeRole"], "OK"),
        (OWN, json!({"AWS": FOREIGN}), &["sts:*"], "AccessDenied"),
        (OWN, json!({"AWS": own()}), &["sts:*"], "AccessDenied"),
        (OWN, json!({"Service": "ec2.amazonaws.com"}), &["sts:*"], "AccessDenied"),
        (OWN, json!("*"), &[], "OK"),
        (FOREIGN, json!({"AWS": ALICE}), &[], "AccessDenied"),
        (FOREIGN, json!({"AWS": ALICE}), &["sts:AssumeRole"], "OK"),
        (FOREIGN, json!({"AWS": OWN}), &["sts:AssumeRole"], "OK"),
        (FOREIGN, json!("*"), &[], "AccessDenied"),
        (FOREIGN, json!({"AWS": FOREIGN}), &["sts:*"], "AccessDenied"),
    ] {
        let mut world = World::new();
        world.user(actions);
        world.role(account, &principal, &json!({}));
        let found = code(world.assume(alice(), json!({"RoleArn": arn(account)})));
        assert_eq!(found, expected, "{account} {principal} {actions:?}");
        assert_eq!(code(world.assume(Principal::Root, json!({"RoleArn": arn(account)}))), "AccessDenied");
    }
}

#[test]
fn what_a_role_gives_is_what_was_asked_for() {
    let mut world = World::new();
    world.role(OWN, &json!({"AWS": ALICE}), &json!({}));
    let stop = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}});
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let input = json!({
        "DurationSeconds": 900, "Policy": stop.to_string(), "PolicyArns": [{"arn": read_only}],
        "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": "1"}], "TransitiveTagKeys": ["team"],
        "SourceIdentity": "carol",
    });
    let output = world.assume(alice(), input).unwrap();
    assert_eq!(output.assumed_role_user.assumed_role_id, "AROA1:one");
    assert_eq!(output.assumed_role_user.arn, "arn:aws:sts::123456789012:assumed-role/App/one");
    assert_eq!(output.credentials.expiration, Timestamp(NOW.0 + 900_000));
    assert!(output.packed_policy_size.is_some_and(|percent| (1..100).contains(&percent)));
    let opened = world.opened(&output);
    assert_eq!((opened.account.as_str(), &opened.secret), (OWN, &output.credentials.secret_access_key));
    let expected = Session {
        of: SessionOf::Role { name: "App".into(), role_id: "AROA1".into(), session: "one".into() },
        issued_at: NOW,
        expires_at: Timestamp(NOW.0 + 900_000),
        policy: Some(stop.to_string()),
        policy_arns: vec![read_only.to_owned()],
        tags: [("team".to_owned(), "blue".to_owned()), ("x".to_owned(), "1".to_owned())].into(),
        transitive: ["team".to_owned()].into(),
        source_identity: Some("carol".to_owned()),
        provider: None,
    };
    assert_eq!(opened.session, expected);
}

#[test]
fn a_role_may_ask_for_conditions() {
    for (condition, input, expected) in [
        (json!({"StringEquals": {"sts:ExternalId": "7"}}), json!({"ExternalId": "7"}), "OK"),
        (json!({"StringEquals": {"sts:ExternalId": "7"}}), json!({"ExternalId": "8"}), "AccessDenied"),
        (json!({"StringEquals": {"sts:ExternalId": "7"}}), json!({}), "AccessDenied"),
        (json!({"StringLike": {"sts:RoleSessionName": "o*"}}), json!({}), "OK"),
        (json!({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}), json!({}), "AccessDenied"),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "red"}}), json!({}), "OK"),
        (
            json!({"StringEquals": {"aws:RequestTag/team": "blue"}}),
            json!({"Tags": [{"Key": "team", "Value": "blue"}]}),
            "OK",
        ),
        (
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            json!({"Tags": [{"Key": "other", "Value": "blue"}]}),
            "AccessDenied",
        ),
        (json!({"StringEquals": {"sts:SourceIdentity": "carol"}}), json!({"SourceIdentity": "carol"}), "OK"),
    ] {
        let mut world = World::new();
        world.role(OWN, &json!({"AWS": ALICE}), &condition);
        assert_eq!(code(world.assume(alice(), input.clone())), expected, "{condition} {input}");
    }
}

#[test]
fn tags_and_identities_are_actions_of_their_own() {
    let mut world = World::new();
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"});
    world.role_with(OWN, &json!({"Statement": [statement]}).to_string());
    for (input, expected) in [
        (json!({}), "OK"),
        (json!({"Tags": [{"Key": "team", "Value": "blue"}]}), "AccessDenied"),
        (json!({"SourceIdentity": "carol"}), "AccessDenied"),
    ] {
        assert_eq!(code(world.assume(alice(), input.clone())), expected, "{input}");
    }
}

#[test]
fn a_slip_is_refused_and_changes_nothing() {
    let mut world = World::new();
    world.role(OWN, &json!({"AWS": ALICE}), &json!({}));
    let tag = |key: &str| json!({"Key": key, "Value": "1"});
    let many: Vec<Value> = (0..51).map(|number| tag(&number.to_string())).collect();
    for (input, expected) in [
        (json!({"RoleArn": "arn:aws:iam::123456789012:role/Gone"}), "AccessDenied"),
        (json!({"RoleArn": "arn:aws:iam::123456789012:role/other/App"}), "AccessDenied"),
        (json!({"RoleArn": "arn:aws:iam::123456789012:user/alice"}), "ValidationError"),
        (json!({"RoleArn": "nonsense"}), "ValidationError"),
        (json!({"DurationSeconds": 7_201}), "ValidationError"),
        (json!({"Policy": "{}"}), "MalformedPolicyDocument"),
        (json!({"Policy": "nonsense"}), "MalformedPolicyDocument"),
        (json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Gone"}]}), "MalformedPolicyDocument"),
        (json!({"Tags": [tag("a"), tag("A")]}), "ValidationError"),
        (json!({"Tags": [tag("aws:x")]}), "ValidationError"),
        (json!({"Tags": many}), "ValidationError"),
        (json!({"Tags": [tag("a")], "TransitiveTagKeys": ["b"]}), "ValidationError"),
    ] {
        let before = world.0.revision();
        assert_eq!(code(world.assume(alice(), input.clone())), expected, "{input}");
        assert_eq!(world.0.revision(), before);
    }
}

#[test]
fn chains_are_short_and_carry_on() {
    let mut world = World::new();
    world.role(OWN, &json!({"AWS": arn(OWN)}), &json!({}));
    let app = || of_role("App", "AROA1");
    let output = world.assume(app(), json!({"Tags": [{"Key": "c", "Value": "3"}]})).unwrap();
    let session = world.opened(&output).session;
    let expected = [("a".to_owned(), "1".to_owned()), ("c".to_owned(), "3".to_owned())];
    assert_eq!(session.tags, expected.into());
    assert_eq!(session.transitive, ["a".to_owned()].into());
    assert_eq!(session.source_identity.as_deref(), Some("carol"));
    for (input, expected) in [
        (json!({"DurationSeconds": 3_601}), "ValidationError"),
        (json!({"Tags": [{"Key": "A", "Value": "2"}]}), "ValidationError"),
        (json!({"SourceIdentity": "dave"}), "ValidationError"),
        (json!({"SourceIdentity": "carol"}), "OK"),
    ] {
        assert_eq!(code(world.assume(app(), input.clone())), expected, "{input}");
    }
    // The session of a role that is gone, or of another of its name, opens nothing that still trusts the name.
    assert_eq!(code(world.assume(of_role("App", "AROA2"), json!({}))), "AccessDenied");
}

#[test]
fn a_session_of_ones_own() {
    let mut world = World::new();
    for (who, asked, lasts) in
        [(alice(), None, 43_200), (alice(), Some(900), 900), (Principal::Root, None, 3_600)]
    {
        let input = GetSessionTokenInput { duration_seconds: asked };
        let output = world.run::<GetSessionToken>(who, input).unwrap();
        assert_eq!(output.credentials.expiration, Timestamp(NOW.0 + lasts * 1_000));
    }
    for who in [of_role("App", "AROA1"), Principal::User("gone".to_owned())] {
        let found = world.run::<GetSessionToken>(who, GetSessionTokenInput::default());
        assert_eq!(code(found), "AccessDenied");
    }
}

#[test]
fn a_user_vouches_for_somebody() {
    let mut world = World::new();
    let input = || GetFederationTokenInput { name: "bob".to_owned(), ..Default::default() };
    let output = world.run::<GetFederationToken>(alice(), input()).unwrap();
    assert_eq!(output.federated_user.arn, "arn:aws:sts::123456789012:federated-user/bob");
    let opened =
        open(&output.credentials.session_token, &output.credentials.access_key_id, &world.0).unwrap();
    let bob = SessionOf::Federated {
        user: "alice".to_owned(),
        user_id: "AIDA1".to_owned(),
        name: "bob".to_owned(),
    };
    assert_eq!(opened.session.of, bob);
    for who in [Principal::Root, of_role("App", "AROA1")] {
        assert_eq!(code(world.run::<GetFederationToken>(who, input())), "AccessDenied");
    }
    world.role(OWN, &json!("*"), &json!({}));
    assert_eq!(code(world.assume(Principal::Session(session(bob)), json!({}))), "AccessDenied");
}

#[test]
fn a_key_tells_its_account() {
    let mut world = World::new();
    let mut changes = Changes::default();
    changes.put(AccessKey::key("AKIA1"), AccessKey::of_root(FOREIGN.into(), "secret".to_owned()));
    world.0.apply(world.0.revision() + 1, &changes);
    let output = world.run::<GetSessionToken>(alice(), GetSessionTokenInput::default()).unwrap();
    for (id, expected) in
        [("AKIA1", Some(FOREIGN)), (&*output.credentials.access_key_id, Some(OWN)), ("AKIA2", None)]
    {
        let input = GetAccessKeyInfoInput { access_key_id: id.to_owned() };
        let found = GetAccessKeyInfo::run(&input, &world.reader(alice()));
        assert_eq!(found.ok().map(|output| output.account), expected.map(str::to_owned), "{id}");
    }
}

#[test]
fn inputs_are_as_the_model_has_them() {
    let foreign = controlplane_services_kernel::rehearsal::foreign_members(&crate::SERVICE);
    assert!(foreign.is_empty(), "{foreign:?}");
}
