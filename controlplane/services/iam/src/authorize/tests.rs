use super::*;
use crate::SERVICE;
use crate::managed_policy::Version;
use crate::policy::{Decision, PolicyKind};
use crate::policy::{Document, Purpose};
use controlplane_services_kernel::client::{Origin, Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Caller, Changes, Client, Reader, Record};
use controlplane_types::Timestamp;
use serde_json::json;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000);

fn account() -> AccountId {
    "123456789012".into()
}

fn document(effect: &str, action: &str) -> Document {
    let statement = json!({"Effect": effect, "Action": action, "Resource": "*"});
    let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    Document::new(text, Purpose::Identity).unwrap()
}

fn arn(policy: &str) -> String {
    format!("arn:aws:iam::123456789012:policy/{policy}")
}

struct World(View);

impl World {
    fn new() -> Self {
        let mut world = Self(View::new(SERVICE.kinds));
        for (name, effect, action) in
            [("Ec2", "Allow", "ec2:*"), ("NoRun", "Deny", "ec2:RunInstances"), ("Stop", "Allow", "ec2:Stop*")]
        {
            let version = Version { document: document(effect, action), created_at: NOW };
            world.put(ManagedPolicy {
                name: name.into(),
                path: "/".into(),
                policy_id: "ANPA1".into(),
                created_at: NOW,
                updated_at: NOW,
                description: None,
                versions: [(1, version)].into(),
                default_version: 1,
                newest_version: 1,
                tags: Default::default(),
            });
        }
        world
    }

    fn put<E: Entity>(&mut self, entity: E) {
        let mut changes = Changes::default();
        changes.put(E::key(&account(), entity.name()), entity);
        self.0.apply(self.0.revision() + 1, &changes);
    }

    fn user(&mut self, permissions: Permissions, groups: &[&str]) {
        self.put(User {
            name: "Alice".into(),
            path: "/".into(),
            user_id: "AIDA1".into(),
            created_at: NOW,
            permissions,
            groups: groups.iter().map(|name| (*name).to_owned()).collect(),
            tags: Default::default(),
        });
    }

    fn group(&mut self, permissions: Permissions) {
        self.put(Group {
            name: "ops".into(),
            path: "/".into(),
            group_id: "AGPA1".into(),
            created_at: NOW,
            permissions,
        });
    }

    fn role(&mut self, permissions: Permissions) {
        let trust = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}});
        self.put(Role {
            name: "App".into(),
            path: "/".into(),
            role_id: "AROA1".into(),
            created_at: NOW,
            trust: Document::new(trust.to_string(), Purpose::Trust).unwrap(),
            description: None,
            max_session_secs: 3_600,
            permissions,
            tags: Default::default(),
        });
    }

    fn may(&self, who: &Principal, action: &str) -> Decision {
        let (service, action) = action.split_once(':').unwrap();
        let cx = Reader::new(self.0.clone(), caller(who.clone()), NOW);
        let asker = Asker::of(&cx.caller, &cx.view).unwrap();
        match asker.refused(&[Access::anything()], service, action, &cx) {
            Ok(()) => Decision::Allowed,
            Err(refusal) if refusal.is_explicit => Decision::ExplicitDeny,
            Err(_) => Decision::ImplicitDeny,
        }
    }
}

fn caller(principal: Principal) -> Caller {
    let origin =
        Origin { address: Some([192, 0, 2, 7].into()), is_tls: true, user_agent: Some("sdk".into()) };
    Caller {
        account: account(),
        region: "us-east-1".into(),
        principal: "arn:aws:iam::123456789012:user/Alice".into(),
        access_key_id: "AKIA1".into(),
        request_id: "r-1".into(),
        client: Some(Arc::new(Client { principal, origin })),
    }
}

fn user(name: &str) -> Principal {
    Principal::User(name.to_owned())
}

