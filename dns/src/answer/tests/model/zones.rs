//! Random worlds: zones that Route 53 would accept (but for aliases in circles), networks, blocks, and who asks.

use super::*;
use crate::location::geo_db_tests::said;
use crate::zone::tests::{alias, cidr, collection, geolocation, geoproximity, latency, multivalue, weighted};
use controlplane_proto::dns::record_set::Policy as Given;
use prop::sample::{Index, select};

/// Who asks what, for whom.
#[derive(Debug)]
pub(in crate::answer::tests) struct Question {
    pub(in crate::answer::tests) name: String,
    pub(in crate::answer::tests) kind: &'static str,
    pub(in crate::answer::tests) peer: IpAddr,
    pub(in crate::answer::tests) subnet: Option<IpNet>,
    /// Bits of another client.
    pub(in crate::answer::tests) neighbour: u32,
}

const KINDS: &[&str] = &["A", "A", "A", "TXT", "MX", "CNAME", "NS", "DS"];
const CHECKS: &[&str] = &["", "h1", "h2", "h3"];
const REGIONS: &[&str] =
    &["us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "cn-north-1", "sa-east-1"];
const LOCATIONS: &[&str] = &["US-CA", "US-NY", "US", "CA", "DE", "CN", "TR", "QQ", "NA", "EU", "AS", "*"];
const POINTS: &[(i32, i32)] =
    &[(5252, 1341), (4071, -7401), (3568, 13969), (0, 17950), (0, -17950), (-3387, 15121)];
const BLOCK_LOCATIONS: &[&str] = &["l1", "l2", "l3", "*"];

/// Names of up to three labels below the zone, from a small alphabet so that they meet.
fn any_name() -> impl Strategy<Value = String> {
    let label = select(vec!["a", "b", "c", "\\052"]);
    prop::collection::vec(label, 0..4).prop_map(|labels| {
        labels.iter().map(|label| format!("{label}.")).collect::<String>() + "example.com."
    })
}

fn any_value(kind: &'static str) -> BoxedStrategy<String> {
    match kind {
        "A" => any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()).boxed(),
        "TXT" => "[a-z]{1,9}".prop_map(|text| format!("\"{text}\"")).boxed(),
        "MX" => any_name().prop_map(|name| format!("10 {name}")).boxed(),
        "DS" => "[0-9a-f]{64}".prop_map(|digest| format!("1 13 2 {digest}")).boxed(),
        _ => prop_oneof![4 => any_name(), 1 => Just("www.example.net.".to_owned())].boxed(),
    }
}

/// Policies of a group's members, no two of which the API would refuse beside each other.
fn any_policies() -> impl Strategy<Value = Vec<Given>> {
    let some = |all: Vec<Given>| {
        let most = all.len();
        prop::sample::subsequence(all, 1..=most).prop_shuffle()
    };
    let point =
        (select(POINTS), -99..=99i32).prop_map(|((north, east), bias)| geoproximity(north, east, bias));
    prop_oneof![
        prop::collection::vec((0..4u32).prop_map(|weight| weighted(weight * 60)), 1..12),
        some(vec![failover(true), failover(false)]),
        prop::collection::vec(Just(multivalue()), 1..12),
        some(REGIONS.iter().map(|region| latency(region)).collect()),
        some(LOCATIONS.iter().map(|location| geolocation(location)).collect()),
        prop::collection::vec(point, 1..6),
        some(BLOCK_LOCATIONS.iter().map(|location| cidr("c1", location)).collect()),
    ]
}

/// What one member holds: values, TTL, check, and whether and whither it is an alias.
type Holding = (BTreeSet<String>, u32, &'static str, Option<(Index, bool)>);

fn any_holding(kind: &'static str) -> impl Strategy<Value = Holding> {
    let target = (any::<Index>(), any::<bool>());
    let alias = match kind {
        "NS" | "DS" => Just(None).boxed(),
        _ => prop::option::weighted(0.35, target).boxed(),
    };
    (prop::collection::btree_set(any_value(kind), 1..4), 0..300u32, select(CHECKS), alias)
}

/// The sets of one name and type, and to which other group each is an alias.
type Draft = (String, &'static str, Vec<(Option<Given>, Holding)>);

fn any_draft() -> impl Strategy<Value = Draft> {
    let kind = select(vec!["A", "A", "A", "A", "A", "TXT", "MX", "CNAME", "CNAME", "NS", "DS"]);
    let policies = prop_oneof![1 => Just(vec![]), 4 => any_policies()];
    (any_name(), kind, policies).prop_flat_map(|(name, kind, policies)| {
        let multivalue_cname = kind == "CNAME" && policies.first() == Some(&multivalue());
        let simple = matches!(kind, "NS" | "DS") || multivalue_cname || policies.is_empty();
        let policies: Vec<Option<Given>> =
            if simple { vec![None] } else { policies.into_iter().map(Some).collect() };
        let holdings = prop::collection::vec(any_holding(kind), policies.len());
        holdings.prop_map(move |holdings| {
            (name.clone(), kind, policies.clone().into_iter().zip(holdings).collect())
        })
    })
}

/// The draft's sets. Values occur once in a group, so that a reply says which set gave it; those of a multivalue group may be
/// the one's before.
fn sets_of((name, kind, members): &Draft, names: &[String]) -> Vec<RecordSet> {
    let mut used = BTreeSet::new();
    let mut before: Option<String> = None;
    let one = |(number, (policy, (values, ttl, check, target))): (usize, &(Option<Given>, Holding))| {
        let most = if *kind == "CNAME" || *policy == Some(multivalue()) { 1 } else { 4 };
        let mut values: Vec<&str> = values
            .iter()
            .map(String::as_str)
            .filter(|value| used.insert((*value).to_owned()))
            .take(most)
            .collect();
        let again = before.take().filter(|_| *policy == Some(multivalue()) && ttl % 3 == 0);
        if let Some(value) = &again {
            values = vec![value];
        }
        before = values.first().map(|value| (*value).to_owned());
        let target = target.as_ref().filter(|_| *policy != Some(multivalue()) && !names.is_empty());
        let set = match target {
            Some((target, evaluated)) => alias(name, kind, &names[target.index(names.len())], *evaluated),
            None => set(name, kind, *ttl, &values),
        };
        match policy {
            None => member(set, "", Given::Simple(Default::default()), check),
            Some(policy) => member(set, &format!("s{number}"), policy.clone(), check),
        }
    };
    let sets = members.iter().enumerate().map(one);
    sets.filter(|set| set.alias.is_some() || !set.values.is_empty()).collect()
}

/// Sets of a zone: one group per name and type, CNAME alone and not at the apex.
pub(in crate::answer::tests) fn any_zone() -> impl Strategy<Value = Vec<RecordSet>> {
    prop::collection::vec(any_draft(), 0..16).prop_map(|drafts| {
        let mut taken: Vec<Draft> = vec![];
        for draft in drafts {
            let (name, kind, _) = &draft;
            let clash = taken.iter().any(|(other, held, _)| {
                other == name && (held == kind || *held == "CNAME" || *kind == "CNAME")
            });
            let at_apex = name == "example.com." && matches!(*kind, "CNAME" | "NS" | "DS");
            if !clash && !at_apex {
                taken.push(draft);
            }
        }
        let names_with = |kind: &str| -> Vec<String> {
            taken.iter().filter(|(_, held, _)| *held == kind).map(|(name, ..)| name.clone()).collect()
        };
        taken.iter().flat_map(|draft| sets_of(draft, &names_with(draft.1))).collect()
    })
}

pub(in crate::answer::tests) fn any_unhealthy() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["h1", "h2", "h3"], 0..=3)
}

