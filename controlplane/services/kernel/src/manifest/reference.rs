//! Where a spec names other records.

use serde_json::Value;

/// A field that holds the id of another record, or in a manifest the name of another document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Path in the spec: `vpcId`, `subnetIds[]`, `routes[].gatewayId`.
    pub path: &'static str,
    /// Kind it refers to.
    pub kind: &'static str,
    /// The record can exist without the field's first segment for a moment, so cycles through it are fine (groups that
    /// name each other).
    pub deferred: bool,
}

impl Reference {
    /// The record named here has to exist first.
    pub const fn new(path: &'static str, kind: &'static str) -> Self {
        Self { path, kind, deferred: false }
    }

    /// The record named here may come later.
    pub const fn deferred(path: &'static str, kind: &'static str) -> Self {
        Self { path, kind, deferred: true }
    }

    /// The field of the spec the reference lies in.
    pub(super) fn first_segment(&self) -> &'static str {
        self.path.split(['.', '[']).next().unwrap_or(self.path)
    }

    /// Calls `visit` with every text this reference finds in `spec`.
    pub(super) fn visit<E>(
        &self,
        spec: &mut Value,
        visit: &mut dyn FnMut(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        walk(spec, self.path, visit)
    }
}

fn walk<E>(
    value: &mut Value,
    path: &str,
    visit: &mut dyn FnMut(&mut String) -> Result<(), E>,
) -> Result<(), E> {
    if path.is_empty() {
        return match value {
            Value::String(text) => visit(text),
            _ => Ok(()),
        };
    }
    if let Some(rest) = path.strip_prefix("[]") {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        return match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| walk(item, rest, visit)),
            _ => Ok(()),
        };
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match value.get_mut(name) {
        Some(inner) => walk(inner, rest, visit),
        None => Ok(()),
    }
}