fn session(of: SessionOf, policy: Option<&Document>, policy_arns: &[&str]) -> Principal {
    Principal::Session(Session {
        of,
        issued_at: NOW,
        expires_at: Timestamp(NOW.0 + 3_600_000),
        policy: policy.map(|document| document.text().to_owned()),
        policy_arns: policy_arns.iter().map(|name| arn(name)).collect(),
        tags: [("team".to_owned(), "blue".to_owned())].into(),
        transitive: Default::default(),
        source_identity: None,
        provider: None,
    })
}

fn of_role(name: &str, role_id: &str) -> SessionOf {
    SessionOf::Role { name: name.to_owned(), role_id: role_id.to_owned(), session: "one".to_owned() }
}

fn of_user(name: &str, user_id: &str) -> SessionOf {
    SessionOf::User { name: name.to_owned(), user_id: user_id.to_owned() }
}

fn federated(user: &str, user_id: &str) -> SessionOf {
    SessionOf::Federated { user: user.to_owned(), user_id: user_id.to_owned(), name: "bob".to_owned() }
}

fn attached(policies: &[&str]) -> Permissions {
    Permissions { attached: policies.iter().map(|name| arn(name)).collect(), ..Permissions::default() }
}

fn bounded(policies: &[&str], boundary: &str) -> Permissions {
    Permissions { boundary: Some(boundary.to_owned()), ..attached(policies) }
}

#[test]
fn a_user_may_what_his_policies_and_groups_say() {
    const RUN: &str = "ec2:RunInstances";
    let inline =
        Permissions { inline: [("own".into(), document("Allow", "ec2:*"))].into(), ..Permissions::default() };
    let of_aws = Permissions {
        attached: ["arn:aws:iam::aws:policy/AmazonEC2FullAccess".into()].into(),
        ..Permissions::default()
    };
    for (what, own, group, expected) in [
        ("nothing", attached(&[]), attached(&[]), Decision::ImplicitDeny),
        ("his", attached(&["Ec2"]), attached(&[]), Decision::Allowed),
        (
            "his in a path",
            Permissions { attached: [arn("division/Ec2")].into(), ..attached(&[]) },
            attached(&[]),
            Decision::ImplicitDeny,
        ),
        ("inline", inline, attached(&[]), Decision::Allowed),
        ("AWS's", of_aws, attached(&[]), Decision::Allowed),
        ("his group's", attached(&[]), attached(&["Ec2"]), Decision::Allowed),
        ("denied by his group", attached(&["Ec2"]), attached(&["NoRun"]), Decision::ExplicitDeny),
        ("gone", attached(&["Gone"]), attached(&[]), Decision::ImplicitDeny),
        ("within", bounded(&["Ec2"], &arn("Ec2")), attached(&[]), Decision::Allowed),
        ("beyond", bounded(&["Ec2"], &arn("Stop")), attached(&[]), Decision::ImplicitDeny),
        ("his group beyond", bounded(&[], &arn("Stop")), attached(&["Ec2"]), Decision::ImplicitDeny),
        ("a boundary that is gone", bounded(&["Ec2"], &arn("Gone")), attached(&[]), Decision::ImplicitDeny),
    ] {
        let mut world = World::new();
        world.group(group);
        world.user(own, &["ops"]);
        assert_eq!(world.may(&user("alice"), RUN), expected, "{what}");
        assert_eq!(world.may(&user("bob"), RUN), Decision::ImplicitDeny);
        assert_eq!(world.may(&Principal::Root, RUN), Decision::Allowed);
    }
}

