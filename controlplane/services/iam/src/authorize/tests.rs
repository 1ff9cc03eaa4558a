use super::*;
use crate::SERVICE;
use crate::managed_policy::Version;
use crate::policy::{Document, Purpose};
use controlplane_services_kernel::{Changes, Record};
use controlplane_types::Timestamp;
use serde_json::json;

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

    fn may(&self, who: &Who<'_>, action: &str) -> Decision {
        let (service, action) = action.split_once(':').unwrap();
        let (account, facts) = (account(), Facts::default());
        let arn = "arn:aws:iam::123456789012:user/Alice";
        may(&self.0, who, &Question { account: &account, arn, service, action, resource: "*", facts: &facts })
    }
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
        assert_eq!(world.may(&Who::User("alice"), RUN), expected, "{what}");
        assert_eq!(world.may(&Who::User("bob"), RUN), Decision::ImplicitDeny);
        assert_eq!(world.may(&Who::Root, RUN), Decision::Allowed);
    }
}

#[test]
fn a_session_may_what_its_role_says_within_its_own_policies() {
    let mut world = World::new();
    world.role(attached(&["Ec2"]));
    let stop = [document("Allow", "ec2:Stop*").policy().clone()];
    let session = |within| Who::Session { role: "App", within };
    assert_eq!(world.may(&session(&[]), "ec2:RunInstances"), Decision::Allowed);
    assert_eq!(world.may(&session(&stop), "ec2:RunInstances"), Decision::ImplicitDeny);
    assert_eq!(world.may(&session(&stop), "ec2:StopInstances"), Decision::Allowed);
    assert_eq!(
        world.may(&Who::Session { role: "gone", within: &[] }, "ec2:StopInstances"),
        Decision::ImplicitDeny
    );
}

#[test]
fn another_version_counts_at_once() {
    let mut world = World::new();
    world.user(attached(&["Ec2"]), &[]);
    assert_eq!(world.may(&Who::User("Alice"), "ec2:RunInstances"), Decision::Allowed);
    let mut policy = ManagedPolicy::find(&world.0, &account(), "ec2").unwrap().record.clone();
    policy.versions.insert(2, Version { document: document("Allow", "iam:*"), created_at: NOW });
    policy.default_version = 2;
    world.put(policy);
    assert_eq!(world.may(&Who::User("Alice"), "ec2:RunInstances"), Decision::ImplicitDeny);
    assert_eq!(world.may(&Who::User("Alice"), "iam:GetUser"), Decision::Allowed);
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
