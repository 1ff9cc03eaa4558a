//! Errors that may be answered: the model's, and those of `codes.txt`, which the models lack.

use controlplane_wire::model::{Operation, Service};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static LISTED: LazyLock<BTreeSet<(&str, u16, &str)>> = LazyLock::new(|| {
    let lines = include_str!("codes.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| entry(line).unwrap_or_else(|| panic!("codes.txt: {line}"))).collect()
});

fn entry(line: &str) -> Option<(&str, u16, &str)> {
    let mut words = line.split(' ');
    let entry = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    words.next().is_none().then_some(entry)
}

/// Whether an action of a service may answer this.
pub(super) fn is_known(service: &Service, operation: &Operation, code: &str, status: u16) -> bool {
    let mut modelled = operation.errors.iter().filter_map(|name| service.error(name));
    modelled.any(|error| *error.code == *code && error.status == status)
        || ["*", service.name()].iter().any(|name| LISTED.contains(&(*name, status, code)))
}
