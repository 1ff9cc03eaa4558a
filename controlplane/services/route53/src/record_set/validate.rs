//! What may stand in a zone: values by type, and which sets may stand beside which.

use super::{Policy, RecordSet};
use crate::{HealthCheck, HostedZone};
use controlplane_services_kernel::Reader;
use controlplane_types::dns::{Name, RecordType, rdata};
use std::collections::BTreeSet;

const VALUES_PER_SET: usize = 400;
const MEMBERS_PER_GROUP: usize = 100;
const SETS_PER_ZONE: usize = 10_000;

/// What is wrong with a set's type and values, each by itself.
pub(super) fn problem_with_values(set: &RecordSet) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(kind) = RecordType::parse(&set.kind) else {
        return vec![format!("Invalid Resource Record: type {} is not supported", set.kind)];
    };
    for value in &set.content.values {
        if let Err(error) = rdata::parse_as(kind, value) {
            problems.push(format!("Invalid Resource Record: '{}'", error.problem(value)));
        }
    }
    let mut seen = BTreeSet::new();
    for value in &set.content.values {
        if !seen.insert(rdata::parse_as(kind, value).unwrap_or_else(|_| value.as_bytes().to_vec())) {
            problems.push(format!("Duplicate Resource Record: '{value}'"));
        }
    }
    if set.content.values.len() > VALUES_PER_SET {
        problems.push(format!("Cannot have more than {VALUES_PER_SET} records in a RRSet."));
    }
    if matches!(kind, RecordType::Cname | RecordType::Soa) && set.content.values.len() > 1 {
        problems
            .push(format!("The RRSet with name {}, type {} can have only one value.", set.name, set.kind));
    }
    if !policy_allowed(kind, &set.policy) {
        problems.push(format!(
            "RRSet with DNS name {}, type {} cannot be created with {} routing.",
            set.name,
            set.kind,
            set.policy.word()
        ));
    }
    problems
}

fn policy_allowed(kind: RecordType, policy: &Policy) -> bool {
    match policy {
        Policy::Simple => true,
        Policy::Multivalue => {
            !matches!(kind, RecordType::Ns | RecordType::Soa | RecordType::Ds | RecordType::Cname)
        }
        _ => !matches!(kind, RecordType::Ns | RecordType::Soa | RecordType::Ds),
    }
}

/// What is wrong with a set's place in its zone.
pub(super) fn problem_with_place(set: &RecordSet, zone: &HostedZone, reader: &Reader) -> Vec<String> {
    let mut problems = Vec::new();
    let (Ok(name), Ok(apex)) = (Name::parse(&set.name), Name::parse(&zone.name)) else { return problems };
    if !name.is_within(&apex) {
        problems.push(format!("RRSet with DNS name {} is not permitted in zone {}", set.name, zone.name));
    }
    if set.kind == "CNAME" && name == apex {
        problems.push(format!(
            "RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}",
            set.name, zone.name
        ));
    }
    if set.kind == "SOA" && name != apex {
        problems.push(format!("RRSet of type SOA with DNS name {} is only permitted at the apex", set.name));
    }
    if set.kind == "DS" && name == apex {
        problems.push(format!("RRSet of type DS with DNS name {} is not permitted at the apex", set.name));
    }
    if set.kind == "NS" && name.is_wildcard() {
        problems.push(format!("RRSet of type NS with DNS name {} cannot be a wildcard", set.name));
    }
    if let Some(check) = &set.health_check_id
        && reader.get::<HealthCheck>(check).is_none()
    {
        problems.push(format!("The health check {check} does not exist"));
    }
    problems
}

/// What is wrong with the sets of one name and type, and of one name, after a batch.
pub(super) fn problem_with_neighbours(set: &RecordSet, zone: &HostedZone, reader: &Reader) -> Vec<String> {
    let Ok(name) = Name::parse(&set.name) else { return Vec::new() };
    let all: Vec<&RecordSet> =
        RecordSet::of_name(&set.zone_id, &name, reader).map(|found| found.record).collect();
    let mut problems = Vec::new();
    if let Some(other) = all.iter().find(|other| other.kind != set.kind) {
        if set.kind == "CNAME" {
            problems.push(format!(
                "RRSet of type CNAME with DNS name {} is not permitted as it conflicts with other records with the \
                 same DNS name in zone {}",
                set.name, zone.name
            ));
        } else if other.kind == "CNAME" || all.iter().any(|other| other.kind == "CNAME") {
            problems.push(format!(
                "RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type CNAME with \
                 the same DNS name already exists in zone {}",
                set.kind, set.name, zone.name
            ));
        }
    }
    let group: Vec<&&RecordSet> = all.iter().filter(|other| other.kind == set.kind).collect();
    problems.extend(problem_with_group(set, &group));
    problems
}

fn problem_with_group(set: &RecordSet, group: &[&&RecordSet]) -> Option<String> {
    if group.len() > MEMBERS_PER_GROUP {
        return Some(format!(
            "More than {MEMBERS_PER_GROUP} RRSets with the same name {} and type {}",
            set.name, set.kind
        ));
    }
    let other = group.iter().find(|other| !other.policy.same_kind(&set.policy));
    if let Some(other) = other {
        return Some(match (&set.policy, &other.policy) {
            (Policy::Simple, _) => format!(
                "RRSet with DNS name {}, type {} cannot be created as other RRSets exist with the same name and type.",
                set.name, set.kind
            ),
            (policy, _) => format!(
                "RRSet with DNS name {}, type {}, SetIdentifier \"{}\" cannot be created because a non {} rrset exists \
                 with the same name and type.",
                set.name,
                set.kind,
                set.set_identifier.as_deref().unwrap_or_default(),
                policy.word()
            ),
        });
    }
    let doubled = group.iter().any(|other| {
        other.set_identifier != set.set_identifier
            && matches!((&other.policy, &set.policy), (Policy::Failover { primary: a }, Policy::Failover { primary: b }) if a == b)
    });
    doubled.then(|| {
        format!(
            "Failover record sets of one role already exist with the name {} and type {}",
            set.name, set.kind
        )
    })
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
    if HostedZone::record_set_count(zone_id, reader) > SETS_PER_ZONE {
        problems
            .push(format!("This operation can't be completed: {SETS_PER_ZONE} record sets is the limit."));
    }
    problems
}
