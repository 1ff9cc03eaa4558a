//! What the leader does about members by itself: votes, tidying up, clocks.

use super::*;
use crate::cluster::votes;
use crate::core::CoreError;
use crate::writer::CLUSTER_VERSION;
use controlplane_raft::{
    Batch, BatchId, Leadership, MembershipError, RaftNode, Remaining, Role, cluster_changes,
};
use controlplane_services_kernel::Operation;
use controlplane_services_kernel::event::Event;
use controlplane_services_native::Server;
use controlplane_services_native::server::{DeclareServer, DeclareServerInput, Entered};
use controlplane_services_route53::accelerated_recovery::ops::update_hosted_zone_features::UpdateHostedZoneFeatures;
use controlplane_services_route53::hosted_zone::ops::create_hosted_zone::CreateHostedZone;
use controlplane_telemetry::metrics::Page;
use serde_json::{Value, json};

/// A member that a copy of the log has reached.
const CAUGHT_UP_WITHIN_MS: u64 = 2_000;

fn is_voter(core: &Core, id: NodeId) -> bool {
    core.node.members().get(&id).is_some_and(|member| member.role == Role::Voter)
}

/// Waits until `holds`, at most so many virtual milliseconds; how many it took.
async fn until(cluster: &Cluster, what: &str, within_ms: u64, holds: impl Fn() -> bool) -> u64 {
    let mut waited = 0;
    while !holds() {
        assert!(waited < within_ms, "not within {within_ms} ms: {what}");
        cluster.sleep(10).await;
        waited += 10;
    }
    waited
}

async fn declare(core: &Core, number: NodeId, entered: Entered) {
    let input = DeclareServerInput {
        number,
        name: format!("server-{number}"),
        grpc_address: format!("sim:{number}0"),
        aws_address: String::new(),
        entered,
    };
    let work = Work::new(Caller::system(core.first_start.region.clone()), move |cx| {
        DeclareServer::run(&input, cx).map(|output| Box::new(output) as _)
    });
    core.writer.write(work).await.expect("it is declared");
}

fn on_record(core: &Core) -> Vec<NodeId> {
    let view = core.replica.applied().view;
    Server::all(&view, &core.first_start.region).map(|server| server.number).collect()
}

#[test]
fn servers_that_were_added_get_their_votes_and_then_nothing_happens() {
    run(1, |mut cluster| async move {
        let leader = cluster.core(1).clone();
        for id in [2, 3] {
            cluster.add(id, Start::Join).await;
            // The one before has its vote, but the change may not be quite over.
            while leader.node.add_learner(id, format!("sim:{id}")).await == Err(MembershipError::InProgress) {
                cluster.sleep(10).await;
            }
            let took = until(&cluster, "it votes", CAUGHT_UP_WITHIN_MS, || is_voter(&leader, id)).await;
            println!("server {id} votes after {took} ms");
        }
        cluster.sleep(5_000).await;
        let before = leader.node.metrics().last_log;
        cluster.sleep(300_000).await;
        assert_eq!(leader.node.metrics().last_log, before, "idle means no log entries");
    });
}

#[test]
fn a_learner_that_nobody_reaches_gets_no_vote_and_stops_no_other() {
    run(1, |mut cluster| async move {
        let leader = cluster.core(1).clone();
        leader.node.add_learner(9, "sim:9".to_owned()).await.unwrap();
        cluster.sleep(1_000).await;
        cluster.add(2, Start::Join).await;
        leader.node.add_learner(2, "sim:2".to_owned()).await.unwrap();
        until(&cluster, "the other one votes", CAUGHT_UP_WITHIN_MS, || is_voter(&leader, 2)).await;
        assert!(!is_voter(&leader, 9));
    });
}

#[test]
fn who_is_no_member_any_more_is_taken_off_the_records() {
    run(1, |mut cluster| async move {
        let leader = cluster.core(1).clone();
        let at = |cluster: &str, index| Entered { cluster: cluster.to_owned(), index };
        declare(&leader, 7, at("sim", 1)).await;
        declare(&leader, 8, at("sim", 1_000_000)).await;
        declare(&leader, 9, at("another", 1_000_000)).await;
        cluster.sleep(1_000).await;
        assert_eq!(on_record(&leader), [7, 8, 9], "nothing has changed that would have it looked at");
        cluster.add(2, Start::Join).await;
        leader.node.add_learner(2, "sim:2".to_owned()).await.unwrap();
        until(&cluster, "the records are tidy", 5_000, || on_record(&leader) == [8]).await;
        cluster.sleep(2_000).await;
        assert_eq!(on_record(&leader), [8], "a record that is newer than the membership stays");
    });
}

