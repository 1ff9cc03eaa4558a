//! Aliases after a batch: each leads to something, and none leads back to itself.
//!
//! Only aliases that the batch wrote are looked at. What it took away from below others is their owner's affair: they answer
//! nothing until it is back, as in Route 53. A loop that the batch closes runs through an alias it wrote, so none is missed.

use super::RecordSet;
use super::wire::{NOT_FOUND, alias_problem};
use controlplane_services_kernel::Reader;
use controlplane_types::dns::Name;
use std::collections::BTreeSet;

/// What is wrong with the alias `set`, if it is one.
pub(super) fn problem_with_alias(set: &RecordSet, reader: &Reader) -> Option<String> {
    let alias = set.content.alias.as_ref()?;
    let targets = |name: &str| -> Vec<&RecordSet> {
        let sets = Name::parse(name).ok().map(|name| RecordSet::of_name(&set.zone_id, &name, reader));
        let same_type = |found: &RecordSet| found.kind == set.kind;
        sets.into_iter().flatten().map(|found| found.record).filter(|found| same_type(found)).collect()
    };
    if targets(&alias.name).is_empty() {
        return Some(alias_problem(&alias.name, &set.kind, &set.zone_id, NOT_FOUND));
    }
    let mut seen = BTreeSet::new();
    let mut ahead = vec![alias.name.as_str()];
    while let Some(name) = ahead.pop() {
        if name == set.name {
            return Some(alias_problem(
                &alias.name,
                &set.kind,
                &set.zone_id,
                "but that leads back to the alias",
            ));
        }
        if seen.insert(name) {
            ahead.extend(
                targets(name).into_iter().filter_map(|set| Some(set.content.alias.as_ref()?.name.as_str())),
            );
        }
    }
    None
}
