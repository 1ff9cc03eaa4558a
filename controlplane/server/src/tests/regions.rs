//! Several regions in one cluster: at the AWS door, at the agents' door, and in the records.

use super::credentials::{gateway, request, send};
use super::{Cluster, first_start, run};
use crate::bootstrap::FirstStart;
use crate::core::Core;
use crate::gateway::Gateway;
use crate::writer::Work;
use controlplane_proto::agent::{
    AgentMessage, Capacity, Hello, ServerMessage, agent_message, server_message,
};
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_native::{Node, Region};
use controlplane_types::{AccountId, Scope};
use controlplane_wire::{model, sigv4};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

fn two_regions() -> FirstStart {
    let further_regions = BTreeMap::from([("eu-west-1".into(), vec!["eu-west-1a".into()])]);
    FirstStart { further_regions, ..first_start() }
}

/// As a leader does that was started so.
async fn start(core: &Core, start: FirstStart) {
    let work = Work::new(start.root(), move |cx| start.run(cx).map(|()| Box::new(()) as _));
    core.writer.write(work).await.expect("it is started");
}

/// The account's root in `region`: status, error code, body.
async fn ask(
    cluster: &Cluster,
    gateway: &Gateway,
    region: &str,
    call: (&str, &str, &Value),
) -> (u16, String) {
    let (_, core) = cluster.leader().await;
    let service = model::by_name(call.0).expect("a service");
    let (mut parts, body) = request(service, call.1, call.2);
    let (root, at) = (cluster.root_key(core), core.runtime.now());
    sigv4::sign(&mut parts, &body, &root, region, service.signing_name(), at).expect("signed");
    let (status, _, text) = super::credentials::answer(gateway, parts, body).await;
    (status, text)
}

async fn default_vpcs(core: &Core) -> Vec<(AccountId, Scope)> {
    let view = core.reads.applied().await.expect("a leader").view;
    view.all::<Vpc>().filter(|vpc| vpc.is_default).map(|vpc| (vpc.key.account(), vpc.key.scope())).collect()
}

#[test]
fn every_account_finds_a_default_vpc_in_every_region_once() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let place = |account: &str, region: &str| (account.into(), Scope::Region(region.into()));
        assert_eq!(default_vpcs(core).await, [place("123456789012", "us-east-1")]);
        start(core, two_regions()).await;
        let both = [place("123456789012", "eu-west-1"), place("123456789012", "us-east-1")];
        assert_eq!(default_vpcs(core).await, both);
        let before = core.replica.applied().view.revision();
        start(core, two_regions()).await;
        assert_eq!(core.replica.applied().view.revision(), before, "a later start writes nothing");
        // A second account finds one in each, although this start names one region only.
        start(core, FirstStart { account: "210987654321".into(), ..first_start() }).await;
        let more = [place("210987654321", "eu-west-1"), place("210987654321", "us-east-1")];
        assert_eq!(default_vpcs(core).await, [both, more].concat());
        assert_eq!(Region::all(&core.replica.applied().view).len(), 2);
        let other = FirstStart { region: "eu-west-1".into(), ..first_start() };
        let refused = other.check(&core.replica.applied().view).unwrap_err();
        assert!(refused.message.contains("us-east-1 is this cluster's first region"), "{refused}");
    });
}

