//! The entries of a request to create or delete protections: all of them or none, and every failure told with its entry.

use crate::errors::{self, ProtectionFailure};
use crate::record_set::RecordSet;
use controlplane_services_kernel::ServiceError;
use controlplane_types::dns::{Name, RecordType};
use std::collections::BTreeSet;

/// Entries of one request.
const AT_ONCE: usize = 100;

/// A name and type that may be protected, and the id of its protection.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
}

impl Entry {
    /// What is wrong with this entry.
    pub(super) fn failure(&self, code: &'static str, message: &str) -> ProtectionFailure {
        ProtectionFailure {
            name: self.name.clone(),
            kind: self.kind.clone(),
            code,
            message: message.to_owned(),
        }
    }
}

/// Reads names and types. Invalid ones are told before anything that exists is asked.
pub(super) fn read<'e>(
    zone_id: &str,
    apex: &str,
    given: impl ExactSizeIterator<Item = (&'e str, &'e str)>,
) -> Result<Vec<Entry>, ServiceError> {
    if !(1..=AT_ONCE).contains(&given.len()) {
        return Err(errors::invalid_input(format!("Protections: 1 to {AT_ONCE} in one request")));
    }
    let (mut entries, mut failures, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (name, kind) in given {
        let entry = read_one(zone_id, apex, name, kind).and_then(|entry| {
            if seen.insert(entry.id.clone()) { Ok(entry) } else { Err("it is given twice".to_owned()) }
        });
        match entry {
            Ok(entry) => entries.push(entry),
            Err(message) => failures.push(ProtectionFailure {
                name: name.to_owned(),
                kind: kind.to_owned(),
                code: "InvalidInput",
                message,
            }),
        }
    }
    if failures.is_empty() { Ok(entries) } else { Err(errors::invalid_protection_batch(&failures)) }
}

fn read_one(zone_id: &str, apex: &str, name: &str, kind: &str) -> Result<Entry, String> {
    let parsed = Name::parse(name).map_err(|error| error.text().to_owned())?;
    if !Name::parse(apex).is_ok_and(|apex| parsed.is_within(&apex)) {
        return Err(format!("the name is not in zone {apex}"));
    }
    if RecordType::parse(kind).is_none() {
        return Err(format!("there is no record type {kind}"));
    }
    Ok(Entry {
        id: RecordSet::id_of(zone_id, &parsed, kind, None),
        name: parsed.to_string(),
        kind: kind.to_owned(),
    })
}
