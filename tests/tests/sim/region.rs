//! A region without faults, and with single ones: scale, replay, rest, failover, durability, restarts.

use controlplane_raft::store::{FaultyDisk, Store};
use controlplane_raft::transport::sim::Weather;
use controlplane_raft::{NodeId, Sim};
use controlplane_services_kernel::View;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::time::Duration;
use tests::sim::manifests::{NAME, fleet, named_fleet};
use tests::sim::region::Region;
use tests::sim::request::Request;
use tests::sim::server::slow;
use tests::sim::{run, run_each, truth};

/// A thousand starts on a hundred machines: reports meet in batches, so there are far fewer entries than transitions.
const ENTRIES_FOR_A_THOUSAND: u64 = 50;

#[test]
fn a_thousand_instances_on_a_hundred_nodes() {
    run("a_thousand_instances_on_a_hundred_nodes", 1, |sim| async move {
        let mut region = Region::new(&sim, 1, 100).await;
        let before = region.newest_entry();
        region.apply(fleet(1000)).await;
        region.converged(1000, 120).await;
        let spent = region.newest_entry() - before;
        eprintln!("1000 instances: {spent} log entries, {:?} of virtual time", sim.now());
        assert!(spent <= ENTRIES_FOR_A_THOUSAND, "{spent} log entries");
        assert_balanced(&region, 9..=11);
        assert_addresses_are_given_once(&region);
        region.until("everybody knows everybody", 10, everybody_is_known).await;
        lose_and_find_a_machine(&mut region).await;
        cut_off_a_machine(&region).await;
        region.assert_forward();
    });
}

