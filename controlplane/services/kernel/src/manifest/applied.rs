//! Which record a document stands for, and what the document last said.
//!
//! Identity lives here and not in the Name tag: tags can be changed by anybody and need not be unique.

use crate::{Context, Reader, Record};
use minicbor::{Decode, Encode};

/// Index: id of the record a document stands for, as `kind/id`.
const TARGET: &str = "target";

/// A document of an apply set. Id: `set/kind/name`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Applied {
    /// Kind of the record.
    #[n(0)]
    pub kind: String,
    /// Name of the document.
    #[n(1)]
    pub name: String,
    /// Id of the record.
    #[n(2)]
    pub target: String,
    /// The spec as last applied, references resolved, as JSON.
    #[n(3)]
    pub spec: String,
}

impl Record for Applied {
    const KIND: &'static str = "applied";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(TARGET, &format!("{}/{}", self.kind, self.target));
    }
}

impl Applied {
    /// Id of the entry for a document.
    pub(super) fn id(set: &str, kind: &str, name: &str) -> String {
        format!("{set}/{kind}/{name}")
    }

    /// The record that document `kind`/`name` of any set stands for.
    pub fn target_of<'r>(kind: &str, name: &str, reader: &'r Reader) -> Option<&'r str> {
        reader
            .list::<Applied>()
            .find(|applied| applied.kind == kind && applied.name == name)
            .map(|applied| applied.record.target.as_str())
    }

    /// The name under which a record was applied.
    pub fn name_of<'r>(kind: &str, target: &str, reader: &'r Reader) -> Option<&'r str> {
        reader
            .find::<Applied>(TARGET, &format!("{kind}/{target}"))
            .next()
            .map(|found| found.record.name.as_str())
    }
}

/// Forgets the documents that stood for a record that is being deleted.
pub fn forget(kind: &str, target: &str, cx: &mut Context) {
    let ids: Vec<String> = cx
        .find::<Applied>(TARGET, &format!("{kind}/{target}"))
        .map(|found| found.key.id().to_owned())
        .collect();
    for id in ids {
        cx.delete::<Applied>(&id);
    }
}
