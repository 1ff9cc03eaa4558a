//! What a set's place in its zone allows, and what the zone as a whole has to hold.

use super::wire::{NOT_IN_ZONE, alias_problem};
use super::{Policy, RecordSet};
use crate::{CidrCollection, HostedZone};
use controlplane_services_kernel::Reader;
use controlplane_services_kernel::quota::RECORDS_PER_ZONE;
use controlplane_types::dns::Name;

/// What is wrong with a set's place in its zone.
pub(super) fn problem_with_place(set: &RecordSet, zone: &HostedZone, reader: &Reader) -> Vec<String> {
    let (Ok(name), Ok(apex)) = (Name::parse(&set.name), Name::parse(&zone.name)) else { return Vec::new() };
    let mut problems = Vec::new();
    if !name.is_within(&apex) {
        problems.push(format!("RRSet with DNS name {} is not permitted in zone {}", set.name, zone.name));
    }
    let (at_apex, kind) = (name == apex, set.kind.as_str());
    match kind {
        "CNAME" if at_apex => problems.push(format!(
            "RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}",
            set.name, zone.name
        )),
        "SOA" if !at_apex => problems
            .push(format!("RRSet of type SOA with DNS name {} is only permitted at the apex", set.name)),
        "DS" if at_apex => {
            problems.push(format!("RRSet of type DS with DNS name {} is not permitted at the apex", set.name))
        }
        "NS" if name.is_wildcard() => {
            problems.push(format!("RRSet of type NS with DNS name {} cannot be a wildcard", set.name))
        }
        _ => {}
    }
    if let Some(alias) = &set.content.alias
        && !Name::parse(&alias.name).is_ok_and(|target| target.is_within(&apex))
    {
        problems.push(alias_problem(&alias.name, kind, &set.zone_id, NOT_IN_ZONE));
    }
    problems.extend(problem_with_collection(set, reader));
    if zone.is_private() {
        problems.extend(problems_in_private(set, at_apex));
    }
    problems
}

/// What a resolver inside a VPC has no use for: whoever asks there is no client of a network to route by, nobody is
/// referred to other servers, and what health checks find does not reach the resolvers yet.
fn problems_in_private(set: &RecordSet, at_apex: bool) -> impl Iterator<Item = String> {
    let found = [
        (matches!(set.policy, Policy::Cidr { .. }), "IP-based routing is"),
        (set.kind == "NS" && !at_apex, "delegations (NS below the zone's name) are"),
        (set.health_check_id.is_some(), "health checks (HealthCheckId) are"),
    ];
    let refused = found.into_iter().filter(|(found, _)| *found).map(|(_, what)| what);
    let (kind, name) = (set.kind.clone(), set.name.clone());
    refused.map(move |what| {
        format!("RRSet of type {kind} with DNS name {name} is not permitted: {what} not served in private hosted zones")
    })
}

/// The collection and the location that an IP-based set routes by have to be there.
fn problem_with_collection(set: &RecordSet, reader: &Reader) -> Option<String> {
    let Policy::Cidr { collection_id, location } = &set.policy else { return None };
    let Some(collection) = reader.get::<CidrCollection>(collection_id) else {
        return Some(format!("The CIDR collection {collection_id} does not exist"));
    };
    let known = location == "*" || collection.locations.contains_key(location);
    (!known).then(|| format!("The CIDR collection {collection_id} has no location {location}"))
}

/// What is wrong with the zone as a whole after a batch.
pub(super) fn problem_with_zone(zone_id: &str, zone: &HostedZone, reader: &Reader) -> Vec<String> {
    let mut problems = Vec::new();
    let apex: Vec<_> = Name::parse(&zone.name)
        .map(|name| RecordSet::of_name(zone_id, &name, reader).collect())
        .unwrap_or_default();
    let apex = |kind: &str| apex.iter().any(|set| set.kind == kind);
    if !apex("SOA") {
        problems.push("A HostedZone must contain exactly one SOA record.".to_owned());
    }
    if !apex("NS") {
        problems.push("A HostedZone must contain at least one NS record for the zone itself.".to_owned());
    }
    let most = RECORDS_PER_ZONE.limit(reader);
    if HostedZone::record_set_count(zone_id, reader) > most {
        problems.push(format!("This operation can't be completed: {most} record sets is the limit."));
    }
    problems
}