#[test]
fn a_wrong_clock_is_told_once_and_so_is_its_being_right_again() {
    run(3, |cluster| async move {
        let (_, leader) = cluster.leader().await;
        let leader = leader.clone();
        for number in 1..=3 {
            declare(&leader, number, Entered { cluster: "sim".to_owned(), index: 1 }).await;
        }
        let (wrong, _) = cluster.follower().await;
        let off = || {
            let key = Server::key(&leader.first_start.region, wrong);
            leader.replica.applied().view.get::<Server>(&key).and_then(|server| server.clock_off_ms)
        };
        let told = |reason: &str| {
            let view = leader.replica.applied().view;
            view.all::<Event>().filter(|event| event.reason == reason).count()
        };
        cluster.sim.set_clock(&cluster.servers[&wrong].0, 30_000);
        until(&cluster, "it is on record", 20_000, || off().is_some()).await;
        assert!((off().unwrap() - 30_000).abs() < 500, "{:?}", off());
        let mut page = Page::default();
        crate::cluster::clocks::metrics(&leader.node, &mut page);
        let metrics = page.into_text();
        assert!(metrics.contains(&format!("hearth_clock_wrong{{server=\"{wrong}\"}} 1")), "{metrics}");
        cluster.sleep(60_000).await;
        assert_eq!((told("ClockWrong"), told("ClockRight")), (1, 0));
        cluster.sim.set_clock(&cluster.servers[&wrong].0, 0);
        until(&cluster, "it is right again", 20_000, || off().is_none()).await;
        assert_eq!((told("ClockWrong"), told("ClockRight")), (1, 1));
    });
}

/// Runs an action as the account's root; what it answers.
async fn act<O: Operation>(cluster: &Cluster, core: &Core, input: Value) -> Value {
    let input: O::Input = serde_json::from_value(input).expect("an input");
    let work = Work::new(cluster.root(), move |cx| O::run(&input, cx).map(|output| Box::new(output) as _));
    let done = core.writer.write(work).await.expect("it is done");
    serde_json::to_value(&done.answer).expect("an output")
}

#[test]
fn a_server_that_a_zone_needs_keeps_its_vote() {
    run(3, |mut cluster| async move {
        let leader = cluster.leader().await.1.clone();
        for number in 1..=3 {
            declare(&leader, number, Entered { cluster: "sim".to_owned(), index: 1 }).await;
        }
        let voting = || Vec::from_iter(Server::voting(&leader.replica.applied().view));
        let zone = json!({"Name": "example.com", "CallerReference": "c"});
        let zone = act::<CreateHostedZone>(&cluster, &leader, zone).await;
        let id = zone["HostedZone"]["Id"].as_str().unwrap().to_owned();
        let wanted = |wanted: bool| json!({"HostedZoneId": id, "EnableAcceleratedRecovery": wanted});
        act::<UpdateHostedZoneFeatures>(&cluster, &leader, wanted(true)).await;
        let (leaving, _) = cluster.follower().await;

        let refused = votes::release(&leader, leaving).await.map(drop).unwrap_err();
        assert!(refused.to_string().contains("example.com."), "{refused}");
        cluster.sleep(1_000).await;
        assert_eq!(voting(), [1, 2, 3]);

        // One more, and one may go.
        declare(&leader, 4, Entered { cluster: "sim".to_owned(), index: 1 }).await;
        cluster.add(4, Start::Join).await;
        leader.node.add_learner(4, "sim:4".to_owned()).await.unwrap();
        until(&cluster, "it votes", CAUGHT_UP_WITHIN_MS, || is_voter(&leader, 4)).await;
        until(&cluster, "that is on record", 1_000, || voting() == [1, 2, 3, 4]).await;
        let departure = votes::release(&leader, leaving).await.expect("there is one to spare");
        let another = (1..=3).find(|number| *number != leaving).unwrap();
        assert!(votes::release(&leader, another).await.is_err(), "there was one to spare");
        drop(departure);
        until(&cluster, "it did not go after all", 1_000, || voting() == [1, 2, 3, 4]).await;

        let departure = votes::release(&leader, leaving).await.expect("there is one to spare");
        while leader.node.remove(leaving, Remaining::HaveQuorum).await == Err(MembershipError::InProgress) {
            cluster.sleep(10).await;
        }
        drop(departure);
        cluster.sleep(1_000).await;
        let stayed: Vec<u64> = (1..=4).filter(|number| *number != leaving).collect();
        assert_eq!(voting(), stayed);
        act::<UpdateHostedZoneFeatures>(&cluster, &leader, wanted(false)).await;
        votes::release(&leader, another).await.map(drop).expect("nobody needs it");
    });
}

#[test]
fn records_of_a_newer_program_are_not_guessed_at() {
    let sim = Sim::new(7);
    let world = async {
        let (machine, network) = (sim.machine("server 1"), SimNetwork::new(&sim));
        let raft = || Config {
            id: 1,
            address: "sim:1".to_owned(),
            cluster: "sim".to_owned(),
            start: Start::Found(BTreeMap::from([(1, "sim:1".to_owned())])),
            timing: Timing::default(),
        };
        let (stores, transport) = (Stores::in_memory(1), network.transport(1, machine.clone()));
        let node = RaftNode::start(raft(), machine.clone(), stores.clone(), transport.clone()).await.unwrap();
        let leads = |now: &Leadership| now.leads().is_some();
        let term = node.leadership().wait_for(leads).await.unwrap().leads().unwrap();
        let (previous, now) = (BatchId::default(), machine.now());
        let changes = cluster_changes("sim", CLUSTER_VERSION + 1);
        node.propose(Batch { term, previous, now, changes }).await.unwrap();
        node.shutdown().await;
        let config =
            CoreConfig { raft: raft(), first_start: first_start(), node_grace: Duration::from_secs(30) };
        let refused = Core::start(config, stores, transport, machine.clone()).await.map(drop).unwrap_err();
        assert!(matches!(refused, CoreError::Newer { .. }), "{refused}");
        assert!(refused.to_string().contains("use a newer one"), "{refused}");
    };
    sim.block_on(world).expect("the world goes on");
}