fn assert_balanced(region: &Region, per_node: std::ops::RangeInclusive<usize>) {
    let members = region.members();
    let zones = truth::counts(&members, |member| &member.zone);
    let (least, most) = (zones.values().min(), zones.values().max());
    assert!(zones.len() == 3 && most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{zones:?}");
    let nodes = truth::counts(&members, |member| &member.node);
    assert_eq!(nodes.len(), region.machines.len(), "every node has some");
    assert!(nodes.values().all(|count| per_node.contains(count)), "{nodes:?}");
    let at_home =
        |node: &str, zone: &str| region.machines.iter().any(|it| it.name == node && it.zone == zone);
    assert!(members.values().all(|member| at_home(&member.node, &member.zone)), "each stands in its zone");
}

/// Every machine has every member's interface: its own attached, the others as neighbours.
fn everybody_is_known(region: &Region) -> bool {
    let count = region.members().len();
    let networks = region.machines.iter().map(|machine| machine.hardware.network());
    networks.into_iter().all(|network| network.interfaces.len() + network.neighbors.len() == count)
}

fn assert_addresses_are_given_once(region: &Region) {
    let twice: Vec<_> =
        truth::addresses(&region.view()).into_iter().filter(|(_, count)| *count > 1).collect();
    assert_eq!(twice, []);
}

/// The power of one machine fails; its members are replaced elsewhere. When it is back it begins with what its ledger
/// holds and ends that as soon as it hears better.
async fn lose_and_find_a_machine(region: &mut Region) {
    let count = region.members().len();
    let name = region.machines[0].name.clone();
    let lost = on(region, &name);
    assert!(!lost.is_empty());
    region.machines[0].power_off();
    region.until("the lost members are replaced", 120, |region| replaced(region, &name, &lost, count)).await;
    region.machines[0].power_on();
    region.converged(count, 60).await;
    let back = region.machines[0].running().await;
    assert!(lost.iter().all(|id| !back.contains_key(id)), "the old copies are ended");
    assert_addresses_are_given_once(region);
}

/// The line of one machine is cut while its instances run on: they are replaced, and the old copies are ended when the
/// line is back.
async fn cut_off_a_machine(region: &Region) {
    let count = region.members().len();
    let machine = &region.machines[1];
    let lost = on(region, &machine.name);
    machine.cut_off(true);
    region
        .until("the members cut off are replaced", 120, |region| {
            replaced(region, &machine.name, &lost, count)
        })
        .await;
    let still: BTreeSet<String> = machine.running().await.into_keys().collect();
    assert_eq!(still, lost, "who is cut off goes on");
    machine.cut_off(false);
    region.converged(count, 60).await;
    assert!(machine.running().await.keys().all(|id| !lost.contains(id)), "the old copies are ended");
}

fn on(region: &Region, node: &str) -> BTreeSet<String> {
    region.members().into_iter().filter(|(_, member)| member.node == node).map(|(id, _)| id).collect()
}

fn replaced(region: &Region, node: &str, lost: &BTreeSet<String>, count: usize) -> bool {
    let members = region.members();
    members.len() == count && members.iter().all(|(id, member)| member.node != node && !lost.contains(id))
}

/// Three servers and a failover, a group that grows and shrinks; the trace and every record at the end.
fn story(seed: u64) -> (u64, u64) {
    let sim = Sim::new(seed);
    let records = sim.block_on(async {
        let region = Region::new(&sim, 3, 9).await;
        region.apply(named_fleet(30)).await;
        region.converged(30, 60).await;
        let (leader, _) = region.elected().await;
        region.servers.power_off(leader);
        region.elected().await;
        region.apply(named_fleet(21)).await;
        region.servers.start(leader).await;
        region.converged(21, 60).await;
        region.assert_forward();
        let (id, _) = region.elected().await;
        region.records(id).await
    });
    let mut digest = DefaultHasher::new();
    records.expect("the world goes on").hash(&mut digest);
    (sim.trace(), digest.finish())
}

#[test]
fn a_seed_replays_bit_for_bit() {
    let first = story(7);
    assert_eq!(first, story(7), "the same seed");
    let other = story(8);
    assert_ne!(first.0, other.0, "another seed makes another trace");
    assert_ne!(first.1, other.1, "and other records");
}

#[test]
fn a_settled_region_writes_nothing() {
    run("a_settled_region_writes_nothing", 3, |sim| async move {
        let region = Region::new(&sim, 1, 12).await;
        region.apply(named_fleet(60)).await;
        region.converged(60, 60).await;
        region.until("the name is filled", 30, name_is_filled).await;
        let before = region.newest_entry();
        // Two full sweeps. Nothing expires earlier: events are kept for an hour.
        region.sleep(Duration::from_secs(25 * 60)).await;
        assert_eq!(region.newest_entry() - before, 0, "{:?}", newest_keys(&region).await);
        region.assert_real().await;
    });
}

/// What the name server would answer with, and that the records call it done.
fn name_is_filled(region: &Region) -> bool {
    let view = region.view();
    region.name_server.values(NAME) == truth::member_addresses(&view) && truth::pending_changes(&view) == 0
}

/// For a failure: which records are there, by kind.
async fn newest_keys(region: &Region) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for (key, _) in region.records(region.servers.running()[0]).await {
        let kind = key.split('/').nth(2).unwrap_or_default().to_owned();
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

#[test]
fn three_servers_survive_the_leaders_death() {
    run_each("three_servers_survive_the_leaders_death", &[4, 5, 6], |sim| {
        Box::pin(async move {
            let region = Region::new(&sim, 3, 9).await;
            region.servers.network.set_weather(bad_weather());
            region.apply(named_fleet(30)).await;
            region.converged(30, 60).await;
            let starts = region.starts().await;
            let clients = ["anna", "ben", "cleo"].map(|name| region.client(name));
            let write = |(place, client)| write_vpcs(client, place, 20);
            let writing = futures::future::join_all(clients.iter().enumerate().map(write));
            let (written, ()) = futures::future::join(writing, kill_leaders(&region)).await;
            region
                .until("every agent has a session", 60, |region| {
                    region.leader().agents.connected().len() == 9
                })
                .await;
            region.converged(30, 60).await;
            region.until("the name is filled", 30, name_is_filled).await;
            assert_eq!(region.starts().await, starts, "no instance was touched");
            let acknowledged: BTreeMap<String, usize> =
                written.into_iter().flatten().map(|cidr| (cidr, 1)).collect();
            assert_eq!(acknowledged.len(), 60);
            for id in region.servers.running() {
                let found = own_vpcs(&region.read_at(id).await);
                assert_eq!(found, acknowledged, "server {id}: every acknowledged write once");
            }
            region.assert_forward();
        })
    });
}

/// Between the servers one message in fifty is lost, one in twenty comes twice, and they overtake each other.
fn bad_weather() -> Weather {
    Weather { loss_percent: 2, doubled_percent: 5, ..Weather::default() }
}

/// One VPC after another; what was acknowledged.
async fn write_vpcs(client: &tests::sim::client::Client, place: usize, count: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0..count {
        let cidr = own_block(place * 20 + number);
        let answer = client.ask(number, &create_vpc(&cidr, "")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.text("cidrBlock"), Some(cidr.as_str()), "{answer:?}");
        acknowledged.push(cidr);
    }
    acknowledged
}

/// A block no manifest uses.
fn own_block(number: usize) -> String {
    format!("10.{}.0.0/16", 100 + number)
}

/// The VPCs that clients made, by block.
fn own_vpcs(view: &View) -> BTreeMap<String, usize> {
    let mut found = truth::vpc_cidrs(view);
    found.retain(|cidr, _| cidr.starts_with("10.1"));
    found
}

fn create_vpc(cidr: &str, more: &str) -> Request {
    Request::ec2(&format!("Action=CreateVpc&CidrBlock={}{more}", cidr.replace('/', "%2F")))
}

/// Twice the power of the leader fails in the middle of the work; it comes back a while later.
async fn kill_leaders(region: &Region) {
    for _ in 0..2 {
        region.sleep(Duration::from_millis(40)).await;
        let (leader, _) = region.elected().await;
        region.servers.power_off(leader);
        region.elected().await;
        region.sleep(Duration::from_millis(500)).await;
        region.servers.start(leader).await;
    }
}

#[test]
fn no_answer_leaves_before_its_sync() {
    run("no_answer_leaves_before_its_sync", 9, |sim| async move {
        let region = Region::new(&sim, 3, 3).await;
        for id in region.servers.ids() {
            region.servers.log_disk(id).set_faults(slow(1, 40));
        }
        let client = region.client("dora");
        let mut acknowledged = BTreeMap::new();
        for number in 0..30 {
            let cidr = own_block(number);
            let token = format!("written-as-number-{number}.");
            let request = create_vpc(&cidr, &name_tag(&token));
            assert_eq!(client.ask(number, &request).await.status, 200);
            let disks = region
                .servers
                .ids()
                .into_iter()
                .filter(|id| is_synced(&region.servers.log_disk(*id), &token));
            let disks: Vec<NodeId> = disks.collect();
            assert!(disks.len() >= 2, "{token} was acknowledged while it was safe on {disks:?} only");
            acknowledged.insert(cidr, 1);
        }
        for id in region.servers.ids() {
            region.servers.power_off(id);
        }
        for id in region.servers.ids() {
            region.servers.start(id).await;
        }
        let (_, core) = region.elected().await;
        core.ready().await;
        assert_eq!(own_vpcs(&region.view()), acknowledged, "what was acknowledged outlives the power cut");
        no_answer_while_followers_hang(&region).await;
    });
}

/// The other direction: with the disks of both followers hanging, the leader's own sync is no answer.
async fn no_answer_while_followers_hang(region: &Region) {
    let (leader, _) = region.elected().await;
    for id in region.servers.ids().into_iter().filter(|id| *id != leader) {
        region.servers.log_disk(id).set_faults(slow(3_600_000, 3_600_001));
    }
    let token = "written-by-a-minority.";
    let request = create_vpc("10.240.0.0/16", &name_tag(token)).under("emil-1");
    let answer = region.client("emil").try_at(leader, &request).await;
    assert!(answer.is_none_or(|answer| answer.status >= 500), "acknowledged by a minority");
    assert!(is_synced(&region.servers.log_disk(leader), token), "the leader's own disk has it");
}

fn name_tag(value: &str) -> String {
    format!(
        "&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value={value}"
    )
}

/// Whether an entry that holds `text` would survive a power cut of this disk now.
fn is_synced(disk: &FaultyDisk, text: &str) -> bool {
    let mut keys = Vec::new();
    let note = &mut |key: &[u8], value: &[u8]| {
        if value.windows(text.len()).any(|part| part == text.as_bytes()) {
            keys.push(key.to_vec());
        }
        ControlFlow::Continue(())
    };
    disk.open().scan(&[], &[0xff], note).expect("the disk can be read");
    keys.iter().any(|key| disk.is_durable(key))
}

#[test]
fn a_restart_touches_no_instance() {
    run("a_restart_touches_no_instance", 11, |sim| async move {
        let mut region = Region::new(&sim, 1, 12).await;
        region.apply(fleet(60)).await;
        region.converged(60, 60).await;
        let starts = region.starts().await;
        let before = region.newest_entry();
        for _ in 0..3 {
            region.servers.power_off(1);
            region.sleep(Duration::from_secs(3)).await;
            region.servers.start(1).await;
            region.elected().await;
            region
                .until("every agent has a session", 60, |region| {
                    region.leader().agents.connected().len() == 12
                })
                .await;
            region.sleep(Duration::from_secs(30)).await;
            assert_eq!(region.starts().await, starts, "no process was started again");
        }
        for machine in &mut region.machines {
            machine.kill_agent();
            machine.start_agent();
        }
        region
            .until("every agent has a session", 60, |region| region.leader().agents.connected().len() == 12)
            .await;
        region.sleep(Duration::from_secs(30)).await;
        assert_eq!(region.starts().await, starts, "no process was started again");
        // A leadership begins with one entry of its own; nothing else is to be said.
        let spent = region.newest_entry() - before;
        assert!(spent <= 3 * 2, "{spent} log entries for three restarts of the server");
        // What the agents held before the restarts is what they go on from.
        region.apply(fleet(72)).await;
        region.converged(72, 60).await;
        let now = region.starts().await;
        assert!(starts.iter().all(|(id, start)| now.get(id) == Some(start)), "no process was started again");
        region.assert_forward();
    });
}
