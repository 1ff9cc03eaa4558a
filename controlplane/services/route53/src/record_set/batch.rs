//! A batch of changes: applied in order to the scratch view, checked as a result, kept whole or not at all. Every
//! problem is gathered, because Route 53 tells them together.

use super::alias::problem_with_alias;
use super::group::{problem_with_delegation, problem_with_neighbours};
use super::place::{problem_with_place, problem_with_zone};
use super::values::on_the_wire;
use super::{Policy, RecordSet, Refusal, ResourceRecordSet};
use crate::hosted_zone::existing;
use crate::record_set_protection::problem_with_protection;
use crate::{HostedZone, errors};
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_types::dns::{Name, RecordType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const RECORDS_PER_BATCH: usize = 1000;
const CHARACTERS_PER_BATCH: usize = 32_000;

/// What to do with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It must be new.
    #[serde(rename = "CREATE")]
    Create,
    /// It must be there, exactly so.
    #[serde(rename = "DELETE")]
    Delete,
    /// Create or replace.
    #[serde(rename = "UPSERT")]
    Upsert,
}

impl Action {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Upsert => "UPSERT",
        }
    }

    /// Limits count an UPSERT twice.
    fn cost(self) -> usize {
        if self == Self::Upsert { 2 } else { 1 }
    }
}

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestedChange {
    /// What to do.
    pub action: Action,
    /// With which set.
    pub resource_record_set: ResourceRecordSet,
}

/// Applies every change of a client or none.
pub fn apply_batch(zone_id: &str, changes: &[RequestedChange], cx: &mut Context) -> Result<(), ServiceError> {
    existing(zone_id, cx)?;
    let mut problems = over_limits(changes);
    let sets = read(zone_id, changes, &mut problems)?;
    problems.extend(sets.iter().filter_map(|(action, set)| problem_with_ownership(*action, set, cx)));
    problems.extend(sets.iter().filter_map(|(_, set)| problem_with_protection(set, cx)));
    apply_sets(zone_id, &sets, problems, cx)
}

/// Applies every change or none; `problems` are known already.
pub(crate) fn apply_sets(
    zone_id: &str,
    sets: &[(Action, RecordSet)],
    mut problems: Vec<String>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let (_, zone) = existing(zone_id, cx)?;
    let zone = zone.clone();
    problems.extend(doubled(sets));
    unknown_health_check(sets, cx)?;
    let stays = |(action, set): &(Action, RecordSet)| {
        *action == Action::Upsert && cx.get::<RecordSet>(&set.id()) == Some(set)
    };
    let is_change = !sets.iter().all(stays);
    for (action, set) in sets {
        problems.extend(apply_one(*action, set, &zone, cx));
    }
    for (_, set) in sets.iter().filter(|(action, _)| *action != Action::Delete) {
        problems.extend(problem_with_neighbours(set, &zone, cx));
        problems.extend(problem_with_alias(set, cx));
        share_ttl(set, cx);
    }
    problems.extend(sets.iter().filter_map(|(_, set)| problem_with_delegation(set, &zone, cx)));
    problems.extend(problem_with_zone(zone_id, &zone, cx));
    let mut told = BTreeSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    if !problems.is_empty() {
        return Err(errors::invalid_change_batch(&problems));
    }
    if is_change {
        let changed = zone.changed(cx.now);
        cx.put(zone_id, changed);
    }
    Ok(())
}

/// Limits count an alias as one record, and everything under an UPSERT twice.
fn over_limits(changes: &[RequestedChange]) -> Vec<String> {
    let mut problems = Vec::new();
    let (mut count, mut characters) = (0, 0);
    for change in changes {
        let set = &change.resource_record_set;
        let records = set.resource_records.as_deref().unwrap_or_default();
        let length: usize = records.iter().map(|record| record.value.chars().count()).sum();
        count += (records.len() + usize::from(set.alias_target.is_some())) * change.action.cost();
        characters += length * change.action.cost();
    }
    if count > RECORDS_PER_BATCH {
        problems.push(format!("Number of records limit of {RECORDS_PER_BATCH} exceeded."));
    }
    if characters > CHARACTERS_PER_BATCH {
        problems.push(format!("Number of characters limit of {CHARACTERS_PER_BATCH} exceeded."));
    }
    problems
}

/// The sets of a batch. A request that contradicts itself is refused as such, before any problem of its contents.
fn read(
    zone_id: &str,
    changes: &[RequestedChange],
    problems: &mut Vec<String>,
) -> Result<Vec<(Action, RecordSet)>, ServiceError> {
    let mut sets = Vec::with_capacity(changes.len());
    for change in changes {
        match change.resource_record_set.read(zone_id, change.action) {
            Ok(set) => sets.push((change.action, set)),
            Err(Refusal::Problems(found)) => problems.extend(found),
            Err(Refusal::Request(message)) => return Err(errors::invalid_input(message)),
        }
    }
    Ok(sets)
}

