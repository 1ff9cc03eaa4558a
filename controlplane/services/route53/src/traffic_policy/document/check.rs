//! What holds for a document as a whole: references lead somewhere and never back, and each rule's branches can stand beside
//! each other as record sets.

use super::{Document, Next};
use crate::errors;
use crate::record_set::{RecordSet, problem_with_group, problem_with_values};
use crate::traffic_policy_instance::tree;
use controlplane_services_kernel::ServiceError;
use std::collections::BTreeMap;

/// Rules one below the other. Nobody needs more, and whatever walks a document has an end.
const DEEPEST: usize = 14;

pub(super) fn document(document: &Document) -> Result<(), ServiceError> {
    leads_somewhere(&document.start, document)?;
    for branch in document.rules.values().flatten() {
        leads_somewhere(&branch.next, document)?;
    }
    let mut depths = BTreeMap::new();
    for name in document.rules.keys() {
        depth(name, document, &mut depths, DEEPEST)?;
    }
    sets(document)
}

fn invalid(what: String) -> ServiceError {
    errors::invalid_traffic_policy_document(what)
}

fn leads_somewhere(next: &Next, document: &Document) -> Result<(), ServiceError> {
    match next {
        Next::Rule(name) if !document.rules.contains_key(name) => {
            Err(invalid(format!("there is no rule {name}")))
        }
        Next::Endpoint(name) if !document.endpoints.contains_key(name) => {
            Err(invalid(format!("there is no endpoint {name}")))
        }
        _ => Ok(()),
    }
}

/// How many rules stand below one another from `name` on. What leads back to itself is too deep like everything else.
fn depth<'d>(
    name: &'d str,
    document: &'d Document,
    known: &mut BTreeMap<&'d str, usize>,
    left: usize,
) -> Result<usize, ServiceError> {
    if let Some(depth) = known.get(name).filter(|depth| **depth <= left) {
        return Ok(*depth);
    }
    if left == 0 {
        return Err(invalid(format!(
            "rule {name} leads back to itself, or stands more than {DEEPEST} rules deep"
        )));
    }
    let mut deepest = 0;
    for branch in document.rules.get(name).into_iter().flatten() {
        if let Next::Rule(next) = &branch.next {
            deepest = deepest.max(depth(next, document, known, left - 1)?);
        }
    }
    known.insert(name, deepest + 1);
    Ok(deepest + 1)
}

/// The record sets' own rules, tried on the tree of an instance that nobody has.
fn sets(document: &Document) -> Result<(), ServiceError> {
    let sets = tree::sets(document, &tree::Site::nowhere());
    let mut groups: BTreeMap<&str, Vec<&RecordSet>> = BTreeMap::new();
    for set in &sets {
        groups.entry(&set.name).or_default().push(set);
    }
    for set in &sets {
        let of_values = problem_with_values(set).into_iter().next();
        let of_group = || problem_with_group(set, groups.get(set.name.as_str())?);
        if let Some(problem) = of_values.or_else(of_group) {
            return Err(invalid(problem));
        }
    }
    Ok(())
}