#[test]
fn a_session_may_what_its_role_says_within_its_own_policies() {
    let mut world = World::new();
    world.role(attached(&["Ec2"]));
    world.user(attached(&["Ec2"]), &[]);
    let stop = document("Allow", "ec2:Stop*");
    let app = || of_role("App", "AROA1");
    let alice = || of_user("Alice", "AIDA1");
    let bob = || federated("Alice", "AIDA1");
    for (what, who, run, stops) in [
        ("alone", session(app(), None, &[]), true, true),
        ("within a document", session(app(), Some(&stop), &[]), false, true),
        ("within a managed policy", session(app(), None, &["Stop"]), false, true),
        ("within both together", session(app(), Some(&stop), &["Ec2"]), true, true),
        ("within what is gone", session(app(), None, &["Gone"]), false, false),
        ("denied by its own", session(app(), Some(&document("Deny", "*")), &["Ec2"]), false, false),
        ("of a role that is gone", session(of_role("gone", "AROA1"), None, &[]), false, false),
        ("of another role of the name", session(of_role("App", "AROA2"), None, &[]), false, false),
        ("of a user", session(alice(), None, &[]), true, true),
        ("of another user of the name", session(of_user("Alice", "AIDA2"), None, &[]), false, false),
        ("of the account", session(SessionOf::Root, None, &[]), true, true),
        ("vouched for, for nothing", session(bob(), None, &[]), false, false),
        ("vouched for", session(bob(), Some(&stop), &[]), false, true),
        ("vouched for beyond", session(federated("Alice", "AIDA2"), Some(&stop), &[]), false, false),
    ] {
        assert_eq!(world.may(&who, "ec2:RunInstances") == Decision::Allowed, run, "{what}");
        assert_eq!(world.may(&who, "ec2:StopInstances") == Decision::Allowed, stops, "{what}");
    }
}

#[test]
fn credentials_without_a_second_factor_do_not_reach_users_and_keys() {
    let all = ["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()];
    let all = || Permissions { attached: all.clone().into(), ..Permissions::default() };
    let mut world = World::new();
    world.user(all(), &[]);
    world.role(all());
    for (who, iam, sts) in [
        (user("Alice"), true, true),
        (session(of_role("App", "AROA1"), None, &[]), true, true),
        (session(of_user("Alice", "AIDA1"), None, &[]), false, false),
        (session(SessionOf::Root, None, &[]), false, false),
        (session(federated("Alice", "AIDA1"), Some(&document("Allow", "*")), &[]), false, false),
    ] {
        assert_eq!(world.may(&who, "iam:CreateUser") == Decision::Allowed, iam, "{who:?}");
        assert_eq!(world.may(&who, "sts:GetAccessKeyInfo") == Decision::Allowed, sts, "{who:?}");
        assert_eq!(world.may(&who, "ec2:RunInstances"), Decision::Allowed, "{who:?}");
    }
}

#[test]
fn a_refusal_says_whose_it_is() {
    let kind = |world: &World, who: &Principal| {
        let cx = Reader::new(world.0.clone(), caller(who.clone()), NOW);
        let asker = Asker::of(&cx.caller, &cx.view).unwrap();
        asker.refused(&[Access::anything()], "ec2", "RunInstances", &cx).unwrap_err().kind
    };
    let mut world = World::new();
    world.role(attached(&["Ec2"]));
    let stop = document("Allow", "ec2:Stop*");
    assert_eq!(kind(&world, &session(of_role("App", "AROA1"), Some(&stop), &[])), PolicyKind::Session);
    for (own, expected) in [
        (attached(&[]), PolicyKind::Identity),
        (attached(&["Ec2", "NoRun"]), PolicyKind::Identity),
        (bounded(&["Ec2"], &arn("Stop")), PolicyKind::Boundary),
        (bounded(&["Ec2"], &arn("NoRun")), PolicyKind::Boundary),
        (bounded(&[], &arn("Stop")), PolicyKind::Identity),
    ] {
        world.user(own, &[]);
        assert_eq!(kind(&world, &user("alice")), expected);
    }
}

/// Whether a user may act where a condition asks for something that is known of every request.
#[test]
fn conditions_know_the_request() {
    let holds = |operator: &str, key: &str, value: &str, who: &Principal| {
        let statement = json!({
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: value}},
        });
        let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let document = Document::new(text, Purpose::Identity).unwrap();
        let own =
            || Permissions { inline: [("own".into(), document.clone())].into(), ..Permissions::default() };
        let mut world = World::new();
        world.user(own(), &[]);
        world.role(own());
        world.may(who, "ec2:RunInstances") == Decision::Allowed
    };
    let app = session(of_role("App", "AROA1"), None, &[]);
    for (operator, key, value, who, expected) in [
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", user("alice"), true),
        ("IpAddress", "aws:SourceIp", "198.51.100.0/24", user("alice"), false),
        ("Bool", "aws:SecureTransport", "true", user("alice"), true),
        ("StringEquals", "aws:UserAgent", "sdk", user("alice"), true),
        ("StringEquals", "aws:username", "Alice", user("alice"), true),
        ("StringEquals", "aws:userid", "AIDA1", user("alice"), true),
        ("StringEquals", "aws:userid", "AROA1:one", app.clone(), true),
        ("StringEquals", "aws:PrincipalType", "User", user("alice"), true),
        ("StringEquals", "aws:PrincipalType", "AssumedRole", app.clone(), true),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:user/Alice", user("alice"), true),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/App", app.clone(), true),
        ("StringEquals", "aws:PrincipalAccount", "123456789012", user("alice"), true),
        ("StringEquals", "aws:PrincipalTag/team", "blue", app.clone(), true),
        ("StringEquals", "aws:PrincipalTag/team", "blue", user("alice"), false),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", user("alice"), true),
        ("StringEquals", "aws:ResourceAccount", "123456789012", user("alice"), true),
        ("DateLessThan", "aws:CurrentTime", "2000-01-01T00:00:00Z", user("alice"), true),
        ("DateGreaterThan", "aws:CurrentTime", "2000-01-01T00:00:00Z", user("alice"), false),
        ("NumericEquals", "aws:EpochTime", "1", user("alice"), true),
        ("DateLessThan", "aws:TokenIssueTime", "2000-01-01T00:00:00Z", app, true),
        ("Null", "aws:TokenIssueTime", "true", user("alice"), true),
    ] {
        assert_eq!(holds(operator, key, value, &who), expected, "{operator} {key} {value}");
    }
}

