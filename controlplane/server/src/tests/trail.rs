//! What CloudTrail tells of what was done at the AWS door, and of what was not.

use super::authorization::records;
use super::credentials::{alice, answer, gateway, key, request, send};
use super::{Cluster, run};
use crate::core::Core;
use crate::gateway::{Gateway, Peer};
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_ec2::vpc::Vpc;
use controlplane_types::Timestamp;
use controlplane_wire::model;
use controlplane_wire::sigv4;
use serde_json::{Value, json};

fn vpc() -> Value {
    json!({"CidrBlock": "10.9.0.0/16"})
}

/// The documents of events with this name that the account's root finds, newest first.
async fn lookup(cluster: &Cluster, gateway: &Gateway, core: &Core, name: &str) -> Vec<Value> {
    let input = json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]});
    let root = cluster.root_key(core);
    let call = ("cloudtrail", "LookupEvents", &input);
    let (status, _, text) = send(gateway, &root, core.runtime.now(), call).await;
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let events = answer["Events"].as_array().expect("a list").iter();
    let documents = events.map(|event| event["CloudTrailEvent"].as_str().expect("a document"));
    documents.map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

#[test]
fn what_is_done_is_in_the_batch_of_its_record() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        cluster.user(core, &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
        let now = || core.runtime.now();
        let (status, ..) = send(&gateway, &alice(), now(), ("ec2", "CreateVpc", &vpc())).await;
        assert_eq!(status, 200);
        let view = core.replica.applied().view;
        let made = view.all::<Vpc>().find(|vpc| vpc.cidr.to_string() == "10.9.0.0/16").expect("the VPC");
        let event = view.all::<TrailEvent>().find(|event| event.action == "CreateVpc").expect("its event");
        assert_eq!(made.revision, event.revision);
        let found = lookup(&cluster, &gateway, core, "CreateVpc").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["userIdentity"]["userName"], "alice");
        assert_eq!(found[0]["userIdentity"]["principalId"], "AIDA1");
        assert_eq!(found[0]["requestParameters"]["cidrBlock"], "10.9.0.0/16");
        assert_eq!(found[0]["responseElements"]["vpc"]["vpcId"], made.key.id());
        // Who only looks changes nothing, and is not told of.
        let before = core.replica.applied().view.revision();
        send(&gateway, &alice(), now(), ("ec2", "DescribeVpcs", &json!({}))).await;
        cluster.sleep(2_000).await;
        assert_eq!(core.replica.applied().view.revision(), before);
    });
}

/// What each stranger is refused with, and what is told of it.
#[test]
fn what_is_refused_changes_nothing_and_is_recorded() {
    run(3, |cluster| async move {
        let ((_, leader), (_, follower)) = (cluster.leader().await, cluster.follower().await);
        let doors = [gateway(leader), gateway(follower)];
        doors.iter().for_each(|door| door.take_forwarded());
        cluster.user(leader, &json!([])).await;
        // The records in view follow the answer within a moment.
        cluster.sleep(1_000).await;
        let before = records(leader).await;
        let service = model::by_name("ec2").expect("EC2");
        let now = leader.runtime.now();
        for door in &doors {
            for (credentials, at) in [
                (None, now),
                (Some(key("AKIAALICE", "another")), now),
                (Some(key("AKIANOBODY", "secret")), now),
                (Some(alice()), Timestamp(now.0 - 3_600_000)),
                (Some(alice()), now),
            ] {
                let (mut parts, body) = request(service, "CreateVpc", &vpc());
                parts.extensions.insert(Peer { address: [192, 0, 2, 7].into(), is_tls: false });
                if let Some(credentials) = credentials {
                    sigv4::sign(&mut parts, &body, &credentials, "us-east-1", "ec2", at).expect("signed");
                }
                assert!(answer(door, parts, body).await.0 >= 400);
            }
            let reading = ("ec2", "DescribeVpcs", &json!({}));
            assert_eq!(send(door, &alice(), now, reading).await.1, "UnauthorizedOperation");
        }
        cluster.sleep(2_000).await;
        assert_eq!(records(leader).await, before, "nothing was done");
        let found = lookup(&cluster, &doors[0], leader, "CreateVpc").await;
        let mut codes: Vec<&str> =
            found.iter().map(|event| event["errorCode"].as_str().expect("a code")).collect();
        codes.sort_unstable();
        let expected = [
            ["Client.AuthFailure"; 4].as_slice(),
            &["Client.MissingAuthenticationToken"; 2],
            &["Client.RequestExpired"; 2],
            &["Client.UnauthorizedOperation"; 2],
        ];
        assert_eq!(codes, expected.concat(), "at either door");
        assert!(found.iter().all(|event| event["sourceIPAddress"] == "192.0.2.7"), "{found:?}");
        let denied = |event: &&Value| event["errorCode"] == "Client.UnauthorizedOperation";
        let denied = found.iter().find(denied).expect("an event");
        assert_eq!(denied["userIdentity"]["userName"], "alice");
        assert_eq!(denied["requestParameters"]["cidrBlock"], "10.9.0.0/16");
        let unknown = found.iter().find(|event| event["userIdentity"]["accessKeyId"] == "AKIANOBODY");
        assert_eq!(unknown.expect("an event")["userIdentity"]["type"], "Unknown");
        let reads = lookup(&cluster, &doors[0], leader, "DescribeVpcs").await;
        assert_eq!((reads.len(), &reads[0]["readOnly"]), (2, &json!(true)));
    });
}

#[test]
fn whoever_knocks_a_thousand_times_is_recorded_a_hundred_times() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let service = model::by_name("ec2").expect("EC2");
        let knock = || async {
            let (parts, body) = request(service, "CreateVpc", &vpc());
            answer(&gateway, parts, body).await
        };
        let before = core.replica.applied().view.revision();
        for _ in 0..1_000 {
            assert_eq!(knock().await.0, 403);
        }
        cluster.sleep(2_000).await;
        let view = core.replica.applied().view;
        let events = view.all::<TrailEvent>().count();
        assert!((100..110).contains(&events), "{events}");
        assert!(view.revision() - before <= 2, "in one batch, or two");
        knock().await;
        cluster.sleep(2_000).await;
        let view = core.replica.applied().view;
        let newest = view.all::<TrailEvent>().last().expect("an event");
        assert_eq!(newest.unrecorded as usize, 1_000 - events, "and says how often he was not");
    });
}
