//! A second, slow and obvious implementation of the rules, which judges replies over random zones, states of health
//! and clients.
//!
//! It works on texts and lists straight from the feed's messages and shares nothing with the engine but the parser
//! of values and the formula of great circles. It does not predict a reply (choices are random) but says whether a
//! reply is among the right ones: here where a name leads, in [`choose`] what a group may answer, in [`zones`] the
//! worlds it is tried on.

mod choose;
pub(super) mod zones;

use super::decode::Record;
use super::*;
use crate::location::LatencyTable;
use crate::location::geo_db_tests::{Said, geography};
use crate::zone::tests::{delta, failover, member, set, snapshot, whole};
use choose::Possible;
use controlplane_proto::dns::{CidrCollection, RecordSet};
use controlplane_types::dns::{Name, rdata};
use proptest::prelude::*;
use zones::{Question, any_latencies, any_question, any_surroundings, any_unhealthy, any_zone};

struct Model<'a> {
    sets: &'a [RecordSet],
    collections: &'a [CidrCollection],
    unhealthy: &'a BTreeSet<String>,
    networks: &'a [(IpNet, Said)],
    latencies: &'a Latencies,
    /// Whose location counts.
    client: IpNet,
}

/// Costs of regions by network.
type LatencyRows = Vec<(IpNet, Vec<(&'static str, u16)>)>;

/// What is known of latencies beside places.
#[derive(Clone, Debug, Default)]
struct Latencies {
    measured: LatencyRows,
    /// The operator's.
    table: LatencyRows,
}

impl Latencies {
    /// The engine's own form.
    fn known_to(&self, geography: Geography) -> Geography {
        let table = |rows: &LatencyRows| {
            let line = |(network, costs): &(IpNet, Vec<(&str, u16)>)| {
                let costs = costs.iter().map(|(region, cost)| format!(" {region}={cost}"));
                format!("{network}{}\n", costs.collect::<String>())
            };
            LatencyTable::parse(&rows.iter().map(line).collect::<String>()).unwrap()
        };
        geography.believing(table(&self.table)).measured(Some(table(&self.measured)))
    }
}

/// Labels, leftmost first.
type Labels = Vec<Vec<u8>>;

fn labels(text: &str) -> Labels {
    Name::parse(text).unwrap().labels().map(<[u8]>::to_vec).collect()
}

fn text(labels: &Labels) -> String {
    let wire: Vec<u8> =
        labels.iter().flat_map(|label| [&[label.len() as u8], label.as_slice()].concat()).collect();
    name::format(&[wire, vec![0]].concat())
}

impl<'a> Model<'a> {
    fn at(&self, name: &Labels, kind: &str) -> Vec<&'a RecordSet> {
        let here = |set: &&RecordSet| {
            let key = set.key.as_ref().unwrap();
            labels(&key.name) == *name && key.r#type == kind
        };
        self.sets.iter().filter(here).collect()
    }

    fn exists(&self, name: &Labels) -> bool {
        self.sets.iter().any(|set| labels(&set.key.as_ref().unwrap().name).ends_with(name))
    }

    /// The delegation that takes `name` away from the zone.
    fn cut(&self, name: &Labels, kind: &str) -> Option<Labels> {
        let depths = (0..name.len().saturating_sub(2)).rev();
        let topmost = depths
            .map(|skip| name[skip..].to_vec())
            .find(|above| above[0] != b"*" && !self.at(above, "NS").is_empty())?;
        (topmost != *name || kind != "DS").then_some(topmost)
    }

    /// The name whose sets answer for `name`.
    fn source(&self, name: &Labels) -> Option<Labels> {
        if self.exists(name) {
            return Some(name.clone());
        }
        let encloser = (1..name.len()).map(|skip| name[skip..].to_vec()).find(|above| self.exists(above))?;
        let star = [vec![b"*".to_vec()], encloser].concat();
        self.exists(&star).then_some(star)
    }

    /// What is wrong with a reply, if anything.
    fn judge(&self, asked: &str, kind: &str, reply: &Reply) -> Result<(), String> {
        let no_data = |reply: &Reply| reply.rcode == 0 && has_soa(reply);
        let mut name = labels(asked);
        let mut owner = asked.to_owned();
        let mut rest = reply.answer.as_slice();
        let mut seen = BTreeSet::new();
        loop {
            if let Some(cut) = self.cut(&name, kind) {
                let servers = self.at(&cut, "NS");
                let aa = !seen.is_empty();
                let ok = rest.is_empty() && reply.rcode == 0 && reply.aa == aa;
                let cut_text = text(&cut);
                let ok = ok
                    && reply.authority.iter().all(|record| record.owner == cut_text && record.kind == "NS");
                let possible = self.possible(&servers, &cut_text, "NS");
                return check(ok && allows(&possible, &reply.authority), "referral");
            }
            check(reply.aa, "AA")?;
            let Some(source) = self.source(&name) else {
                return check(rest.is_empty() && reply.rcode == 3 && has_soa(reply), "NXDOMAIN");
            };
            let exists = reply.rcode == 0;
            let group = self.at(&source, kind);
            if !group.is_empty() {
                let possible = self.possible(&group, &owner, kind);
                let nothing = rest.is_empty() && no_data(reply) && possible.contains(&Possible::Nothing);
                let ok = exists && reply.authority.is_empty() && allows(&possible, rest);
                return check(ok || nothing, "answer");
            }
            let aliases = self.at(&source, "CNAME");
            if aliases.is_empty() {
                return check(exists && rest.is_empty() && has_soa(reply), "NODATA");
            }
            if !seen.insert(name.clone()) {
                return check(exists && rest.is_empty() && reply.authority.is_empty(), "loop");
            }
            let possible = self.possible(&aliases, &owner, "CNAME");
            if rest.is_empty() && possible.contains(&Possible::Nothing) {
                return check(no_data(reply), "CNAME group without an answer");
            }
            let (alias, after) = rest.split_first().ok_or("a CNAME is missing")?;
            check(allows(&possible, std::slice::from_ref(alias)), "CNAME")?;
            rest = after;
            owner = alias.data.clone();
            name = labels(&owner);
            if !name.ends_with(&labels("example.com")) {
                return check(
                    exists && rest.is_empty() && reply.authority.is_empty(),
                    "a chain that leaves the zone",
                );
            }
        }
    }
}

/// Whether the records are one of the possible answers.
fn allows(possible: &BTreeSet<Possible>, records: &[Record]) -> bool {
    possible.iter().any(|possible| possible.allows(records))
}

fn check(ok: bool, what: &str) -> Result<(), String> {
    if ok { Ok(()) } else { Err(format!("not right as {what}")) }
}

fn has_soa(reply: &Reply) -> bool {
    reply.authority.len() == 1
        && reply.authority[0].kind == "SOA"
        && reply.authority[0].owner.ends_with("example.com.")
}

/// What the reply to each question says is right, and so is what it says about whom else it is right for.
fn judge_all(
    world: &mut World,
    (networks, latencies): (&[(IpNet, Said)], &Latencies),
    questions: &[Question],
) -> Result<(), TestCaseError> {
    let message = whole(&world.store);
    let unhealthy = world.unhealthy.clone();
    let model = |client: IpNet| Model {
        sets: &message.record_sets,
        collections: &message.cidr_collections,
        unhealthy: &unhealthy,
        networks,
        latencies,
        client,
    };
    for Question { name, kind, peer, subnet, neighbour } in questions {
        let query = Query::new(name, kind);
        let query = subnet.map_or_else(|| query.clone().edns(4096), |subnet| query.clone().network(subnet));
        let octets = world.send_from(&query.packet(), Transport::Tcp, *peer);
        hickory_proto::op::Message::from_vec(&octets)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reply = Reply::read(&octets);
        let fault = |what: &str, fault: String| {
            TestCaseError::fail(format!("{name} {kind} {subnet:?} {peer}{what}: {fault}\n{reply:#?}"))
        };
        let client = subnet.filter(|subnet| subnet.prefix_len() > 0).unwrap_or(IpNet::from(*peer));
        model(client).judge(name, kind, &reply).map_err(|text| fault("", text))?;
        let scope = reply.scope(*subnet).map_err(|text| fault("", text))?;
        // Who does not want to be located gets the sender's answer, which is said to hold for nobody else.
        let Some(scope) = scope.filter(|_| subnet.is_some_and(|subnet| subnet.prefix_len() > 0)) else {
            continue;
        };
        // Anybody whose address begins with as many of the same octets gets an answer that is right for them.
        let keep = u32::MAX.checked_shl(32 - u32::from(scope)).unwrap_or(0);
        if let (IpAddr::V4(address), true) = (client.addr(), client.prefix_len() >= scope) {
            let mixed = address.to_bits() & keep | neighbour & !keep;
            let other = IpNet::from(IpAddr::from(Ipv4Addr::from_bits(mixed)));
            model(other).judge(name, kind, &reply).map_err(|text| fault(&format!(", for {other}"), text))?;
        }
    }
    Ok(())
}

/// The difference between two zones, as a delta.
fn difference(from: &[RecordSet], to: &[RecordSet]) -> FeedMessage {
    let mut message = delta(1, 2);
    message.record_sets = to.iter().filter(|set| !from.contains(set)).cloned().collect();
    let kept = |old: &&RecordSet| !to.iter().any(|set| set.key == old.key);
    message.removed_record_sets = from.iter().filter(kept).filter_map(|set| set.key.clone()).collect();
    message
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_reply_is_one_the_model_allows(
        sets in any_zone(),
        surroundings in any_surroundings(),
        latencies in any_latencies(),
        unhealthy in any_unhealthy(),
        questions in prop::collection::vec(any_question(), 1..30),
    ) {
        let (networks, collections) = surroundings;
        let message = FeedMessage { cidr_collections: collections, ..snapshot(1, sets) };
        let geography = latencies.known_to(geography(&networks));
        let mut world = World::placed(&message, &unhealthy, geography);
        judge_all(&mut world, (&networks, &latencies), &questions)?;
    }

    #[test]
    fn a_delta_leads_to_what_a_snapshot_would(
        before in any_zone(),
        after in any_zone(),
        surroundings in (any_surroundings(), any_surroundings()),
        latencies in any_latencies(),
        unhealthy in (any_unhealthy(), any_unhealthy()),
        questions in prop::collection::vec(any_question(), 1..30),
    ) {
        let ((_, old_collections), (networks, collections)) = surroundings;
        let first = FeedMessage { cidr_collections: old_collections, ..snapshot(1, before.clone()) };
        let mut world = World::placed(&first, &unhealthy.0, latencies.known_to(geography(&networks)));
        world.apply(&FeedMessage { cidr_collections: collections.clone(), ..difference(&before, &after) });
        let second = FeedMessage { cidr_collections: collections, ..snapshot(2, after) };
        let by_snapshot = World::new(&second, &[]);
        prop_assert_eq!(whole(&world.store), whole(&by_snapshot.store));
        judge_all(&mut world, (&networks, &latencies), &questions)?;
        // Health moves without a publication, and up through every tree.
        world.unhealthy = unhealthy.1.iter().map(|check| (*check).to_owned()).collect();
        for check in ["h1", "h2", "h3"] {
            world.compiler.slots().write(check, !world.unhealthy.contains(check));
        }
        judge_all(&mut world, (&networks, &latencies), &questions)?;
        // What was measured comes and goes without a change of zones.
        world.compiler.set_measured(None);
        world.apply(&delta(2, 3));
        let latencies = Latencies { measured: vec![], ..latencies };
        judge_all(&mut world, (&networks, &latencies), &questions)?;
    }
}

#[test]
fn the_model_refuses_wrong_replies() {
    let sets = vec![
        set("a.example.com.", "A", 60, &["192.0.2.1"]),
        member(set("f.example.com.", "A", 60, &["192.0.2.2"]), "p", failover(true), "h1"),
        member(set("f.example.com.", "A", 60, &["192.0.2.3"]), "s", failover(false), ""),
    ];
    let mut world = World::new(&snapshot(1, sets), &[]);
    let message = whole(&world.store);
    let unhealthy = BTreeSet::from(["h1".to_owned()]);
    let client = IpNet::from(NOBODY);
    let model = Model {
        sets: &message.record_sets,
        collections: &[],
        unhealthy: &unhealthy,
        networks: &[],
        latencies: &Latencies::default(),
        client,
    };
    assert!(
        model.judge("f.example.com.", "A", &world.ask("f.example.com.", "A")).is_err(),
        "the primary is down"
    );
    let mut reply = world.ask("a.example.com.", "A");
    model.judge("a.example.com.", "A", &reply).unwrap();
    reply.answer[0].ttl = 61;
    assert!(model.judge("a.example.com.", "A", &reply).is_err(), "the TTL is wrong");
    assert!(model.judge("b.example.com.", "A", &reply).is_err(), "the name does not exist");
}