#[test]
fn another_version_counts_at_once() {
    let mut world = World::new();
    world.user(attached(&["Ec2"]), &[]);
    assert_eq!(world.may(&user("Alice"), "ec2:RunInstances"), Decision::Allowed);
    let mut policy = ManagedPolicy::find(&world.0, &account(), "ec2").unwrap().record.clone();
    policy.versions.insert(2, Version { document: document("Allow", "iam:*"), created_at: NOW });
    policy.default_version = 2;
    world.put(policy);
    assert_eq!(world.may(&user("Alice"), "ec2:RunInstances"), Decision::ImplicitDeny);
    assert_eq!(world.may(&user("Alice"), "iam:GetUser"), Decision::Allowed);
}

#[test]
fn what_aws_promises_is_written_in_the_language() {
    for policy in &managed_policy::ALL {
        assert!(Policy::parse(&policy.document(), Purpose::Identity).is_ok(), "{}", policy.name);
    }
    let names: Vec<&str> = managed_policy::ALL.iter().map(|policy| policy.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert!(managed_policy::of_aws("arn:aws:iam::aws:policy/Nothing").is_none());
}

#[test]
fn records_come_back_as_they_were() {
    fn back<R: Record>(record: &R) {
        let bytes = controlplane_services_kernel::record::encode(record);
        assert_eq!(controlplane_services_kernel::record::decode::<R>(&bytes).unwrap(), *record);
    }
    let mut world = World::new();
    world.role(bounded(&["Ec2"], &arn("Stop")));
    world.user(attached(&["Ec2"]), &["ops"]);
    back(Role::find(&world.0, &account(), "APP").unwrap().record);
    back(User::find(&world.0, &account(), "alice").unwrap().record);
    back(ManagedPolicy::find(&world.0, &account(), "Ec2").unwrap().record);
}
