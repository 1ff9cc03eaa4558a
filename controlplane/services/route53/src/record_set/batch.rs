//! A batch of changes: applied in order to the scratch view, checked as a result, kept whole or not at all. Every
//! problem is gathered, because Route 53 tells them together.

use super::validate::{problem_with_neighbours, problem_with_place, problem_with_zone};
use super::{Policy, RecordSet, ResourceRecordSet};
use crate::hosted_zone::existing;
use crate::{HostedZone, errors};
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_types::dns::Name;
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
    fn as_str(self) -> &'static str {
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

/// Applies every change or none.
pub fn apply_batch(zone_id: &str, changes: &[RequestedChange], cx: &mut Context) -> Result<(), ServiceError> {
    let (_, zone) = existing(zone_id, cx)?;
    let zone = zone.clone();
    let mut problems = over_limits(changes);
    let sets = read(zone_id, changes, &mut problems);
    problems.extend(doubled(&sets));
    unknown_health_check(&sets, cx)?;
    for (action, set) in &sets {
        problems.extend(apply_one(*action, set, &zone, cx));
    }
    for (action, set) in sets.iter().filter(|(action, _)| *action != Action::Delete) {
        problems.extend(problem_with_neighbours(set, &zone, cx));
        share_ttl(*action, set, cx);
    }
    problems.extend(problem_with_zone(zone_id, &zone, cx));
    let mut told = BTreeSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    if problems.is_empty() { Ok(()) } else { Err(errors::invalid_change_batch(&problems)) }
}

fn over_limits(changes: &[RequestedChange]) -> Vec<String> {
    let mut problems = Vec::new();
    let records =
        |change: &RequestedChange| change.resource_record_set.resource_records.clone().unwrap_or_default();
    let count: usize = changes.iter().map(|change| records(change).len() * change.action.cost()).sum();
    if count > RECORDS_PER_BATCH {
        problems.push(format!("Number of records limit of {RECORDS_PER_BATCH} exceeded."));
    }
    let length = |change: &RequestedChange| -> usize {
        records(change).iter().map(|record| record.value.chars().count()).sum::<usize>()
            * change.action.cost()
    };
    if changes.iter().map(length).sum::<usize>() > CHARACTERS_PER_BATCH {
        problems.push(format!("Number of characters limit of {CHARACTERS_PER_BATCH} exceeded."));
    }
    problems
}

fn read(zone_id: &str, changes: &[RequestedChange], problems: &mut Vec<String>) -> Vec<(Action, RecordSet)> {
    let mut sets = Vec::with_capacity(changes.len());
    for change in changes {
        match change.resource_record_set.read(zone_id, change.action.as_str()) {
            Ok(set) => sets.push((change.action, set)),
            Err(found) => problems.extend(found),
        }
    }
    sets
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

/// Whether a DELETE repeats what is there. Values may come in another order; MultiValueAnswer may be left out.
fn same(found: &RecordSet, given: &RecordSet) -> bool {
    let sorted = |set: &RecordSet| {
        let mut values = set.content.values.clone();
        values.sort();
        values
    };
    let policy = found.policy == given.policy
        || (found.policy == Policy::Multivalue && given.policy == Policy::Simple);
    policy
        && sorted(found) == sorted(given)
        && found.content.ttl == given.content.ttl
        && found.health_check_id == given.health_check_id
}

/// All members of a weighted group share one TTL: the last one written.
fn share_ttl(action: Action, set: &RecordSet, cx: &mut Context) {
    let Ok(name) = Name::parse(&set.name) else { return };
    if action == Action::Delete || !matches!(set.policy, Policy::Weighted { .. }) {
        return;
    }
    let others: Vec<RecordSet> = RecordSet::of_name(&set.zone_id, &name, cx)
        .filter(|other| other.kind == set.kind && other.content.ttl != set.content.ttl)
        .map(|other| other.record.clone())
        .collect();
    for mut other in others {
        other.content.ttl = set.content.ttl;
        cx.put(&other.id(), other);
    }
}
