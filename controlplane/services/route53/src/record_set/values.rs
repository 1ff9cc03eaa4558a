//! What a set may hold, each by itself: values of its type, and the policies its type takes.

use super::{Policy, RecordSet};
use controlplane_types::dns::{RecordType, rdata};
use std::collections::BTreeSet;

const VALUES_PER_SET: usize = 400;

/// What is wrong with a set's type, values and policy.
pub(crate) fn problem_with_values(set: &RecordSet) -> Vec<String> {
    let Some(kind) = RecordType::parse(&set.kind) else {
        return vec![format!("Invalid Resource Record: type {} is not supported", set.kind)];
    };
    let mut problems = Vec::new();
    let values = &set.content.values;
    for value in values {
        if let Err(error) = rdata::parse_as(kind, value) {
            problems.push(format!("Invalid Resource Record: '{}'", error.problem(value)));
        }
    }
    let mut seen = BTreeSet::new();
    problems.extend(
        values
            .iter()
            .filter(|value| !seen.insert(on_the_wire(kind, value)))
            .map(|value| format!("Duplicate Resource Record: '{value}'")),
    );
    if values.len() > VALUES_PER_SET {
        problems.push(format!("Cannot have more than {VALUES_PER_SET} records in a RRSet."));
    }
    if matches!(kind, RecordType::Cname | RecordType::Soa) && values.len() > 1 {
        problems
            .push(format!("The RRSet with name {}, type {} can have only one value.", set.name, set.kind));
    }
    problems.extend(problem_with_type(kind, set));
    problems
}

/// Values are the same if DNS cannot tell them apart, however they are written.
pub(super) fn on_the_wire(kind: RecordType, value: &str) -> Vec<u8> {
    rdata::parse_as(kind, value).unwrap_or_else(|_| value.as_bytes().to_vec())
}

fn problem_with_type(kind: RecordType, set: &RecordSet) -> Option<String> {
    let about = |what: &str| {
        Some(format!("RRSet with DNS name {}, type {} cannot be created {what}.", set.name, set.kind))
    };
    if set.content.alias.is_some() {
        if matches!(kind, RecordType::Ns | RecordType::Soa) {
            return about("as an alias");
        }
        if set.policy == Policy::Multivalue {
            return about("as an alias with multivalue answer routing");
        }
    }
    if policy_allowed(kind, &set.policy) {
        None
    } else {
        about(&format!("with {} routing", set.policy.word()))
    }
}

/// Whether sets of this type can have this policy.
fn policy_allowed(kind: RecordType, policy: &Policy) -> bool {
    match policy {
        Policy::Simple => true,
        Policy::Multivalue => {
            !matches!(kind, RecordType::Ns | RecordType::Soa | RecordType::Ds | RecordType::Cname)
        }
        _ => !matches!(kind, RecordType::Ns | RecordType::Soa | RecordType::Ds),
    }
}