/// Below the root of a traffic policy instance only the instance changes anything.
fn problem_with_ownership(action: Action, set: &RecordSet, cx: &Context) -> Option<String> {
    let found = cx.get::<RecordSet>(&set.id())?;
    let instance = found.traffic_policy_instance_id.as_ref()?;
    let theirs = found.is_generated() || action == Action::Upsert;
    theirs.then(|| {
        format!(
            "Tried to change resource record set [{}] but it belongs to traffic policy instance {instance}",
            identity(set)
        )
    })
}

/// DELETE then CREATE of one set replaces it; any other two changes of one set contradict each other.
fn doubled(sets: &[(Action, RecordSet)]) -> Vec<String> {
    let mut actions: BTreeMap<String, Vec<Action>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (action, set) in sets {
        let before = actions.entry(set.id()).or_default();
        if !matches!((before.as_slice(), action), ([], _) | ([Action::Delete], Action::Create)) {
            problems.push(format!(
                "The request contains an invalid set of changes for a resource record set '{} {}'",
                set.kind, set.name
            ));
        }
        before.push(*action);
    }
    problems
}

/// The one problem that has an error of its own.
fn unknown_health_check(sets: &[(Action, RecordSet)], cx: &Context) -> Result<(), ServiceError> {
    let changed = sets.iter().filter(|(action, _)| *action != Action::Delete);
    for check in changed.filter_map(|(_, set)| set.health_check_id.as_deref()) {
        if cx.get::<crate::HealthCheck>(check).is_none() {
            return Err(errors::no_such_health_check(check));
        }
    }
    Ok(())
}

fn apply_one(action: Action, set: &RecordSet, zone: &HostedZone, cx: &mut Context) -> Vec<String> {
    let id = set.id();
    let found = cx.get::<RecordSet>(&id).cloned();
    match (action, found) {
        (Action::Create, Some(_)) => {
            vec![format!("Tried to create resource record set [{}] but it already exists", identity(set))]
        }
        (Action::Delete, None) => {
            vec![format!("Tried to delete resource record set [{}] but it was not found", identity(set))]
        }
        (Action::Delete, Some(found)) if !same(&found, set) => vec![format!(
            "Tried to delete resource record set [{}] but the values provided do not match the current values",
            identity(set)
        )],
        (Action::Delete, Some(_)) => {
            cx.delete::<RecordSet>(&id);
            Vec::new()
        }
        (Action::Create | Action::Upsert, _) => {
            let problems = problem_with_place(set, zone, cx);
            if problems.is_empty() {
                cx.put(&id, set.clone());
            }
            problems
        }
    }
}

fn identity(set: &RecordSet) -> String {
    let identifier = set.set_identifier.as_ref().map(|identifier| format!(", set-identifier='{identifier}'"));
    format!("name='{}', type='{}'{}", set.name, set.kind, identifier.unwrap_or_default())
}

/// Whether a DELETE repeats what is there. Values may come in another order and spelling; MultiValueAnswer may be left out. Of
/// the root of a traffic policy instance only the instance is known.
fn same(found: &RecordSet, given: &RecordSet) -> bool {
    let kind = RecordType::parse(&found.kind);
    let sorted = |set: &RecordSet| {
        let values = set.content.values.iter();
        let mut values: Vec<_> = values.map(|value| kind.map(|kind| on_the_wire(kind, value))).collect();
        values.sort();
        values
    };
    let policy = found.policy == given.policy
        || (found.policy == Policy::Multivalue && given.policy == Policy::Simple);
    let content = found.is_root()
        || (sorted(found) == sorted(given)
            && found.content.ttl == given.content.ttl
            && found.content.alias == given.content.alias);
    policy
        && content
        && found.traffic_policy_instance_id == given.traffic_policy_instance_id
        && found.health_check_id == given.health_check_id
}

/// All members of a weighted group share one TTL: the last one written. Aliases have none.
fn share_ttl(set: &RecordSet, cx: &mut Context) {
    let Ok(name) = Name::parse(&set.name) else { return };
    if set.content.alias.is_some() || !matches!(set.policy, Policy::Weighted { .. }) {
        return;
    }
    let differs = |other: &RecordSet| {
        other.kind == set.kind && other.content.alias.is_none() && other.content.ttl != set.content.ttl
    };
    let others: Vec<RecordSet> = RecordSet::of_name(&set.zone_id, &name, cx)
        .filter(|other| differs(other.record))
        .map(|other| other.record.clone())
        .collect();
    for mut other in others {
        other.content.ttl = set.content.ttl;
        cx.put(&other.id(), other);
    }
}