/// An address with few bits set, so that networks meet.
fn any_bits() -> impl Strategy<Value = u32> {
    prop::collection::vec(8..24u8, 0..4)
        .prop_map(|bits| bits.into_iter().fold(10 << 24, |all, bit| all | 1 << bit))
}

fn any_network(shortest: u8) -> impl Strategy<Value = IpNet> {
    (any_bits(), shortest..=24)
        .prop_map(|(bits, len)| IpNet::new(Ipv4Addr::from_bits(bits).into(), len).unwrap().trunc())
}

fn any_said() -> impl Strategy<Value = Said> {
    let berlin = Said { at: Some((52.52, 13.405)), ..said("EU", "DE", "BE") };
    let tonga = Said { at: Some((-21.13, -175.2)), ..said("OC", "TO", "") };
    select(vec![
        said("NA", "US", "CA"),
        said("NA", "US", "NY"),
        said("NA", "US", ""),
        said("NA", "CA", ""),
        said("EU", "DE", ""),
        said("AS", "CN", ""),
        said("AS", "TR", ""),
        said("AS", "QQ", ""),
        said("EU", "", ""),
        said("", "", ""),
        berlin,
        tonga,
    ])
}

/// Networks with places, and the collection.
pub(in crate::answer::tests) fn any_surroundings()
-> impl Strategy<Value = (Vec<(IpNet, Said)>, Vec<CidrCollection>)> {
    let distinct = |networks: Vec<(IpNet, Said)>| {
        let mut seen = BTreeSet::new();
        networks.into_iter().filter(|(network, _)| seen.insert(*network)).collect()
    };
    let networks = prop::collection::vec((any_network(1), any_said()), 0..14).prop_map(distinct);
    let blocks = prop::collection::btree_map(any_network(1), 0..3usize, 0..10).prop_map(|blocks| {
        let of = |wanted: usize| -> Vec<String> {
            blocks
                .iter()
                .filter(|(_, location)| **location == wanted)
                .map(|(block, _)| block.to_string())
                .collect()
        };
        let blocks = [of(0), of(1), of(2)];
        let blocks = blocks.each_ref().map(|blocks| blocks.iter().map(String::as_str).collect::<Vec<&str>>());
        vec![collection("c1", &[("l1", &blocks[0]), ("l2", &blocks[1]), ("l3", &blocks[2])])]
    });
    (networks, blocks)
}

/// Networks with costs of some regions, equal ones among them: the operator's, and those that were measured.
pub(super) fn any_latencies() -> impl Strategy<Value = Latencies> {
    let costs = prop::sample::subsequence(REGIONS.to_vec(), 1..=REGIONS.len()).prop_flat_map(|regions| {
        let costs = prop::collection::vec(0..4u16, regions.len());
        costs.prop_map(move |costs| regions.iter().copied().zip(costs).collect::<Vec<_>>())
    });
    let rows = || {
        prop::collection::btree_map(any_network(8), costs.clone(), 0..8)
            .prop_map(|rows| rows.into_iter().collect::<LatencyRows>())
    };
    (rows(), rows()).prop_map(|(measured, table)| Latencies { measured, table })
}

pub(in crate::answer::tests) fn any_question() -> impl Strategy<Value = Question> {
    let subnet = prop::option::of((any_bits(), 0..=32u8)).prop_map(|subnet| {
        subnet.map(|(bits, len)| IpNet::new(Ipv4Addr::from_bits(bits).into(), len).unwrap().trunc())
    });
    let neighbour = prop_oneof![any_bits(), any::<u32>()];
    (any_name(), select(KINDS), any_bits(), subnet, neighbour).prop_map(
        |(name, kind, peer, subnet, neighbour)| Question {
            name,
            kind,
            peer: Ipv4Addr::from_bits(peer).into(),
            subnet,
            neighbour,
        },
    )
}
