//! What a group may answer, by the text of route53.md sections 9, 10 and 19.

use super::*;
use controlplane_proto::dns::Cidr;
use controlplane_proto::dns::geoproximity::Place as Given53;
use controlplane_proto::dns::record_set::Policy as Given;
use controlplane_types::dns::geography::{self, Coordinates};
use std::cmp::Ordering;

/// One answer a group may give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Possible {
    /// No records at all.
    Nothing,
    /// These records in any order.
    Exactly(Vec<Record>),
    /// So many of these records.
    Some(usize, BTreeSet<Record>),
}

impl Possible {
    pub(super) fn allows(&self, records: &[Record]) -> bool {
        let mut records = records.to_vec();
        records.sort();
        match self {
            Possible::Nothing => false,
            Possible::Exactly(lines) => *lines == records,
            Possible::Some(count, pool) => {
                let distinct: BTreeSet<Record> = records.iter().cloned().collect();
                records.len() == *count && distinct.len() == *count && distinct.is_subset(pool)
            }
        }
    }
}

/// Name and type of a group.
type Group = (Labels, String);

fn group_of(set: &RecordSet) -> Group {
    let key = set.key.as_ref().unwrap();
    (labels(&key.name), key.r#type.clone())
}

fn target_of(set: &RecordSet) -> Option<Group> {
    Some((labels(&set.alias.as_ref()?.name), group_of(set).1))
}

/// The first list with something in it.
fn first_filled(choices: Vec<Vec<&RecordSet>>) -> Vec<&RecordSet> {
    choices.into_iter().find(|choice| !choice.is_empty()).unwrap_or_default()
}

impl<'a> Model<'a> {
    /// Every answer these sets may give, aliases followed to their ends.
    pub(super) fn possible(&self, group: &[&RecordSet], owner: &str, kind: &str) -> BTreeSet<Possible> {
        let candidates = self.candidates(group);
        if group[0].policy == Some(crate::zone::tests::multivalue()) {
            let ttl = group.iter().map(|set| set.ttl).min().unwrap();
            let pool: BTreeSet<Record> = candidates
                .iter()
                .flat_map(|set| &set.values)
                .map(|value| line(owner, ttl, kind, value))
                .collect();
            return BTreeSet::from([Possible::Some(pool.len().min(8), pool)]);
        }
        if candidates.is_empty() {
            return BTreeSet::from([Possible::Nothing]);
        }
        candidates.iter().flat_map(|set| self.answers(set, owner, kind)).collect()
    }

    fn answers(&self, set: &RecordSet, owner: &str, kind: &str) -> BTreeSet<Possible> {
        let Some(target) = target_of(set) else {
            let mut lines: Vec<Record> =
                set.values.iter().map(|value| line(owner, set.ttl, kind, value)).collect();
            lines.sort();
            return BTreeSet::from([Possible::Exactly(lines)]);
        };
        let there = self.at(&target.0, &target.1);
        if there.is_empty() || self.reaches(&target, &group_of(set)) {
            return BTreeSet::from([Possible::Nothing]);
        }
        self.possible(&there, owner, kind)
    }

    /// Whether some way along aliases leads from one group to the other.
    fn reaches(&self, from: &Group, to: &Group) -> bool {
        let mut seen = BTreeSet::from([from.clone()]);
        let mut waiting = vec![from.clone()];
        while let Some(group) = waiting.pop() {
            if group == *to {
                return true;
            }
            let targets = self.at(&group.0, &group.1).into_iter().filter_map(target_of);
            waiting.extend(targets.filter(|target| seen.insert(target.clone())));
        }
        false
    }

    /// Section 9, 1 to 3.
    fn healthy(&self, set: &RecordSet) -> bool {
        let own = set.health_check_id.is_empty() || !self.unhealthy.contains(&set.health_check_id);
        let evaluated = set.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health);
        let target = target_of(set).filter(|_| evaluated);
        own && target.is_none_or(|target| {
            !self.reaches(&target, &group_of(set))
                && self.at(&target.0, &target.1).iter().any(|member| self.healthy(member))
        })
    }

    /// The sets of which one answers (all of them, for multivalue).
    fn candidates<'g>(&self, group: &[&'g RecordSet]) -> Vec<&'g RecordSet> {
        let healthy: Vec<&RecordSet> = group.iter().copied().filter(|set| self.healthy(set)).collect();
        let all = group.to_vec();
        match group[0].policy.as_ref().unwrap() {
            Given::Simple(_) => all,
            Given::Weighted(_) => weighted(&healthy, &all),
            Given::Failover(_) => {
                let role = |sets: &[&'g RecordSet], primary: bool| -> Vec<&'g RecordSet> {
                    sets.iter().copied().filter(|set| set.policy == Some(failover(primary))).collect()
                };
                first_filled(vec![role(&healthy, true), role(&healthy, false), role(&all, true), all])
            }
            Given::Multivalue(_) => first_filled(vec![healthy, all]),
            Given::Latency(_) => self.nearest_region(group, first_filled(vec![healthy, all])),
            Given::Geolocation(_) => self.smallest_area(&healthy, &all),
            Given::Geoproximity(_) => self.nearest_point(first_filled(vec![healthy, all])),
            Given::Cidr(_) => self.longest_block(&healthy, &all),
        }
    }

    fn said(&self) -> Option<&Said> {
        let holding = self.networks.iter().filter(|(network, _)| network.contains(&self.client.addr()));
        holding.max_by_key(|(network, _)| network.prefix_len()).map(|(_, said)| said)
    }

    fn country(&self) -> Option<&'static str> {
        self.said().map(|said| said.country).filter(|country| !country.is_empty())
    }

    /// Where the client is: what the file says, else the middle of the state or country.
    fn point(&self) -> Option<Coordinates> {
        let said = self.said()?;
        let exact =
            said.at.map(|(north, east)| ((north * 100.0).round() as i32, (east * 100.0).round() as i32));
        let state = geography::subdivision_of(said.subdivision).filter(|_| said.country == "US");
        let country = geography::country_of(said.country);
        exact
            .and_then(|(north, east)| Coordinates::new(north, east))
            .or(state.map(|state| state.middle))
            .or(country.map(|country| country.middle))
    }

    /// What the longest of these networks that holds the client says.
    fn costs<'r>(&self, rows: &'r LatencyRows) -> Option<&'r Vec<(&'static str, u16)>> {
        let holding = rows.iter().filter(|(network, _)| network.contains(&self.client.addr()));
        holding.max_by_key(|(network, _)| network.prefix_len()).map(|(_, costs)| costs)
    }

    /// Section 10, latency 4 and 5: what was measured, if it compares regions of the group; else what the operator says.
    fn known_costs(&self, group: &[&RecordSet]) -> Option<&Vec<(&'static str, u16)>> {
        let is_in_group = |region: &str| {
            group.iter().any(|set| matches!(&set.policy, Some(Given::Latency(own)) if own.region == region))
        };
        let measured = self.costs(&self.latencies.measured);
        let measured =
            measured.filter(|costs| costs.iter().filter(|(region, _)| is_in_group(region)).count() >= 2);
        measured.or_else(|| self.costs(&self.latencies.table))
    }

    fn nearest_region<'g>(&self, group: &[&RecordSet], candidates: Vec<&'g RecordSet>) -> Vec<&'g RecordSet> {
        let region = |set: &RecordSet| match &set.policy {
            Some(Given::Latency(latency)) => geography::region_number(&latency.region).unwrap(),
            _ => unreachable!(),
        };
        let chinas = |set: &RecordSet| geography::regions()[region(set)].name == "cn-north-1";
        if self.country() == Some("CN")
            && let Some(set) = candidates.iter().find(|set| chinas(set))
        {
            return vec![set];
        }
        let point = self.point();
        let known = self.known_costs(group);
        let distance = |set: &RecordSet| {
            let site = &geography::regions()[region(set)];
            match known {
                Some(costs) => {
                    costs.iter().find(|(name, _)| *name == site.name).map_or(u16::MAX, |(_, cost)| *cost)
                }
                None => point.map_or(0, |point| point.distance_km(site.at) as u16),
            }
        };
        candidates.into_iter().min_by_key(|set| (distance(set), region(set))).into_iter().collect()
    }

    fn smallest_area<'g>(&self, healthy: &[&'g RecordSet], all: &[&'g RecordSet]) -> Vec<&'g RecordSet> {
        let said = self.said().cloned().unwrap_or_default();
        let continent =
            geography::country_of(said.country).map_or(said.continent, |country| country.continent);
        let levels = [
            (!said.subdivision.is_empty()).then(|| format!("{}-{}", said.country, said.subdivision)),
            (!said.country.is_empty()).then(|| said.country.to_owned()),
            (!continent.is_empty()).then(|| continent.to_owned()),
            Some("*".to_owned()),
        ];
        let levels: Vec<Given> =
            levels.into_iter().flatten().map(|location| crate::zone::tests::geolocation(&location)).collect();
        let at = |sets: &[&'g RecordSet]| -> Vec<Vec<&'g RecordSet>> {
            let of = |level: &Given| {
                sets.iter().copied().filter(|set| set.policy.as_ref() == Some(level)).collect()
            };
            levels.iter().map(of).collect()
        };
        first_filled([at(healthy), at(all)].concat())
    }

    fn nearest_point<'g>(&self, candidates: Vec<&'g RecordSet>) -> Vec<&'g RecordSet> {
        let given = |set: &RecordSet| match &set.policy {
            Some(Given::Geoproximity(given)) => match &given.place {
                Some(Given53::Coordinates(point)) => {
                    (point.latitude_hundredths, point.longitude_hundredths, given.bias)
                }
                _ => unreachable!(),
            },
            _ => unreachable!(),
        };
        let point = self.point();
        let distance = |set: &RecordSet| {
            let (north, east, bias) = given(set);
            let from = Coordinates::new(north, east).unwrap();
            point.map_or(-f64::from(bias), |point| point.distance_km(from) * (1.0 - f64::from(bias) / 100.0))
        };
        let by_distance = |a: &&RecordSet, b: &&RecordSet| match distance(a) - distance(b) {
            near if near.abs() < 1e-6 => Ordering::Equal,
            far => far.total_cmp(&0.0),
        };
        let nearest = candidates.iter().copied().min_by(by_distance);
        candidates
            .into_iter()
            .filter(|set| Some(by_distance(set, &nearest.unwrap())) == Some(Ordering::Equal))
            .collect()
    }

    fn longest_block<'g>(&self, healthy: &[&'g RecordSet], all: &[&'g RecordSet]) -> Vec<&'g RecordSet> {
        let Some(Given::Cidr(Cidr { collection_id, .. })) = &all[0].policy else { unreachable!() };
        let collection = self.collections.iter().find(|collection| collection.id == *collection_id);
        let locations = collection.into_iter().flat_map(|collection| &collection.locations);
        let blocks =
            locations.flat_map(|location| location.blocks.iter().map(|block| (block, &location.name)));
        let holding = blocks
            .map(|(block, name)| (block.parse::<IpNet>().unwrap(), name))
            .filter(|(block, _)| block.contains(&self.client));
        let location = holding.max_by_key(|(block, _)| block.prefix_len()).map(|(_, name)| name.as_str());
        let at = |sets: &[&'g RecordSet], location: Option<&str>| -> Vec<&'g RecordSet> {
            let wanted = location.map(|location| crate::zone::tests::cidr(collection_id, location));
            sets.iter().copied().filter(|set| wanted.is_some() && set.policy == wanted).collect()
        };
        let everywhere = Some("*");
        first_filled(vec![
            at(healthy, location),
            at(healthy, everywhere),
            at(all, location),
            at(all, everywhere),
        ])
    }
}

fn weighted<'g>(healthy: &[&'g RecordSet], all: &[&'g RecordSet]) -> Vec<&'g RecordSet> {
    let with_weight = |sets: &[&'g RecordSet], wanted: bool| -> Vec<&'g RecordSet> {
        let has =
            |set: &RecordSet| matches!(set.policy, Some(Given::Weighted(ref given)) if given.weight > 0);
        sets.iter().copied().filter(|set| has(set) == wanted).collect()
    };
    first_filled(vec![
        with_weight(healthy, true),
        with_weight(healthy, false),
        with_weight(all, true),
        all.to_vec(),
    ])
}

fn line(owner: &str, ttl: u32, kind: &str, value: &str) -> Record {
    let record_kind = RecordType::parse(kind).unwrap();
    let wire = rdata::parse_as(record_kind, value).unwrap();
    Record {
        owner: owner.to_owned(),
        ttl,
        kind: kind.to_owned(),
        data: rdata::format(record_kind, &wire).unwrap(),
    }
}
