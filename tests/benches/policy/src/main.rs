//! What it costs to ask whether a user may, by the number of his policies: gathered from the records, facts and all, as the writer
//! does for each request. The statement that allows stands last, and most before it name the action, another resource and a
//! condition, so nearly everything is looked at.

use controlplane_services_iam::SERVICE;
use controlplane_services_iam::authorize::Asker;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::managed_policy::{ManagedPolicy, Version};
use controlplane_services_iam::permissions::Permissions;
use controlplane_services_iam::policy::{Document, Purpose};
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Origin, Principal};
use controlplane_services_kernel::{Access, Caller, Changes, Client, Reader, View};
use controlplane_types::{AccountId, Timestamp};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 100_000;
const NOW: Timestamp = Timestamp(1_000);

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>8} {:>10} {:>10} {:>10}", "policies", "p50", "p99", "p99.9");
    for count in [1, 5, 20, 50] {
        let mut times = measure(&region(count)?)?;
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{count:>8} {:>10?} {:>10?} {:>10?}", at(0.5), at(0.99), at(0.999));
    }
    Ok(())
}

fn account() -> AccountId {
    "123456789012".into()
}

/// A user with `count` managed policies of three statements.
fn region(count: usize) -> Result<View, Box<dyn Error>> {
    let mut changes = Changes::default();
    let mut attached = Vec::new();
    for number in 0..count {
        let statements = [
            statement("Allow", &["ec2:Describe*", "ec2:Get*", "s3:*"], "*", number),
            statement("Deny", &["ec2:*"], &format!("arn:aws:ec2:*:*:instance/i-{number:08x}*"), number),
            statement(
                "Allow",
                &["ec2:*Instances"],
                &format!("arn:aws:ec2:*:*:{}/*", kind(number, count)),
                number,
            ),
        ];
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let version = Version { document: Document::new(text, Purpose::Identity)?, created_at: NOW };
        let policy = ManagedPolicy {
            name: format!("policy-{number:03}"),
            path: "/".into(),
            policy_id: format!("ANPA{number}"),
            created_at: NOW,
            updated_at: NOW,
            description: None,
            versions: [(1, version)].into(),
            default_version: 1,
            newest_version: 1,
            tags: Default::default(),
        };
        attached.push(policy.arn(&account()));
        changes.put(ManagedPolicy::key(&account(), policy.name()), policy);
    }
    let user = User {
        name: "alice".into(),
        path: "/".into(),
        user_id: "AIDA1".into(),
        created_at: NOW,
        permissions: Permissions { attached: attached.into_iter().collect(), ..Permissions::default() },
        groups: Default::default(),
        tags: [("team".to_owned(), "blue".to_owned())].into(),
    };
    changes.put(User::key(&account(), "alice"), user);
    let mut view = View::new(SERVICE.kinds);
    view.apply(1, &changes);
    Ok(view)
}

/// Only the last policy is about instances.
fn kind(number: usize, count: usize) -> &'static str {
    if number + 1 == count { "instance" } else { "subnet" }
}

fn statement(effect: &str, actions: &[&str], resource: &str, number: usize) -> Value {
    json!({
        "Effect": effect, "Action": actions, "Resource": resource,
        "Condition": {
            "StringEquals": {"aws:PrincipalTag/team": "blue"},
            "IpAddress": {"aws:SourceIp": ["192.0.2.0/24", format!("10.{number}.0.0/16")]},
        },
    })
}

fn measure(view: &View) -> Result<Vec<Duration>, Box<dyn Error>> {
    let origin =
        Origin { address: Some([192, 0, 2, 7].into()), is_tls: true, user_agent: Some("bench".into()) };
    let caller = Caller {
        account: account(),
        region: "us-east-1".into(),
        principal: "arn:aws:iam::123456789012:user/alice".into(),
        access_key_id: "AKIA1".into(),
        request_id: "r-1".into(),
        client: Some(Arc::new(Client { principal: Principal::User("alice".into()), origin })),
    };
    let cx = Reader::new(view.clone(), caller, NOW);
    let asker = Asker::of(&cx.caller, &cx.view).ok_or("a client is asked")?;
    let accesses = [Access::to("arn:aws:ec2:us-east-1:123456789012:instance/i-ffffffffffffffff0")];
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let refused = asker.refused(&accesses, "ec2", "StopInstances", &cx);
        times.push(began.elapsed());
        refused.map_err(|refusal| format!("{refusal:?}"))?;
    }
    Ok(times)
}
