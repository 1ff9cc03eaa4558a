//! Uses of access keys and roles: met by whichever member was asked, seen on all of them, and cheap to tell of.

use super::credentials::{ACCOUNT, alice, between, gateway, key, send, temporary};
use super::{Cluster, run};
use crate::core::Core;
use crate::gateway::Gateway;
use controlplane_services_iam::last_use::LastUse;
use controlplane_services_native::AccessKey;
use controlplane_wire::sigv4::Credentials;
use serde_json::{Value, json};
use std::time::Duration;

/// A key of Alice's that is as long as those of AWS.
const KEY: &str = "AKIAALICEALICEALICE1";

fn own() -> Credentials {
    key(KEY, "secret")
}

fn allow(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

/// The last use of a key or role, as a member knows it.
fn known(core: &Core, id: &str) -> Option<LastUse> {
    core.replica.applied().view.get::<LastUse>(&LastUse::key(&ACCOUNT.into(), id)).cloned()
}

/// Waits until all members say so, at most three minutes; how many seconds it took.
async fn until(cluster: &Cluster, what: &str, holds: impl Fn(&Core) -> bool) -> u64 {
    for second in 0..180 {
        if cluster.servers.values().all(|(_, core)| holds(core)) {
            return second;
        }
        cluster.sleep(1_000).await;
    }
    panic!("not within three minutes: {what}");
}

/// What the door answers to who lists VPCs: status and code.
async fn look(gateway: &Gateway, core: &Core, credentials: &Credentials) -> (u16, String) {
    let call = ("ec2", "DescribeVpcs", &json!({}));
    let (status, code, _) = send(gateway, credentials, core.runtime.now(), call).await;
    (status, code)
}

/// Alice with her key, and a role that she may assume, known to all members.
async fn alice_and_her_role(cluster: &Cluster, leader: &Core) {
    cluster.role(leader, &allow("ec2:DescribeVpcs")).await;
    cluster.user(leader, &allow("*")).await;
    cluster.access_key(leader, &own(), false).await;
    until(cluster, "all know Alice", |core| AccessKey::find(&core.replica.applied().view, KEY).is_some())
        .await;
}

#[test]
fn what_a_follower_has_met_is_known_to_all() {
    run(3, |cluster| async move {
        let ((_, leader), (_, follower)) = (cluster.leader().await, cluster.follower().await);
        let doors = [leader, follower].map(gateway);
        doors.iter().for_each(|door| door.take_forwarded());
        alice_and_her_role(&cluster, leader).await;
        assert_eq!(look(&doors[1], follower, &own()).await.0, 200);
        let assume = json!({"RoleArn": "arn:aws:iam::123456789012:role/App", "RoleSessionName": "test"});
        let (status, _, text) =
            send(&doors[1], &alice(), follower.runtime.now(), ("sts", "AssumeRole", &assume)).await;
        assert_eq!(status, 200, "{text}");
        assert_eq!(look(&doors[1], follower, &temporary(&text)).await.0, 200);
        assert_eq!((known(leader, KEY), known(leader, "AROA1")), (None, None), "not on the way of a request");
        let both = |core: &Core| known(core, KEY).is_some() && known(core, "AROA1").is_some();
        let took = until(&cluster, "both uses are known", both).await;
        assert!(took <= 61, "{took} s");
        let used = known(leader, KEY).expect("a use");
        assert_eq!((used.region.as_str(), used.service.as_str()), ("us-east-1", "ec2"));
        assert!(leader.runtime.now().since(used.at) <= Duration::from_secs(120), "{used:?}");
        // Whom one asks makes no difference.
        for (door, core) in doors.iter().zip([leader, follower]) {
            let ask = async |action: &'static str, input: Value| {
                let root = cluster.root_key(core);
                let (status, _, text) = send(door, &root, core.runtime.now(), ("iam", action, &input)).await;
                assert_eq!(status, 200, "{text}");
                ["UserName", "ServiceName", "Region"]
                    .map(|element| between(&text, element).unwrap_or_default())
            };
            let of_key = ask("GetAccessKeyLastUsed", json!({"AccessKeyId": KEY})).await;
            assert_eq!(of_key, ["alice", "ec2", "us-east-1"]);
            assert_eq!(ask("GetRole", json!({"RoleName": "App"})).await, ["", "", "us-east-1"]);
        }
    });
}

#[test]
fn who_may_not_has_used_his_key_and_who_proves_nothing_has_not() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let off = key("AKIAOFFOFFOFFOFFOFF1", "secret");
        cluster.user(core, &json!([])).await;
        cluster.access_key(core, &own(), false).await;
        cluster.access_key(core, &off, true).await;
        for (credentials, code) in [
            (own(), "UnauthorizedOperation"),
            (off.clone(), "AuthFailure"),
            (key("AKIAALICE", "another"), "AuthFailure"),
        ] {
            assert_eq!(look(&gateway, core, &credentials).await.1, code);
        }
        until(&cluster, "a use is known", |core| known(core, KEY).is_some()).await;
        cluster.sleep(120_000).await;
        assert_eq!((known(core, "AKIAALICE"), known(core, &off.access_key_id)), (None, None));
        // With the key goes what is known of it.
        let root = cluster.root_key(core);
        let delete = json!({"UserName": "alice", "AccessKeyId": KEY});
        let call = ("iam", "DeleteAccessKey", &delete);
        assert_eq!(send(&gateway, &root, core.runtime.now(), call).await.0, 200);
        cluster.sleep(120_000).await;
        assert_eq!(known(core, KEY), None);
    });
}

#[test]
fn however_often_keys_are_used_it_is_one_entry_a_minute() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        alice_and_her_role(&cluster, core).await;
        cluster.sleep(5_000).await;
        let before = core.node.metrics().last_log;
        for _ in 0..60 {
            for credentials in [own(), alice(), cluster.root_key(core)] {
                assert_eq!(look(&gateway, core, &credentials).await.0, 200);
            }
            cluster.sleep(5_000).await;
        }
        let entries = core.node.metrics().last_log - before;
        assert!((4..=5).contains(&entries), "{entries} in five minutes");
        cluster.sleep(120_000).await;
        let before = core.node.metrics().last_log;
        cluster.sleep(600_000).await;
        assert_eq!(core.node.metrics().last_log, before, "idle means no log entries");
    });
}

#[test]
fn what_cannot_be_told_is_told_later() {
    run(3, |cluster| async move {
        let ((_, leader), (id, follower)) = (cluster.leader().await, cluster.follower().await);
        // Any of them may lead in the end.
        let doors: Vec<_> = cluster.servers.values().map(|(_, core)| gateway(core)).collect();
        doors.iter().for_each(|door| door.take_forwarded());
        alice_and_her_role(&cluster, leader).await;
        let door = gateway(follower);
        assert_eq!(look(&door, follower, &own()).await.0, 200);
        let others: Vec<u64> = cluster.servers.keys().copied().filter(|other| *other != id).collect();
        cluster.network.partition(&[id], &others);
        cluster.sleep(130_000).await;
        assert_eq!(known(leader, KEY), None);
        cluster.network.heal();
        until(&cluster, "the use is known", |core| known(core, KEY).is_some()).await;
    });
}
