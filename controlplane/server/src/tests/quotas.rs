//! Quotas hold however many ask at once, at whichever server, and whoever leads meanwhile.

use super::credentials::{gateway, send};
use super::run;
use crate::core::Core;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::group::Group;
use controlplane_services_iam::managed_policy::ALL;
use controlplane_services_native::AccessKey;
use controlplane_wire::sigv4::Credentials;
use futures::future::join_all;
use serde_json::{Value, json};

/// Keys of a user at most.
const KEYS: usize = 2;
/// Policies of a group at most.
const POLICIES: usize = 10;
const ACCOUNT: &str = "123456789012";

/// What is asked all at once: far more keys and policies than there may be.
fn storm() -> Vec<(&'static str, Value)> {
    let keys = (0..30).map(|_| ("CreateAccessKey", json!({"UserName": "busy"})));
    let attach = |policy: String| ("AttachGroupPolicy", json!({"GroupName": "ops", "PolicyArn": policy}));
    keys.chain(ALL.iter().map(|policy| attach(policy.arn()))).collect()
}

/// Everything of a storm at every server; how many of it were done, by action.
async fn blow(servers: &[&Core], root: &Credentials) -> usize {
    let doors: Vec<_> = servers.iter().map(|core| (gateway(core), *core)).collect();
    doors.iter().for_each(|(door, _)| door.take_forwarded());
    let storm = storm();
    let asking = doors.iter().flat_map(|(door, core)| {
        storm.iter().map(move |(action, input)| send(door, root, core.runtime.now(), ("iam", *action, input)))
    });
    join_all(asking).await.iter().filter(|(status, ..)| *status == 200).count()
}

/// Keys of the user, and policies of the group.
fn found(core: &Core) -> (usize, usize) {
    let (view, account) = (core.replica.applied().view, ACCOUNT.into());
    let group = Group::find(&view, &account, "ops").expect("the group").record;
    (AccessKey::of_user(&view, &account, Some("busy")).count(), group.permissions.attached.len())
}

#[test]
fn who_asks_at_once_gets_no_more_than_there_is() {
    run(3, |mut cluster| async move {
        let (old, root) = {
            let (old, leader) = cluster.leader().await;
            let root = cluster.root_key(leader);
            let door = gateway(leader);
            for (action, input) in
                [("CreateUser", json!({"UserName": "busy"})), ("CreateGroup", json!({"GroupName": "ops"}))]
            {
                let call = ("iam", action, &input);
                assert_eq!(send(&door, &root, leader.runtime.now(), call).await.0, 200);
            }
            // The leader dies in the middle of it: nobody knows which of these were done.
            let servers: Vec<&Core> = cluster.servers.values().map(|(_, core)| core).collect();
            tokio::select! {
                biased;
                _ = blow(&servers, &root) => {}
                () = cluster.sleep(3) => {}
            }
            (old, root)
        };
        cluster.kill(old);
        let (_, leader) = cluster.leader().await;
        let (keys, policies) = found(leader);
        assert!(keys <= KEYS && policies <= POLICIES, "{keys} keys, {policies} policies");
        let servers: Vec<&Core> = cluster.servers.values().map(|(_, core)| core).collect();
        let done = blow(&servers, &root).await;
        assert_eq!(found(leader), (KEYS, POLICIES), "and all of what there is can be had");
        // An attachment that is there already is said again without an error; nothing else may succeed beyond the quota.
        assert!(done >= KEYS - keys + POLICIES - policies, "{done}");
    });
}