#[test]
fn a_request_acts_where_it_is_signed_for() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        let vpc = json!({"CidrBlock": "10.9.0.0/16"});
        let refused = ask(&cluster, &gateway, "eu-west-1", ("ec2", "CreateVpc", &vpc)).await;
        assert!(refused.0 >= 400 && refused.1.contains("scoped to a valid region"), "{refused:?}");
        start(core, two_regions()).await;
        for region in ["us-east-1", "eu-west-1"] {
            let (status, text) = ask(&cluster, &gateway, region, ("ec2", "CreateVpc", &vpc)).await;
            assert_eq!(status, 200, "{text}");
        }
        let (status, text) = ask(&cluster, &gateway, "sa-east-1", ("ec2", "CreateVpc", &vpc)).await;
        assert!(status >= 400, "{text}");
        let user = json!({"UserName": "alice"});
        let (status, text) = ask(&cluster, &gateway, "eu-west-1", ("iam", "CreateUser", &user)).await;
        assert_eq!(status, 200, "{text}");
        let view = core.replica.applied().view;
        let mut made: Vec<Scope> = view
            .all::<Vpc>()
            .filter(|vpc| vpc.cidr.to_string() == "10.9.0.0/16")
            .map(|vpc| vpc.key.scope())
            .collect();
        made.sort();
        assert_eq!(made, ["eu-west-1", "us-east-1"].map(|region| Scope::Region(region.into())));
        // What is of no region is told of where AWS tells of it.
        let told = |action: &str| -> Vec<String> {
            let events = view.all::<TrailEvent>().filter(|event| event.action == action);
            events.map(|event| event.key.scope().as_str().to_owned()).collect()
        };
        assert_eq!(told("CreateVpc"), ["eu-west-1", "us-east-1"]);
        assert_eq!(told("CreateUser"), ["us-east-1"]);
        let (status, ..) = send(
            &gateway,
            &cluster.root_key(core),
            core.runtime.now(),
            ("sts", "GetCallerIdentity", &json!({})),
        )
        .await;
        assert_eq!(status, 200);
    });
}

/// An agent that says hello and hears whether it is let in.
async fn join(core: &Core, node: &str, zone: &str) -> (mpsc::Sender<AgentMessage>, Option<String>) {
    let (to_server, mut from_server) = core.agents.connect();
    let hello = Hello {
        node: node.into(),
        boot_id: "boot".into(),
        labels: [("zone".to_owned(), zone.to_owned())].into(),
        capacity: Some(Capacity { vcpus: 4, memory_mib: 8192, disk_mib: 10_000, ..Capacity::default() }),
        underlay_address: "127.0.0.1".into(),
        ..Hello::default()
    };
    let message = AgentMessage { message: Some(agent_message::Message::Hello(hello)) };
    to_server.send(message).await.expect("the session is open");
    let ServerMessage { message } = from_server.recv().await.expect("an answer");
    match message {
        Some(server_message::Message::Refused(reason)) => (to_server, Some(reason)),
        _ => (to_server, None),
    }
}

#[test]
fn instances_run_on_nodes_of_their_region_only() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        start(core, two_regions()).await;
        let gateway = gateway(core);
        let (_session, refused) = join(core, "far", "eu-west-1a").await;
        assert_eq!(refused, None);
        let (_other, refused) = join(core, "lost", "sa-east-1a").await;
        assert!(refused.is_some_and(|reason| reason.contains("there is no zone \"sa-east-1a\"")));
        let view = core.replica.applied().view;
        assert_eq!(Node::region(&view, "far").map(|region| region.to_string()).as_deref(), Some("eu-west-1"));
        let launch = json!({
            "ImageId": "ami-00000000000000001", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        });
        let (status, text) = ask(&cluster, &gateway, "us-east-1", ("ec2", "RunInstances", &launch)).await;
        assert!(status >= 400 || !text.contains("eu-west-1"), "{text}");
        let (status, text) = ask(&cluster, &gateway, "eu-west-1", ("ec2", "RunInstances", &launch)).await;
        assert_eq!(status, 200, "{text}");
        cluster.sleep(2_000).await;
        let view = core.replica.applied().view;
        let placed: Vec<(String, Option<String>)> = view
            .all::<controlplane_services_ec2::instance::Instance>()
            .map(|it| (it.key.scope().as_str().to_owned(), it.node.as_ref().map(ToString::to_string)))
            .filter(|(_, node)| node.is_some())
            .collect();
        assert_eq!(placed, [("eu-west-1".to_owned(), Some("far".to_owned()))]);
    });
}
