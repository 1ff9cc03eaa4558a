//! Which sets may stand beside which: sets of one name, and sets of one name and type, after a batch.

use super::{Policy, RecordSet};
use crate::HostedZone;
use controlplane_services_kernel::Reader;
use controlplane_types::dns::Name;

const MEMBERS_PER_GROUP: usize = 100;
/// Geoproximity's own number.
const NEAR_MEMBERS_PER_GROUP: usize = 30;

/// What is wrong with the sets of one name and type, and of one name, after a batch.
pub(super) fn problem_with_neighbours(set: &RecordSet, zone: &HostedZone, reader: &Reader) -> Vec<String> {
    let Ok(name) = Name::parse(&set.name) else { return Vec::new() };
    let all: Vec<&RecordSet> =
        RecordSet::of_name(&set.zone_id, &name, reader).map(|found| found.record).collect();
    let mut problems: Vec<String> = problem_beside_cname(set, &all, zone).into_iter().collect();
    let group: Vec<&RecordSet> = all.into_iter().filter(|other| other.kind == set.kind).collect();
    problems.extend(problem_with_group(set, &group));
    problems
}

fn problem_beside_cname(set: &RecordSet, all: &[&RecordSet], zone: &HostedZone) -> Option<String> {
    let others = all.iter().any(|other| other.kind != set.kind);
    if set.kind == "CNAME" && others {
        return Some(format!(
            "RRSet of type CNAME with DNS name {} is not permitted as it conflicts with other records with the \
             same DNS name in zone {}",
            set.name, zone.name
        ));
    }
    let beside = set.kind != "CNAME" && all.iter().any(|other| other.kind == "CNAME");
    beside.then(|| {
        format!(
            "RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type CNAME with \
             the same DNS name already exists in zone {}",
            set.kind, set.name, zone.name
        )
    })
}

/// A DS set says by which keys a delegation is signed; without the delegation it says nothing.
pub(super) fn problem_with_delegation(set: &RecordSet, zone: &HostedZone, reader: &Reader) -> Option<String> {
    if !matches!(set.kind.as_str(), "NS" | "DS") {
        return None;
    }
    let name = Name::parse(&set.name).ok()?;
    let has = |kind: &str| RecordSet::of_name(&set.zone_id, &name, reader).any(|found| found.kind == kind);
    (has("DS") && !has("NS")).then(|| {
        format!(
            "RRSet of type DS with DNS name {} is not permitted without an RRSet of type NS with the same DNS name in \
             zone {}",
            set.name, zone.name
        )
    })
}

/// What is wrong with `set` among the sets of its name and type.
pub(crate) fn problem_with_group(set: &RecordSet, group: &[&RecordSet]) -> Option<String> {
    let most = match set.policy {
        Policy::Geoproximity { .. } => NEAR_MEMBERS_PER_GROUP,
        _ => MEMBERS_PER_GROUP,
    };
    if group.len() > most {
        return Some(format!(
            "More than {most} RRSets with the same name {} and type {}",
            set.name, set.kind
        ));
    }
    if group.iter().any(|other| !other.policy.same_kind(&set.policy)) {
        return Some(format!("{} {}", subject(set), mixed(&set.policy)));
    }
    let mut others = group.iter().filter(|other| other.set_identifier != set.set_identifier);
    others.find_map(|other| contradiction(set, other)).map(|what| format!("{} {what}", subject(set)))
}

/// The set as messages about its group name it.
fn subject(set: &RecordSet) -> String {
    let identifier = set.set_identifier.as_ref().map(|text| format!(", SetIdentifier \"{text}\""));
    format!("RRSet with DNS name {}, type {}{}", set.name, set.kind, identifier.unwrap_or_default())
}

fn mixed(policy: &Policy) -> String {
    match policy {
        Policy::Simple => "cannot be created as other RRSets exist with the same name and type.".to_owned(),
        Policy::Multivalue => {
            "cannot be created because a non multivalue answer rrset exists with the same name \
                               and type."
                .to_owned()
        }
        other => {
            format!("cannot be created as a non-{} set exists with the same name and type.", other.word())
        }
    }
}

/// Why two members of one policy cannot both be there.
fn contradiction(set: &RecordSet, other: &RecordSet) -> Option<String> {
    if let (Policy::Cidr { collection_id: ours, .. }, Policy::Cidr { collection_id: theirs, .. }) =
        (&set.policy, &other.policy)
        && ours != theirs
    {
        return Some(format!(
            "cannot be created as a set of CIDR collection {theirs} exists with the same name and type."
        ));
    }
    let slot = set.policy.slot()?;
    (other.policy.slot()? == slot)
        .then(|| format!("cannot be created as a set with the same name, type and {slot} exists."))
}
